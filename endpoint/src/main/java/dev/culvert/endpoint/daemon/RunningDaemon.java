package dev.culvert.endpoint.daemon;

import dev.culvert.endpoint.config.Configuration;
import dev.culvert.endpoint.config.LoadResult;
import dev.culvert.endpoint.config.Problem;
import dev.culvert.endpoint.control.ControlProxy;
import dev.culvert.endpoint.control.EventHub;
import dev.culvert.endpoint.vici.DaemonControl;
import dev.culvert.endpoint.vici.DaemonStatus;
import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.config.EngineConfig;
import dev.culvert.ike.config.PoolConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the control socket sees of the daemon. Thread-safe: all that changes goes through the proxy.
 */
final class RunningDaemon implements DaemonControl {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.cfg");
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);

    private final ControlProxy proxy;
    private final EventHub events;
    private final Supplier<LoadResult> loader;
    private final UnaryOperator<EngineConfig> usable;
    private final Function<EngineSnapshot, DaemonStatus> statusOf;
    private volatile Configuration configuration;

    /**
     * @param proxy of the control agent
     * @param events of the engine
     * @param configuration in force
     * @param loader reads the configuration file again
     * @param usable makes of a configuration what this host can do
     * @param statusOf adds everything else to what the engine tells
     */
    RunningDaemon(
            ControlProxy proxy,
            EventHub events,
            Configuration configuration,
            Supplier<LoadResult> loader,
            UnaryOperator<EngineConfig> usable,
            Function<EngineSnapshot, DaemonStatus> statusOf) {
        this.proxy = proxy;
        this.events = events;
        this.configuration = configuration;
        this.loader = loader;
        this.usable = usable;
        this.statusOf = statusOf;
    }

    @Override
    public DaemonStatus status() {
        return statusOf.apply(snapshot());
    }

    @Override
    public EngineConfig config() {
        return configuration.engine();
    }

    @Override
    public Outcome initiate(Initiation initiation, Consumer<EngineEvent> progress) {
        try (Subscription _ = events.subscribe(about(initiation.connection(), progress))) {
            return await(
                    proxy.initiate(initiation.connection(), initiation.child()),
                    initiation.patience(),
                    "not up yet; the negotiation goes on");
        }
    }

    @Override
    public TerminationOutcome terminate(Termination termination, Consumer<EngineEvent> progress) {
        Set<String> matching = matching(termination);
        if (matching.isEmpty()) {
            return new TerminationOutcome(
                    Outcome.failed(
                            "no SA matches; see the list of SAs for their names and numbers"),
                    0,
                    0);
        }
        try (Subscription _ = events.subscribe(about(termination.connection(), progress))) {
            Outcome outcome =
                    await(
                            proxy.terminate(
                                    termination.connection(),
                                    termination.child(),
                                    termination.ikeId(),
                                    termination.childId(),
                                    termination.force()),
                            termination.patience(),
                            "not gone yet; the deletion goes on");
            Set<String> left = matching(termination);
            left.retainAll(matching);
            return new TerminationOutcome(outcome, matching.size(), matching.size() - left.size());
        }
    }

    @Override
    public Outcome redirect(Redirection redirection) {
        return await(
                proxy.redirect(
                        redirection.connection(),
                        redirection.ikeId(),
                        redirection.peerAddresses(),
                        redirection.peerId(),
                        redirection.gateway()),
                new Patience(Optional.of(ANSWER_LIMIT)),
                "the daemon is busy");
    }

    @Override
    public RekeyOutcome rekey(Rekeying rekeying) {
        int matches =
                matching(
                                rekeying.connection(),
                                rekeying.child(),
                                rekeying.ikeId(),
                                rekeying.childId())
                        .size();
        Outcome outcome =
                await(
                        proxy.rekey(
                                rekeying.connection(),
                                rekeying.child(),
                                rekeying.ikeId(),
                                rekeying.childId(),
                                rekeying.reauth()),
                        new Patience(Optional.of(ANSWER_LIMIT)),
                        "the daemon is busy");
        return new RekeyOutcome(outcome, matches);
    }

    @Override
    public synchronized Outcome reload() {
        LoadResult loaded = loader.get();
        Optional<Configuration> fresh = loaded.configuration();
        if (fresh.isEmpty()) {
            return new Outcome.Failed(
                    "the configuration has errors; the one before stays in force",
                    loaded.problems().stream().map(Problem::toString).toList());
        }
        loaded.warnings().forEach(problem -> LOG.warn("{}", problem));
        if (!sameDaemonSettings(fresh.get())) {
            LOG.warn("changes in the section culvert take effect when the daemon is started again");
        }
        Outcome outcome =
                await(
                        proxy.configure(usable.apply(fresh.get().engine()))
                                .thenApply(_ -> Optional.empty()),
                        new Patience(Optional.of(ANSWER_LIMIT)),
                        "the daemon is busy");
        if (!(outcome instanceof Outcome.Done)) {
            return outcome;
        }
        List<String> kept =
                KeptSas.describe(configuration.engine(), fresh.get().engine(), snapshot());
        configuration = fresh.get();
        LOG.info("configuration loaded: {} connections", fresh.get().engine().connections().size());
        kept.forEach(line -> LOG.info("{}", line));
        return kept.isEmpty() ? outcome : new Outcome.DoneWithNotes(kept);
    }

    @Override
    public synchronized Outcome loadPool(PoolConfig pool) {
        List<PoolConfig> pools = new ArrayList<>(configuration.engine().pools());
        pools.removeIf(p -> p.name().equals(pool.name()));
        pools.add(pool);
        return replacePools(pools);
    }

    @Override
    public synchronized Outcome unloadPool(String name) {
        List<PoolConfig> pools = new ArrayList<>(configuration.engine().pools());
        if (!pools.removeIf(p -> p.name().equals(name))) {
            return Outcome.failed(name + " not found");
        }
        boolean used =
                snapshot().pools().stream().anyMatch(p -> p.name().equals(name) && p.online() > 0);
        return used
                ? Outcome.failed(name + " has online leases, unable to unload")
                : replacePools(pools);
    }

    private Outcome replacePools(List<PoolConfig> pools) {
        EngineConfig before = configuration.engine();
        EngineConfig engine = new EngineConfig(before.connections(), before.secrets(), pools);
        Outcome outcome =
                await(
                        proxy.configure(usable.apply(engine)).thenApply(_ -> Optional.empty()),
                        new Patience(Optional.of(ANSWER_LIMIT)),
                        "the daemon is busy");
        if (outcome instanceof Outcome.Done) {
            configuration = new Configuration(engine, configuration.daemon());
        }
        return outcome;
    }

    @Override
    public Subscription subscribe(Consumer<EngineEvent> listener) {
        return events.subscribe(listener);
    }

    private boolean sameDaemonSettings(Configuration fresh) {
        // The key log may have been asked for on the command line.
        return fresh.daemon().ike().equals(configuration.daemon().ike())
                && fresh.daemon().listen().equals(configuration.daemon().listen())
                && fresh.daemon().tun().equals(configuration.daemon().tun())
                && fresh.daemon().dns() == configuration.daemon().dns()
                && fresh.daemon().leaseFile().equals(configuration.daemon().leaseFile())
                && fresh.daemon().routing().equals(configuration.daemon().routing());
    }

    private static Consumer<EngineEvent> about(
            Optional<String> connection, Consumer<EngineEvent> progress) {
        return event -> {
            if (connection.isEmpty()
                    || event.connection().isEmpty()
                    || event.connection().equals(connection)) {
                progress.accept(event);
            }
        };
    }

    /** The SAs that the filters match: child SAs when a filter is about them, else IKE SAs. */
    private Set<String> matching(Termination filters) {
        return matching(filters.connection(), filters.child(), filters.ikeId(), filters.childId());
    }

    private Set<String> matching(
            Optional<String> connection,
            Optional<String> childName,
            OptionalInt ikeId,
            OptionalInt childId) {
        boolean children = childName.isPresent() || childId.isPresent();
        Set<String> matching = new HashSet<>();
        for (EngineSnapshot.IkeSa ike : snapshot().ikeSas()) {
            if (!connection.map(ike.connection()::equals).orElse(true)
                    || (ikeId.isPresent() && ikeId.getAsInt() != ike.uniqueId())) {
                continue;
            }
            if (!children) {
                matching.add("ike " + ike.uniqueId());
                continue;
            }
            for (EngineSnapshot.ChildSa child : ike.children()) {
                if (childName.map(child.name()::equals).orElse(true)
                        && (childId.isEmpty() || childId.getAsInt() == child.uniqueId())) {
                    matching.add("child " + child.uniqueId());
                }
            }
        }
        return matching;
    }

    private EngineSnapshot snapshot() {
        try {
            return proxy.snapshot().get(ANSWER_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the control agent does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static Outcome await(
            CompletableFuture<Optional<String>> done, Patience patience, String ifLate) {
        if (patience.isNone()) {
            // A command that is refused at once still says so.
            return done.isCompletedExceptionally()
                    ? Outcome.failed("the daemon is busy; try again")
                    : new Outcome.Done();
        }
        try {
            Optional<String> error =
                    patience.limit().isEmpty()
                            ? done.get()
                            : done.get(patience.limit().get().toMillis(), TimeUnit.MILLISECONDS);
            return error.isEmpty() ? new Outcome.Done() : Outcome.failed(error.get());
        } catch (TimeoutException e) {
            return Outcome.failed(ifLate);
        } catch (ExecutionException e) {
            return Outcome.failed(String.valueOf(e.getCause().getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Outcome.failed("interrupted");
        }
    }
}
