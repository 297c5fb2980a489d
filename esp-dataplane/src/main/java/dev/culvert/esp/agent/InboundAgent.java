package dev.culvert.esp.agent;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.DataplaneCommand;
import dev.culvert.esp.DataplaneCommand.InstallInboundSa;
import dev.culvert.esp.DataplaneCommand.RemoveInboundSa;
import dev.culvert.esp.DataplaneCommand.UpdatePath;
import dev.culvert.esp.DataplaneConfig;
import dev.culvert.esp.Direction;
import dev.culvert.esp.crypto.EspCipherProvider;
import dev.culvert.esp.sa.InboundSa;
import dev.culvert.esp.sa.SaCiphers;
import dev.culvert.esp.worker.JobLane;
import dev.culvert.esp.worker.WorkerCrew;
import dev.culvert.tun.UdpPort;
import dev.culvert.tun.WakeUp;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;

/**
 * Owns inbound SAs and their replay windows, and moves packets from the UDP ports to the TUN
 * device.
 */
public final class InboundAgent implements Agent {

    private static final int COMMANDS_PER_CYCLE = 64;
    private static final long IDLE_BLOCK_NS = 1_000_000_000;

    /** What comes from other agents, which have counted it as received. */
    private record HandedOver(DatagramInbox inbox, Opener opener) {}

    private final CommandRing<DataplaneCommand.Inbound> commands;
    private final SaRegistry registry;
    private final List<EspCipherProvider> ciphers;
    private final NanoClock clock;
    private final List<UdpPort> ports;
    private final Int2ObjectHashMap<InboundSa> sas = new Int2ObjectHashMap<>();
    private final Readiness readiness;
    private final PacketOpener opener;
    private final Outbox outbox;
    private final Optional<HandedOver> handedOver;
    private final Optional<JobLane<OpenJob>> lane;
    private final String roleName;
    private final Consumer<DataplaneCommand.Inbound> applyCommand = this::apply;
    private long nowNs;
    private boolean faulty;
    private volatile boolean closing;

    /** An agent without SAs, and without workers. */
    public InboundAgent(
            DataplaneConfig config,
            AgentCounters counters,
            EventRing events,
            CommandRing<DataplaneCommand.Inbound> commands,
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
     * @param crew the workers that open; without any, the agent does
     * @param wake interrupts the agent's blocking
     * @param place among the agents of the direction
     */
    public InboundAgent(
            DataplaneConfig config,
            AgentCounters counters,
            EventRing events,
            CommandRing<DataplaneCommand.Inbound> commands,
            SaRegistry registry,
            WorkerCrew crew,
            Runnable wake,
            AgentPlace place) {
        this.commands = commands;
        this.registry = registry;
        ciphers = Stream.generate(config.cipherProviders()).limit(crew.places()).toList();
        clock = config.clock();
        ports = config.ports();
        readiness = new Readiness(ports.size());
        roleName = place.isAlone() ? "esp-inbound" : "esp-inbound-" + place.index();
        outbox = new Outbox(place, counters);
        final DatagramExchange exchange = new DatagramExchange(place, outbox);
        handedOver =
                place.isAlone()
                        ? Optional.empty()
                        : Optional.of(
                                new HandedOver(
                                        new DatagramInbox(place.inbox()),
                                        opener(
                                                config,
                                                counters,
                                                new AgentCounters(),
                                                events,
                                                exchange)));
        if (crew.workers().isEmpty()) {
            lane = Optional.empty();
            opener = opener(config, counters, counters, events, exchange);
        } else {
            final JobLane<OpenJob> jobs = crew.openLane(() -> WorkerOpener.newJob(config), wake);
            lane = Optional.of(jobs);
            opener =
                    new WorkerOpener(
                            config,
                            counters,
                            events,
                            sas,
                            this::drainCommands,
                            exchange,
                            crew,
                            jobs);
        }
        nowNs = clock.nanoTime();
    }

    private Opener opener(
            DataplaneConfig config,
            AgentCounters counters,
            AgentCounters receiveCounters,
            EventRing events,
            DatagramExchange exchange) {
        return new Opener(
                config, counters, receiveCounters, events, sas, this::drainCommands, exchange);
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
        int work = drainCommands();
        if (work > 0) {
            readiness.repeat();
        }
        work += takeOver();
        faulty = false;
        final boolean alone = readiness.takeWoken();
        for (int i = 0; i < ports.size(); i++) {
            if (readiness.isReady(i)) {
                final int received = opener.receive(ports.get(i), alone, nowNs);
                faulty |= received < 0;
                if (received < opener.limit(alone)) {
                    readiness.drained(i);
                }
                work += Math.max(0, received);
            }
        }
        outbox.flush();
        return work + opener.flush();
    }

    /** Before what the agent receives itself, which is later. */
    private int takeOver() {
        if (handedOver.isEmpty()) {
            return 0;
        }
        final int taken = handedOver.get().opener().receive(handedOver.get().inbox(), nowNs);
        if (taken > 0) {
            readiness.repeat();
        }
        return taken;
    }

    /** Ends the agent at its next duty cycle. Any thread; wake the agent afterwards. */
    public void requestClose() {
        closing = true;
    }

    @Override
    public void onClose() {
        commands.close();
        opener.settle();
        sas.values().forEach(sa -> sa.ciphers().destroy());
        sas.clear();
    }

    /** Jobs that workers have, or that were not taken back from them. For the agent's thread. */
    public int jobsUnderWay() {
        return lane.map(JobLane::underWay).orElse(0);
    }

    /** Blocks in poll when there is nothing to do. */
    public IdleStrategy idleStrategy(WakeUp wake) {
        return new PollIdleStrategy(
                ports.stream().mapToInt(UdpPort::fd).toArray(),
                wake,
                () -> IDLE_BLOCK_NS,
                () -> faulty,
                readiness,
                PollIdleStrategy.Gate.of(lane));
    }

    private int drainCommands() {
        return commands.drain(applyCommand, COMMANDS_PER_CYCLE);
    }

    private void apply(DataplaneCommand.Inbound command) {
        switch (command) {
            case InstallInboundSa install -> install(install);
            case RemoveInboundSa remove -> remove(remove);
            case UpdatePath update -> updatePath(update);
        }
    }

    private void install(InstallInboundSa command) {
        try {
            if (sas.containsKey(command.spi())) {
                throw new IllegalStateException(
                        "an inbound SA has SPI "
                                + Integer.toHexString(command.spi())
                                + " already; choose another one");
            }
            final InboundSa sa = new InboundSa(command, ciphers(command), nowNs);
            sas.put(command.spi(), sa);
            registry.put(Direction.INBOUND, sa.childId(), sa.spi(), sa.counters());
        } finally {
            command.keys().destroy();
        }
    }

    private SaCiphers ciphers(InstallInboundSa command) {
        return new SaCiphers(
                ciphers.stream()
                        .map(provider ->
                                provider.opening(command.suite(), command.keys(), command.esn()))
                        .toList());
    }

    private void remove(RemoveInboundSa command) {
        final InboundSa sa = sas.remove(command.spi());
        if (sa != null) {
            registry.remove(Direction.INBOUND, sa.childId(), sa.spi());
            opener.settle();
            sa.ciphers().destroy();
        }
    }

    private void updatePath(UpdatePath command) {
        for (final InboundSa sa : sas.values()) {
            if (sa.childId() == command.childId()) {
                sa.path(command.path());
            }
        }
    }
}
