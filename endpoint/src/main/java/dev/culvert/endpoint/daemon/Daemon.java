package dev.culvert.endpoint.daemon;

import dev.culvert.endpoint.assign.Assignments;
import dev.culvert.endpoint.assign.ResolverPrograms;
import dev.culvert.endpoint.config.DaemonSettings;
import dev.culvert.endpoint.control.ControlAgent;
import dev.culvert.endpoint.control.EventHub;
import dev.culvert.endpoint.control.IkeSockets;
import dev.culvert.endpoint.control.WarmUp;
import dev.culvert.endpoint.dataplane.PolicyBook;
import dev.culvert.endpoint.dataplane.SaBook;
import dev.culvert.endpoint.hook.Updown;
import dev.culvert.endpoint.lease.LeaseKeeper;
import dev.culvert.endpoint.status.DataplaneReport;
import dev.culvert.endpoint.status.DataplaneTraffic;
import dev.culvert.endpoint.vici.DaemonStatus;
import dev.culvert.endpoint.vici.ViciServer;
import dev.culvert.esp.Dataplane;
import dev.culvert.esp.DataplaneConfig;
import dev.culvert.esp.MssClamping;
import dev.culvert.esp.crypto.CipherEngines;
import dev.culvert.esp.policy.AcquireLimits;
import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.IkeEngine;
import dev.culvert.ike.config.EngineConfig;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.tun.WakeUp;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.agrona.concurrent.AgentTerminationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running endpoint: puts the parts together, starts them in order (host check, sockets, TUN
 * interface, routes, dataplane, control agent, control socket, configuration), and takes them apart
 * in the opposite one.
 */
