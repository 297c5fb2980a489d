package dev.culvert.endpoint.hook;

import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineSnapshot.ChildSa;
import dev.culvert.ike.EngineSnapshot.IkeSa;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.EngineConfig;
import dev.culvert.ike.ts.TrafficSelector;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the {@code updown} scripts of children. A script is told once that a child is up and once
 * that it is down, however often it is rekeyed in between; those of one child run one after the
 * other, those of others at the same time. Events and configuration belong to the control agent.
 */
public final class Updown implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.chd");
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
    private static final int THREADS = 8;
    private static final int MOST_WAITING = 4096;
    private static final int FIRST_FORGET = 64;

    private final String tunName;
    private final ExecutorService threads;
    private final AtomicInteger waiting = new AtomicInteger();
    private final Map<Child, Running> running = new HashMap<>();

    /** One party for {@link #close}, and one for each script that is not done. */
    private final Phaser unfinished = new Phaser(1);

    private int forgetAt = FIRST_FORGET;
    private EngineConfig config = new EngineConfig(List.of(), List.of());

    /** A child as its peer sees it: the same over rekeying and reauthentication. */
    private record Child(
            String connection,
            String child,
            String remoteId,
            List<TrafficSelector> local,
            List<TrafficSelector> remote) {}

    /** A child that is up, or whose script for its end may still run. */
    private static final class Running {
        private final List<String> command;
        private final List<Map<String, String>> environments;
        private int childSas;
        private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

        Running(List<String> command, List<Map<String, String>> environments) {
            this.command = command;
            this.environments = environments;
        }
    }

    /**
     * @param tunName name of the TUN interface
     */
    public Updown(String tunName) {
        this.tunName = tunName;
        this.threads =
                Executors.newFixedThreadPool(
                        THREADS, Thread.ofPlatform().daemon().name("updown-", 0).factory());
    }

    /** Goes over to another configuration; children that are up keep the script they came with. */
    public void configure(EngineConfig newConfig) {
        config = newConfig;
    }

    /** Takes an event; returns at once. */
    public void accept(EngineEvent event) {
        switch (event) {
            case EngineEvent.ChildUp(IkeSa ike, ChildSa child) -> up(ike, child);
            case EngineEvent.ChildDown(IkeSa ike, ChildSa child, String _) -> down(ike, child);
            case EngineEvent.IkeUp _,
                    EngineEvent.IkeDown _,
                    EngineEvent.PathChange _,
                    EngineEvent.Alert _,
                    EngineEvent.KeyMaterial _,
                    EngineEvent.Trace _ -> {
                // scripts are about children
            }
        }
    }

    private void up(IkeSa ike, ChildSa child) {
        Running known = running.get(key(ike, child));
        if (known != null && known.childSas > 0) {
            known.childSas++;
            return;
        }
        forgetWhatIsOver();
        Optional<ChildConfig.UpdownScript> script = script(ike.connection(), child.name());
        if (script.isEmpty()) {
            return;
        }
        Running started =
                new Running(
                        List.of(script.get().command().strip().split("\\s+")),
                        UpdownEnvironment.of(tunName, script.get().hostAccess(), ike, child));
        started.childSas = 1;
        if (known != null) {
            started.last = known.last;
        }
        running.put(key(ike, child), started);
        run(started, "up", child.name());
    }

    private void down(IkeSa ike, ChildSa child) {
        Running known = running.get(key(ike, child));
        if (known != null && known.childSas > 0 && --known.childSas == 0) {
            run(known, "down", child.name());
        }
    }

    /** A child that is down stays until its script is done, so that the next one waits for it. */
    private void forgetWhatIsOver() {
        if (running.size() >= forgetAt) {
            running.values().removeIf(child -> child.childSas == 0 && child.last.isDone());
            forgetAt = Math.max(FIRST_FORGET, 2 * running.size());
        }
    }

    private Optional<ChildConfig.UpdownScript> script(String connection, String child) {
        for (ConnectionConfig candidate : config.connections()) {
            if (candidate.name().equals(connection)) {
                return candidate.children().stream()
                        .filter(c -> c.name().equals(child))
                        .findFirst()
                        .flatMap(ChildConfig::updown);
            }
        }
        return Optional.empty();
    }

    private void run(Running of, String verb, String child) {
        if (waiting.incrementAndGet() > MOST_WAITING) {
            waiting.decrementAndGet();
            LOG.error("{}: updown ({}) not run, since too many wait already", child, verb);
            return;
        }
        unfinished.register();
        of.last =
                of.last.thenRunAsync(
                        () -> {
                            waiting.decrementAndGet();
                            try {
                                of.environments.forEach(
                                        base -> runOne(of.command, base, verb, child));
                            } finally {
                                unfinished.arriveAndDeregister();
                            }
                        },
                        threads);
    }

    private static void runOne(
            List<String> command, Map<String, String> base, String verb, String child) {
        Map<String, String> environment = new HashMap<>(base);
        environment.put("PLUTO_VERB", verb + base.get("PLUTO_VERB"));
        HostProgram.Outcome outcome =
                HostProgram.run(
                        command,
                        environment,
                        "",
                        LIMIT,
                        line -> LOG.debug("{}: updown: {}", child, line));
        if (outcome.isSuccess()) {
            LOG.debug("{}: updown ({}) {}", child, environment.get("PLUTO_VERB"), outcome.text());
        } else {
            LOG.warn(
                    "{}: updown script {} ({}) {}",
                    child,
                    command.getFirst(),
                    environment.get("PLUTO_VERB"),
                    outcome.text());
        }
    }

    /** Waits a little for scripts that still run. */
    @Override
    public void close() {
        try {
            // Those of one child follow each other: the last is not even in the queue yet.
            int phase =
                    unfinished.awaitAdvanceInterruptibly(
                            unfinished.arrive(), CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            LOG.debug("all updown scripts are done (phase {})", phase);
        } catch (TimeoutException e) {
            LOG.warn("ending updown scripts that still run");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        threads.shutdownNow();
    }

    private static Child key(IkeSa ike, ChildSa child) {
        return new Child(
                ike.connection(),
                child.name(),
                ike.remoteId().map(Object::toString).orElse(""),
                child.localSelectors(),
                child.remoteSelectors());
    }
}
