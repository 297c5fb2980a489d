package dev.culvert.endpoint.control;

import dev.culvert.endpoint.assign.Assignments;
import dev.culvert.endpoint.dataplane.HostNetwork;
import dev.culvert.endpoint.dataplane.PolicyBook;
import dev.culvert.endpoint.dataplane.SaBook;
import dev.culvert.endpoint.hook.Updown;
import dev.culvert.endpoint.lease.LeaseKeeper;
import dev.culvert.esp.DataplaneControl;
import dev.culvert.ike.EngineInput;
import dev.culvert.ike.IkeEngine;
import dev.culvert.tun.Poller;
import dev.culvert.tun.UdpPort;
import dev.culvert.tun.WakeUp;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that owns the IKE engine. Its duty cycle: commands, finished jobs, events of the
 * dataplane, sockets, timers; each bounded, so that none starves the others. When there is nothing
 * to do it blocks until a descriptor is ready or the engine's next deadline.
 */
public final class ControlAgent implements Runnable, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.dmn");

    private static final int COMMAND_LIMIT = 16;
    private static final int JOB_LIMIT = 32;
    private static final int EVENT_LIMIT = 64;
    private static final long USE_INTERVAL_NS = 1_000_000_000L;
    private static final long NETWORK_SETTLES_NS = 50_000_000L;
    private static final long PATH_MTU_INTERVAL_NS = 5_000_000_000L;

    /** A crash may cost the leases of this long; they only decide who gets which address. */
    private static final long LEASE_INTERVAL_NS = 2_000_000_000L;

    private final Parts parts;
    private final LongSupplier clockNs;
    private final CommandQueue commands;
    private final BackgroundJobs jobs;
    private final EngineHost host;
    private final SaUseReporter useReporter;
    private final ControlProxy proxy;
    private final List<Readiness> readiness = new ArrayList<>();
    private final Poller poller;
    private final Thread thread;
    private volatile boolean stopped;
    private long nextUseNs;
    private long nextPathMtuNs;
    private long networkDueNs = IkeEngine.NO_DEADLINE;
    private long nextLeasesNs;
    private long keptLeaseVersion;

    /**
     * What the agent works with.
     *
     * @param engine which it owns from now on
     * @param ikePort the port of {@code sockets}
     * @param sockets without non-ESP marker; the agent reads and writes them, the caller closes
     *     them
     * @param wakeUp which the dataplane signals when it has events; the caller closes it
     * @param dataplane for SAs, and for IKE on the NAT traversal port
     * @param policies of the configuration
     * @param sas as installed
     * @param network of the host
     * @param assignments of peers to this host
     * @param leases where leases outlive the daemon
     * @param updown scripts of children
     * @param networkChanges called when {@code networkChangesFd} is readable; whether other
     *     addresses or ways to peers are possible since
     * @param localAddresses those that IKE and ESP can be sent from, as they are now
     * @param networkChangesFd descriptor that tells of changed addresses and routes
     * @param events where the engine's events go
     * @param traffic of the SAs
     */
    public record Parts(
            IkeEngine engine,
            int ikePort,
            IkeSockets sockets,
            WakeUp wakeUp,
            DataplaneControl dataplane,
            PolicyBook policies,
            SaBook sas,
            HostNetwork network,
            Assignments assignments,
            LeaseKeeper leases,
            Updown updown,
            BooleanSupplier networkChanges,
            Supplier<List<InetAddress>> localAddresses,
            int networkChangesFd,
            EventHub events,
            TrafficView traffic) {}

    private record Readiness(int pollIndex, Runnable action) {}

    /**
     * @param parts what it works with
     * @param clockNs monotonic time in nanoseconds, the clock of the dataplane
     */
    public ControlAgent(Parts parts, LongSupplier clockNs) {
        this.parts = parts;
        this.clockNs = clockNs;
        this.commands = new CommandQueue(parts.wakeUp()::signal);
        this.jobs = new BackgroundJobs(parts.wakeUp()::signal);
        this.host =
                new EngineHost(
                        parts.engine(),
                        new EngineHost.Peripherals(
                                parts.ikePort(),
                                parts.sockets(),
                                parts.dataplane(),
                                parts.policies(),
                                parts.sas(),
                                parts.network(),
                                parts.assignments(),
                                parts.updown(),
                                jobs,
                                parts.events(),
                                parts.traffic()),
                        clockNs);
        this.useReporter = new SaUseReporter(parts.traffic());
        this.proxy = new ControlProxy(commands, host);
        this.poller = new Poller(2 + parts.sockets().ports().size());
        poller.add(parts.wakeUp().fd(), Poller.READABLE);
        readiness.add(
                new Readiness(
                        poller.add(parts.networkChangesFd(), Poller.READABLE),
                        this::onNetworkChanges));
        for (UdpPort port : parts.sockets().ports()) {
            readiness.add(
                    new Readiness(
                            poller.add(port.fd(), Poller.READABLE),
                            () -> parts.sockets().receive(port, this::onMessage)));
        }
        this.thread = new Thread(this, "control");
    }

    /** Starts the thread. */
    public void start() {
        thread.start();
    }

    /** For other threads. */
    public ControlProxy proxy() {
        return proxy;
    }

    /** How often the engine threw an exception. Approximate when read from another thread. */
    public long internalErrors() {
        return host.internalErrors();
    }

    @Override
    public void run() {
        tellNetwork();
        while (!stopped) {
            try {
                int work = cycle();
                waitForWork(work > 0 ? 0 : timeoutNs());
            } catch (RuntimeException e) {
                LOG.error("internal error in the control agent; please report it", e);
            }
        }
        keepLeases();
        host.abandonCommands("the daemon ends");
    }

    /** Ends the thread, at the latest when what it does at the moment is done. */
    @Override
    public void close() {
        stopped = true;
        parts.wakeUp().signal();
        if (thread.isAlive()) {
            try {
                thread.join(5_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        jobs.close();
    }

    private int cycle() {
        int work = commands.drain(COMMAND_LIMIT);
        work += jobs.drain(host::handle, JOB_LIMIT);
        work +=
                parts.dataplane()
                        .pollEvents(
                                event ->
                                        DataplaneEvents.toInput(event, parts.policies())
                                                .ifPresent(host::handle),
                                EVENT_LIMIT);
        long nowNs = clockNs.getAsLong();
        if (networkDueNs <= nowNs) {
            tellNetwork();
        }
        if (host.nextDeadlineNs() <= nowNs) {
            host.handle(new EngineInput.Tick());
        }
        if (!parts.sas().all().isEmpty()) {
            lookAfterSas(nowNs);
        }
        if (hasNewLeases() && nowNs - nextLeasesNs >= 0) {
            nextLeasesNs = nowNs + LEASE_INTERVAL_NS;
            keepLeases();
        }
        return work;
    }

    /** What changes at once is told at once: an address goes before the next one comes. */
    private void onNetworkChanges() {
        if (parts.networkChanges().getAsBoolean() && networkDueNs == IkeEngine.NO_DEADLINE) {
            networkDueNs = clockNs.getAsLong() + NETWORK_SETTLES_NS;
        }
    }

    private void tellNetwork() {
        networkDueNs = IkeEngine.NO_DEADLINE;
        host.handle(new EngineInput.NetworkChanged(parts.localAddresses().get()));
    }

    private boolean hasNewLeases() {
        return host.leaseVersion() != keptLeaseVersion;
    }

    private void keepLeases() {
        if (hasNewLeases()) {
            keptLeaseVersion = host.leaseVersion();
            parts.leases().save(host.leases());
        }
    }

    private void lookAfterSas(long nowNs) {
        if (nowNs - nextUseNs >= 0) {
            nextUseNs = nowNs + USE_INTERVAL_NS;
            useReporter.report(host::handle);
        }
        if (nowNs - nextPathMtuNs >= 0) {
            nextPathMtuNs = nowNs + PATH_MTU_INTERVAL_NS;
            parts.sas().refreshPathMtus();
        }
    }

    private long timeoutNs() {
        long nowNs = clockNs.getAsLong();
        long deadlineNs = Math.min(host.nextDeadlineNs(), networkDueNs);
        long timeoutNs = deadlineNs == IkeEngine.NO_DEADLINE ? -1 : Math.max(0, deadlineNs - nowNs);
        if (!parts.sas().all().isEmpty()) {
            timeoutNs = sooner(timeoutNs, nextUseNs - nowNs);
        }
        return hasNewLeases() ? sooner(timeoutNs, nextLeasesNs - nowNs) : timeoutNs;
    }

    /** The shorter of two times, of which the first is negative for endless. */
    private static long sooner(long timeoutNs, long otherNs) {
        long atLeastNow = Math.max(0, otherNs);
        return timeoutNs < 0 ? atLeastNow : Math.min(timeoutNs, atLeastNow);
    }

    private void waitForWork(long timeoutNs) {
        if (poller.poll(timeoutNs) <= 0) {
            return;
        }
        if (poller.isReadable(0)) {
            parts.wakeUp().drain();
        }
        for (Readiness ready : readiness) {
            if (poller.isReadable(ready.pollIndex())) {
                ready.action().run();
            }
        }
    }

    private void onMessage(InetSocketAddress local, InetSocketAddress remote, byte[] message) {
        host.handle(new EngineInput.Datagram(local, remote, message));
    }
}
