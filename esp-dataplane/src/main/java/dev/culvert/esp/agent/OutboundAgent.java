package dev.culvert.esp.agent;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneCommand;
import dev.culvert.esp.DataplaneCommand.InstallOutboundSa;
import dev.culvert.esp.DataplaneCommand.InstallPolicy;
import dev.culvert.esp.DataplaneCommand.PathMtu;
import dev.culvert.esp.DataplaneCommand.RemoveOutboundSa;
import dev.culvert.esp.DataplaneCommand.RemovePolicy;
import dev.culvert.esp.DataplaneCommand.ShareOutboundSa;
import dev.culvert.esp.DataplaneCommand.UpdatePath;
import dev.culvert.esp.DataplaneConfig;
import dev.culvert.esp.DataplaneEvent;
import dev.culvert.esp.Direction;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.SaPath;
import dev.culvert.esp.crypto.EspCipherProvider;
import dev.culvert.esp.policy.AcquireQueue;
import dev.culvert.esp.policy.PolicyEntry;
import dev.culvert.esp.policy.PolicyTable;
import dev.culvert.esp.sa.OutboundSa;
import dev.culvert.esp.sa.SaCiphers;
import dev.culvert.esp.worker.JobLane;
import dev.culvert.esp.worker.WorkerCrew;
import dev.culvert.tun.UdpPort;
import dev.culvert.tun.WakeUp;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;

/** Owns outbound SAs and policies, and moves packets from the TUN device to the UDP ports. */
public final class OutboundAgent implements Agent {

    private static final int COMMANDS_PER_CYCLE = 64;
    private static final long TIMER_NS = 100_000_000;
    private static final long IDLE_BLOCK_NS = 1_000_000_000;
    private static final int TUN = 0;

    private record Key(long childId, int spi) {}

    /** What comes from other agents, which have counted it as read. */
    private record HandedOver(PacketSource source, OutboundPipeline pipeline) {}

    private final AgentCounters counters;
    private final EventRing events;
    private final CommandRing<DataplaneCommand.Outbound> commands;
    private final SaRegistry registry;
    private final List<EspCipherProvider> ciphers;
    private final NanoClock clock;
    private final ErrorHandler errorHandler;
    private final List<UdpPort> ports;
    private final int tunFd;
    private final int batchPackets;
    private final PolicyTable policies = new PolicyTable();
    private final AcquireQueue waiting;
    private final Map<Key, OutboundSa> sas = new HashMap<>();
    private final Map<Key, PolicyEntry.Elsewhere> elsewhere = new HashMap<>();
    private final Readiness readiness = new Readiness(TUN + 1);
    private final PacketSource source;
    private final PacketSealer sealer;
    private final OutboundPipeline pipeline;
    private final Outbox outbox;
    private final Optional<HandedOver> handedOver;
    private final Optional<JobLane<SealJob>> lane;
    private final String roleName;
    private final Consumer<DataplaneCommand.Outbound> applyCommand = this::apply;
    private long nowNs;
    private long expiryDueNs;
    private volatile boolean closing;

    /** An agent without SAs, and without workers. */
    public OutboundAgent(
            DataplaneConfig config,
            AgentCounters counters,
            EventRing events,
            CommandRing<DataplaneCommand.Outbound> commands,
            SaRegistry registry) {
        this(
                config,
                counters,
                events,
                commands,
                registry,
                new WorkerCrew(0, config.errorHandler()),
                () -> {},
                AgentPlace.ALONE);
    }