public final class Daemon implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.dmn");

    /** How long peers have to answer when the daemon ends. */
    private static final long SHUTDOWN_LIMIT_MS = 3_500;

    private static final long CONFIGURE_LIMIT_MS = 10_000;

    private final Cleanup cleanup = new Cleanup();
    private final DaemonSpec spec;
    private final DaemonSettings settings;
    private final Instant startedAt = Instant.now();
    private final SecureRandom random = new SecureRandom();
    private final EventHub events = new EventHub();
    private final CompletableFuture<String> failure = new CompletableFuture<>();
    private final CipherEngines.Selection.Selected cipherEngine;
    private HostPart host;
    private Dataplane dataplane;
    private SaBook sas;
    private IkeSockets ikeSockets;
    private ResolverPrograms nameServers;
    private LeaseKeeper leases;
    private Updown updown;
    private ControlAgent control;

    private Daemon(DaemonSpec spec, CipherEngines.Selection.Selected cipherEngine) {
        this.spec = spec;
        this.settings = spec.configuration().daemon();
        this.cipherEngine = cipherEngine;
    }

    /**
     * Runs until the process is told to end (SIGTERM, SIGINT), and cleans up. The process's exit
     * status is then 0.
     *
     * @param engines makes the IKE engine
     * @throws StartException if it cannot start, or cannot go on; nothing is left behind
     */
    public static void run(DaemonSpec spec, Function<EngineSettings, IkeEngine> engines)
            throws StartException {
        Daemon daemon = start(spec, engines);
        Thread hook =
                new Thread(
                        () -> {
                            daemon.close();
                            // The virtual machine would report the signal as a failure.
                            Runtime.getRuntime().halt(0);
                        },
                        "shutdown");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            // Everything happens on other threads.
            String reason = daemon.failure.get();
            LOG.error("{}", reason);
            Runtime.getRuntime().removeShutdownHook(hook);
            daemon.close();
            throw new StartException(reason);
        } catch (ExecutionException e) {
            throw new AssertionError("only completed with a reason", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Starts everything.
     *
     * @param engines makes the IKE engine
     * @throws StartException if a part cannot start; nothing is left behind
     */
    public static Daemon start(DaemonSpec spec, Function<EngineSettings, IkeEngine> engines)
            throws StartException {
        long startNs = System.nanoTime();
        Daemon daemon = new Daemon(spec, cipherEngine(spec.configuration().daemon()));
        boolean started = false;
        try {
            HostPart.check();
            daemon.startParts(engines);
            started = true;
        } finally {
            if (!started) {
                daemon.cleanup.close();
            }
        }
        LOG.info(
                "Culvert {} ready in {} ms: {}, MTU {}, engine {}, control socket {}",
                spec.version(),
                (System.nanoTime() - startNs) / 1_000_000,
                daemon.host.tun().name(),
                daemon.sas.tunMtuBytes(),
                daemon.cipherEngine.name(),
                spec.viciSocket());
        daemon.cipherEngine.reason().ifPresent(reason -> LOG.info("not native: {}", reason));
        Thread.ofPlatform().daemon().name("warm-up").start(() -> warmUp(engines));
        return daemon;
    }

    private static CipherEngines.Selection.Selected cipherEngine(DaemonSettings settings)
            throws StartException {
        CipherEngines.Choice choice =
                switch (settings.aeadEngine()) {
                    case AUTO -> CipherEngines.Choice.AUTO;
                    case JDK -> CipherEngines.Choice.JDK;
                    case NATIVE -> CipherEngines.Choice.NATIVE;
                };
        return switch (CipherEngines.select(choice, settings.aeadLibrary())) {
            case CipherEngines.Selection.Selected selected -> selected;
            case CipherEngines.Selection.Unavailable(String reason) ->
                    throw new StartException(
                            "engine = native: " + reason + "; or set engine = auto");
        };
    }

    /** Deletes the SAs at their peers, and undoes everything that was done to the host. */
    @Override
    public void close() {
        LOG.info("stopping");
        try {
            control.proxy().shutdown().get(SHUTDOWN_LIMIT_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn("some peers did not answer the deletion of their SAs in time");
        } catch (ExecutionException e) {
            LOG.warn("the SAs were not deleted at their peers: {}", e.getCause().getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        cleanup.close();
        LOG.info("stopped");
    }

    private static void warmUp(Function<EngineSettings, IkeEngine> engines) {
        long startNs = System.nanoTime();
        boolean done = WarmUp.run(engines, startNs);
        LOG.debug(
                "warm-up {} after {} ms",
                done ? "done" : "failed",
                (System.nanoTime() - startNs) / 1_000_000);
    }

    private void startParts(Function<EngineSettings, IkeEngine> engines) throws StartException {
        host = HostPart.open(settings, cleanup);
        try {
            openKeyLog();
            WakeUp controlWake = cleanup.add("wake-up", WakeUp.open());
            dataplane = cleanup.add("dataplane", new Dataplane(dataplaneConfig(controlWake)));
            dataplane.start();
            // What the end of the SAs sets off is waited for when the control agent has ended.
            nameServers =
                    cleanup.add(
                            "name servers",
                            ResolverPrograms.open(settings.dns(), host.tun().name()));
            updown = cleanup.add("updown scripts", new Updown(host.tun().name()));
            leases = cleanup.add("leases", new LeaseKeeper(leaseFile()));
            control = cleanup.add("control agent", controlAgent(engines, controlWake));
            control.start();
            RunningDaemon running =
                    new RunningDaemon(
                            control.proxy(),
                            events,
                            spec.configuration(),
                            spec.reload(),
                            this::usable,
                            this::status);
            cleanup.add("control socket", ViciServer.open(spec.viciSocket(), running));
        } catch (IOException e) {
            throw new StartException(e.getMessage(), e);
        }
        configure();
    }

    private void openKeyLog() throws IOException {
        Optional<Path> directory = settings.keyLogDirectory();
        if (directory.isPresent()) {
            KeyLog keyLog = cleanup.add("key log", KeyLog.open(directory.get()));
            events.subscribe(keyLog::accept);
            LOG.warn(
                    "all keys are written to {}: whoever reads them can read the traffic",
                    directory.get());
        }
    }

    private DataplaneConfig dataplaneConfig(WakeUp controlWake) {
        AcquireLimits defaults = AcquireLimits.DEFAULT;
        DataplaneConfig.Builder builder =
                DataplaneConfig.builder(
                        host.tun().queue(), host.sockets().nattOf(0), Daemon::onDataplaneFailure);
        for (int agent = 1; agent < settings.agents(); agent++) {
            builder.agent(host.tun().queues().get(agent), host.sockets().nattOf(agent));
        }
        return builder.tunMtuBytes(host.tunMtuBytes())
                .mssClamping(
                        switch (settings.mssClamp()) {
                            case DaemonSettings.MssClamp.Auto _ -> MssClamping.AUTOMATIC;
                            case DaemonSettings.MssClamp.Off _ -> MssClamping.OFF;
                            case DaemonSettings.MssClamp.Fixed(int bytes) ->
                                    MssClamping.fixed(bytes);
                        })
                .acquireLimits(
                        new AcquireLimits(
                                settings.acquirePackets(),
                                defaults.bytesPerPolicy(),
                                defaults.bytesTotal(),
                                defaults.holdNs(),
                                defaults.repeatNs()))
                .controlWake(controlWake::signal)
                .offloads(host.offloads())
                .workers(settings.workers())
                .cipherProviders(cipherEngine.providers())
                .build();
    }

    private static void onDataplaneFailure(Throwable failure) {
        // An agent that was asked to end says so in this way.
        if (!(failure instanceof AgentTerminationException)) {
            LOG.error("internal error in the dataplane; please report it", failure);
        }
    }

    private void onTunGone() {
        failure.complete(
                "somebody deleted the interface "
                        + host.tun().name()
                        + ", without which nothing can be carried; start again");
    }

    private ControlAgent controlAgent(
            Function<EngineSettings, IkeEngine> engines, WakeUp controlWake) {
        KernelNetwork network =
                new KernelNetwork(host.netlink(), host.tun().index(), settings.routing().fwmark());
        PolicyBook policies = new PolicyBook(dataplane, host.routing(), network);
        sas =
                new SaBook(
                        dataplane,
                        host.routing(),
                        network,
                        settings.tun().mtuBytes(),
                        host.tunMtuBytes(),
                        random::nextDouble);
        ikeSockets = new IkeSockets(host.sockets().ike());
        return new ControlAgent(
                new ControlAgent.Parts(
                        engines.apply(engineSettings()),
                        settings.listen().port(),
                        ikeSockets,
                        controlWake,
                        dataplane,
                        policies,
                        sas,
                        network,
                        new Assignments(network, nameServers),
                        leases,
                        updown,
                        () -> host.onNetworkChanges(this::onTunGone),
                        new PathAddresses(
                                network,
                                host.tun().index(),
                                host.sockets().families(),
                                settings.listen().addresses()),
                        host.monitor().fd(),
                        events,
                        new DataplaneTraffic(dataplane::saStatuses)),
                System::nanoTime);
    }

    private void configure() throws StartException {
        try {
            control.proxy()
                    .restoreLeases(leases.load())
                    .get(CONFIGURE_LIMIT_MS, TimeUnit.MILLISECONDS);
            control.proxy()
                    .configure(usable(spec.configuration().engine()))
                    .get(CONFIGURE_LIMIT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new StartException(
                    "the configuration could not be put in force: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new StartException("the control agent does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartException("interrupted", e);
        }
    }

    private Optional<Path> leaseFile() {
        return switch (settings.leaseFile()) {
            case DaemonSettings.LeaseFile.BesideSocket _ ->
                    Optional.of(spec.viciSocket().toAbsolutePath().resolveSibling("leases"));
            case DaemonSettings.LeaseFile.At(Path file) -> Optional.of(file);
            case DaemonSettings.LeaseFile.None _ -> Optional.empty();
        };
    }

    private EngineConfig usable(EngineConfig configured) {
        return PortFallback.apply(configured, settings.listen(), host.sockets());
    }

    private EngineSettings engineSettings() {
        return settings.ike()
                .withPorts(settings.listen().port(), settings.listen().nattPort())
                .withExportKeys(settings.keyLogDirectory().isPresent());
    }

    private DaemonStatus status(EngineSnapshot snapshot) {
        Map<String, Long> counters =
                DataplaneReport.counters(dataplane.inboundCounters(), dataplane.outboundCounters());
        counters.put("ike_received", ikeSockets.received());
        counters.put("ike_sent", ikeSockets.sent());
        counters.put("ike_truncated", ikeSockets.truncated());
        counters.put("ike_send_failed", ikeSockets.sendFailed() + dataplane.ikeSendFailures());
        counters.put("internal_errors", control.internalErrors());
        return new DaemonStatus(
                spec.version(),
                startedAt,
                Instant.now(),
                System.nanoTime(),
                snapshot,
                new DataplaneTraffic(dataplane::saStatuses).byChildSaId(),
                DataplaneReport.drops(dataplane.inboundCounters(), dataplane.outboundCounters()),
                counters,
                new DaemonStatus.HostUse(
                        cipherEngine.description(),
                        settings.agents(),
                        host.sockets().steeringRefusal(),
                        settings.workers(),
                        dataplane.offloads(),
                        host.tun().name(),
                        sas.tunMtuBytes(),
                        host.sockets().addresses(),
                        String.valueOf(spec.viciSocket().toAbsolutePath().getParent())));
    }
}