    /**
     * An agent without SAs.
     *
     * @param crew the workers that seal; without any, the agent does
     * @param wake interrupts the agent's blocking
     * @param place among the agents of the direction
     */
    public OutboundAgent(
            DataplaneConfig config,
            AgentCounters counters,
            EventRing events,
            CommandRing<DataplaneCommand.Outbound> commands,
            SaRegistry registry,
            WorkerCrew crew,
            Runnable wake,
            AgentPlace place) {
        this.counters = counters;
        this.events = events;
        this.commands = commands;
        this.registry = registry;
        ciphers = Stream.generate(config.cipherProviders()).limit(crew.places()).toList();
        clock = config.clock();
        errorHandler = config.errorHandler();
        ports = config.ports();
        tunFd = config.tun().fd();
        batchPackets = config.batchPackets();
        waiting = new AcquireQueue(config.acquireLimits());
        source = new TunPacketSource(config.tun());
        final Transmitter transmitter = new Transmitter(config, counters, events);
        if (crew.workers().isEmpty()) {
            lane = Optional.empty();
            sealer = new Sealer(counters, events, transmitter);
        } else {
            final JobLane<SealJob> jobs = crew.openLane(SealJob::new, wake);
            lane = Optional.of(jobs);
            sealer = new WorkerSealer(counters, events, transmitter, crew, jobs);
        }
        roleName = place.isAlone() ? "esp-outbound" : "esp-outbound-" + place.index();
        outbox = new Outbox(place, counters);
        pipeline = pipeline(config, counters);
        handedOver =
                place.isAlone()
                        ? Optional.empty()
                        : Optional.of(
                                new HandedOver(
                                        new TunPacketSource(new PacketInbox(place.inbox())),
                                        pipeline(config, new AgentCounters())));
        nowNs = clock.nanoTime();
    }

    private OutboundPipeline pipeline(DataplaneConfig config, AgentCounters readCounters) {
        return new OutboundPipeline(
                config,
                counters,
                readCounters,
                events,
                policies,
                waiting,
                sealer,
                new PacketExchange(outbox));
    }

    @Override
    public String roleName() {
        return roleName;
    }

    @Override
    public int doWork() {
        if (closing) {
            throw new AgentTerminationException();
        }
        nowNs = clock.nanoTime();
        final int applied = commands.drain(applyCommand, COMMANDS_PER_CYCLE);
        if (applied > 0) {
            readiness.repeat();
        }
        final int work = applied + takeOver() + movePackets() + runTimers();
        outbox.flush();
        return work;
    }

    /** Ends the agent at its next duty cycle. Any thread; wake the agent afterwards. */
    public void requestClose() {
        closing = true;
    }

    @Override
    public void onClose() {
        commands.close();
        sealer.settle();
        sas.values().forEach(sa -> sa.ciphers().destroy());
        sas.clear();
        elsewhere.clear();
    }

    /** Jobs that workers have, or that were not taken back from them. For the agent's thread. */
    public int jobsUnderWay() {
        return lane.map(JobLane::underWay).orElse(0);
    }

    /** Blocks in poll when there is nothing to do. */
    public IdleStrategy idleStrategy(WakeUp wake) {
        return new PollIdleStrategy(
                new int[] {tunFd},
                wake,
                () -> waiting.isEmpty() ? IDLE_BLOCK_NS : TIMER_NS,
                source::isFaulty,
                readiness,
                PollIdleStrategy.Gate.of(lane));
    }

    /** Before what the agent reads itself, which is later. */
    private int takeOver() {
        if (handedOver.isEmpty()) {
            return 0;
        }
        final PacketSource packets = handedOver.get().source();
        int taken = 0;
        sealer.place(packets);
        while (taken < batchPackets && packets.next()) {
            taken++;
            onPacket(handedOver.get().pipeline(), packets);
            sealer.place(packets);
        }
        if (taken > 0) {
            readiness.repeat();
        }
        return taken;
    }

    private int movePackets() {
        final int limit = readiness.takeWoken() ? 1 : batchPackets;
        int moved = 0;
        while (moved < limit && nextPacket()) {
            moved++;
            onPacket(pipeline, source);
        }
        if (moved < limit) {
            readiness.drained(TUN);
        }
        return moved + sealer.flush();
    }

    private void onPacket(OutboundPipeline to, PacketSource from) {
        try {
            to.onPacket(from, nowNs);
        } catch (RuntimeException e) {
            counters.drop(DropReason.INTERNAL_FAULT);
            errorHandler.onError(e);
        }
    }

    private boolean nextPacket() {
        sealer.place(source);
        return source.next();
    }

    private int runTimers() {
        if (waiting.isEmpty() || nowNs - expiryDueNs < 0) {
            return 0;
        }
        expiryDueNs = nowNs + TIMER_NS;
        int expired = 0;
        for (final AcquireQueue.Expired policy : waiting.expire(nowNs)) {
            expired += policy.packets();
            if (!events.offer(
                    new DataplaneEvent.AcquireExpired(policy.policyId(), policy.packets()))) {
                counters.add(Counter.EVENTS_DEFERRED, 1);
            }
        }
        counters.drop(DropReason.ACQUIRE_EXPIRED, expired);
        return expired;
    }

    private void apply(DataplaneCommand.Outbound command) {
        switch (command) {
            case InstallOutboundSa install -> install(install);
            case ShareOutboundSa share -> share(share);
            case RemoveOutboundSa remove -> remove(remove);
            case UpdatePath update -> updatePath(update);
            case InstallPolicy install -> {
                policies.add(install);
                pipeline.releaseWaiting(nowNs);
            }
            case RemovePolicy remove -> {
                policies.remove(remove.policyId());
                counters.drop(DropReason.ACQUIRE_EXPIRED, waiting.remove(remove.policyId()));
            }
            case PathMtu pathMtu -> pathMtu(pathMtu);
        }
    }

    private void install(InstallOutboundSa command) {
        try {
            final Key key = newKey(command.childId(), command.spi());
            final int port = portFor(command.path());
            final OutboundSa sa = new OutboundSa(command, ciphers(command), port, nowNs);
            sas.put(key, sa);
            registry.put(Direction.OUTBOUND, sa.childId(), sa.spi(), sa.counters());
            policies.add(sa);
        } finally {
            command.keys().destroy();
        }
        pipeline.releaseWaiting(nowNs);
    }

    /** Refuses what the agent that has the SA refuses too. */
    private void share(ShareOutboundSa command) {
        final Key key = newKey(command.childId(), command.spi());
        final int ignored = portFor(command.path());
        final PolicyEntry.Elsewhere entry =
                new PolicyEntry.Elsewhere(command.agent(), command.childId(), command.spi());
        elsewhere.put(key, entry);
        policies.add(entry, command.priority(), command.selectors());
        pipeline.releaseWaiting(nowNs);
    }

    private Key newKey(long childId, int spi) {
        final Key key = new Key(childId, spi);
        if (sas.containsKey(key) || elsewhere.containsKey(key)) {
            throw new IllegalStateException(
                    "child "
                            + childId
                            + " has an outbound SA with SPI "
                            + Integer.toHexString(spi)
                            + " already; remove it first");
        }
        return key;
    }

    private SaCiphers ciphers(InstallOutboundSa command) {
        return new SaCiphers(
                ciphers.stream()
                        .map(provider ->
                                provider.sealing(command.suite(), command.keys(), command.esn()))
                        .toList());
    }

    private void remove(RemoveOutboundSa command) {
        final Key key = new Key(command.childId(), command.spi());
        Optional.ofNullable(elsewhere.remove(key)).ifPresent(policies::remove);
        final OutboundSa sa = sas.remove(key);
        if (sa != null) {
            policies.remove(sa);
            registry.remove(Direction.OUTBOUND, sa.childId(), sa.spi());
            sealer.settle();
            sa.ciphers().destroy();
        }
    }

    private void updatePath(UpdatePath command) {
        final int port = portFor(command.path());
        for (final OutboundSa sa : sas.values()) {
            if (sa.childId() == command.childId()) {
                sa.path(command.path(), port);
            }
        }
    }

    private void pathMtu(PathMtu command) {
        for (final OutboundSa sa : sas.values()) {
            if (sa.path().remote().getAddress().equals(command.remote())) {
                sa.pathMtuBytes(command.mtuBytes());
            }
        }
    }

    private int portFor(SaPath path) {
        return PortChoice.indexOf(ports, path.local())
                .orElseThrow(() ->
                        new IllegalStateException(
                                "no ESP port sends from "
                                        + path.local()
                                        + "; the ports are "
                                        + ports.stream()
                                                .map(port -> port.localAddress().toString())
                                                .toList()));
    }
}
