package dev.culvert.esp.testing;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneCommand;
import dev.culvert.esp.DataplaneConfig;
import dev.culvert.esp.DataplaneEvent;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.agent.AgentPlace;
import dev.culvert.esp.agent.CommandRing;
import dev.culvert.esp.agent.EventRing;
import dev.culvert.esp.agent.HandOverRing;
import dev.culvert.esp.agent.InboundAgent;
import dev.culvert.esp.agent.OutboundAgent;
import dev.culvert.esp.agent.SaRegistry;
import dev.culvert.esp.worker.CryptoWorker;
import dev.culvert.esp.worker.WorkerCrew;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.agrona.concurrent.AgentTerminationException;

/**
 * The agents on the test's own thread, between a TUN device and ports in memory, with a clock that
 * the test moves. With workers, those have threads of their own and get all there is to seal or
 * open; {@link #WORKERS_PROPERTY} gives them to every rig that asks for none.
 *
 * <p>With several agents for each direction, the first one's queue and ports are those of the rig,
 * and SAs belong to agents by their SPI; {@link #AGENTS_PROPERTY} gives them to every rig that asks
 * for none.
 */
public final class AgentRig {

    /** How many workers a rig has that asks for none. */
    public static final String WORKERS_PROPERTY = "culvert.test.workers";

    /** How many agents for each direction a rig has that asks for none. */
    public static final String AGENTS_PROPERTY = "culvert.test.agents";

    private static final long SHORTEST_IDLE_NS = 5_000;
    private static final long LONGEST_IDLE_NS = 5_000_000;

    public final FakeTun tun = new FakeTun();
    public final FakePort ipv4;
    public final FakePort ipv6;
    public final AgentCounters in = new AgentCounters();
    public final AgentCounters out = new AgentCounters();
    public final SaRegistry registry = new SaRegistry();
    public final List<Throwable> faults = new CopyOnWriteArrayList<>();
    private final EventRing events;
    private final List<Pair> pairs = new ArrayList<>();
    private final WorkerCrew crew;
    private long nowNs = 1_000_000_000_000L;

    /** The agents of one index, and what only they read. */
    public record Pair(
            FakeTun tun,
            FakePort ipv4,
            FakePort ipv6,
            CommandRing<DataplaneCommand.Inbound> inboundCommands,
            CommandRing<DataplaneCommand.Outbound> outboundCommands,
            InboundAgent inbound,
            OutboundAgent outbound) {}

    public AgentRig(String ipv4Address, String ipv6Address) {
        this(ipv4Address, ipv6Address, builder -> builder);
    }

    public AgentRig(
            String ipv4Address,
            String ipv6Address,
            UnaryOperator<DataplaneConfig.Builder> customise) {
        this(ipv4Address, ipv6Address, Integer.getInteger(AGENTS_PROPERTY, 1), customise);
    }

    /** With several agents for each direction. */
    public AgentRig(
            String ipv4Address,
            String ipv6Address,
            int agents,
            UnaryOperator<DataplaneConfig.Builder> customise) {
        ipv4 = new FakePort(new InetSocketAddress(Packets.address(ipv4Address), 4500));
        ipv6 = new FakePort(new InetSocketAddress(Packets.address(ipv6Address), 4500));
        final DataplaneConfig.Builder builder =
                customise.apply(
                        DataplaneConfig.builder(tun, List.of(ipv4, ipv6), faults::add)
                                .tunMtuBytes(1400)
                                .batchPackets(4)
                                .eventRingSlots(256)
                                .ikeRingSlots(16)
                                .clock(() -> nowNs));
        final List<FakeTun> tuns = new ArrayList<>(List.of(tun));
        final List<FakePort> ipv4s = new ArrayList<>(List.of(ipv4));
        final List<FakePort> ipv6s = new ArrayList<>(List.of(ipv6));
        for (int i = 1; i < agents; i++) {
            tuns.add(tun.another());
            ipv4s.add(ipv4.another());
            ipv6s.add(ipv6.another());
            builder.agent(tuns.get(i), List.of(ipv4s.get(i), ipv6s.get(i)));
        }
        final DataplaneConfig config = builder.build();
        events = new EventRing(config.eventRingSlots(), config.ikeRingSlots(), () -> {});
        crew = new WorkerCrew(workers(config), -1, faults::add);
        final List<HandOverRing> toInbound = rings(agents);
        final List<HandOverRing> toOutbound = rings(agents);
        for (int i = 0; i < agents; i++) {
            final CommandRing<DataplaneCommand.Inbound> inbound = new CommandRing<>(64, () -> {});
            final CommandRing<DataplaneCommand.Outbound> outbound = new CommandRing<>(64, () -> {});
            pairs.add(
                    new Pair(
                            tuns.get(i),
                            ipv4s.get(i),
                            ipv6s.get(i),
                            inbound,
                            outbound,
                            new InboundAgent(
                                    config.ofAgent(i),
                                    in,
                                    events,
                                    inbound,
                                    registry,
                                    crew,
                                    () -> {},
                                    new AgentPlace(i, toInbound)),
                            new OutboundAgent(
                                    config.ofAgent(i),
                                    out,
                                    events,
                                    outbound,
                                    registry,
                                    crew,
                                    () -> {},
                                    new AgentPlace(i, toOutbound))));
        }
        final WeakReference<AgentRig> self = new WeakReference<>(this);
        crew.workers().forEach(worker -> start(worker, self));
    }

    private static List<HandOverRing> rings(int agents) {
        return agents == 1
                ? List.of()
                : Stream.generate(() -> new HandOverRing(() -> {})).limit(agents).toList();
    }

    /** The agents of one index. */
    public Pair pair(int index) {
        return pairs.get(index);
    }

    /** Where SAs with this SPI are. */
    public Pair owner(int spi) {
        return pairs.get(AgentPlace.ownerOf(spi, pairs.size()));
    }

    private static int workers(DataplaneConfig config) {
        return config.workers() > 0 ? config.workers() : Integer.getInteger(WORKERS_PROPERTY, 0);
    }

    /** Ends with the rig, which most tests just forget. */
    private static void start(CryptoWorker worker, WeakReference<AgentRig> rig) {
        final Thread thread =
                new Thread(
                        () -> {
                            try {
                                long idleNs = SHORTEST_IDLE_NS;
                                while (rig.get() != null) {
                                    if (worker.doWork() == 0) {
                                        LockSupport.parkNanos(idleNs);
                                        idleNs = Math.min(2 * idleNs, LONGEST_IDLE_NS);
                                    } else {
                                        idleNs = SHORTEST_IDLE_NS;
                                    }
                                }
                            } catch (AgentTerminationException e) {
                                // It was asked to end.
                                rig.clear();
                            }
                        },
                        worker.roleName());
        thread.setDaemon(true);
        thread.start();
    }

    /** Applies a command; throws what the agents answer. */
    public void apply(DataplaneCommand command) {
        final List<CompletableFuture<Void>> applied = new ArrayList<>();
        if (command instanceof DataplaneCommand.Inbound inbound) {
            applied.addAll(toInbound(inbound));
        }
        if (command instanceof DataplaneCommand.Outbound outbound) {
            applied.addAll(toOutbound(outbound));
        }
        run();
        applied.forEach(CompletableFuture::join);
    }

    /** Hands a command over without letting the agents run. */
    public void submit(DataplaneCommand.Inbound command) {
        var _ = toInbound(command);
    }

    private List<CompletableFuture<Void>> toInbound(DataplaneCommand.Inbound command) {
        final List<Pair> concerned =
                switch (command) {
                    case DataplaneCommand.InstallInboundSa install -> List.of(owner(install.spi()));
                    case DataplaneCommand.RemoveInboundSa remove -> List.of(owner(remove.spi()));
                    case DataplaneCommand.UpdatePath _ -> pairs;
                };
        return concerned.stream().map(pair -> pair.inboundCommands().submit(command)).toList();
    }

    private List<CompletableFuture<Void>> toOutbound(DataplaneCommand.Outbound command) {
        return pairs.stream()
                .map(pair -> pair.outboundCommands().submit(commandFor(pair, command)))
                .toList();
    }

    private DataplaneCommand.Outbound commandFor(Pair pair, DataplaneCommand.Outbound command) {
        return command instanceof DataplaneCommand.InstallOutboundSa install
                        && !pair.equals(owner(install.spi()))
                ? new DataplaneCommand.ShareOutboundSa(
                        install.childId(),
                        install.spi(),
                        pairs.indexOf(owner(install.spi())),
                        install.priority(),
                        install.selectors(),
                        install.path())
                : command;
    }

    /** Runs all agents until none has anything to do. */
    public void run() {
        int cycles = 0;
        while (doWork() > 0 || jobsUnderWay() > 0) {
            if (++cycles > 100_000_000) {
                throw new IllegalStateException("the agents never come to rest");
            }
        }
    }

    /** One duty cycle of each agent. */
    public int doWork() {
        int work = 0;
        for (final Pair pair : pairs) {
            work += pair.inbound().doWork() + pair.outbound().doWork();
        }
        return work;
    }

    /** Jobs of both agents that are with workers, or done and not taken back. */
    public int jobsUnderWay() {
        int jobs = 0;
        for (final Pair pair : pairs) {
            jobs += pair.inbound().jobsUnderWay() + pair.outbound().jobsUnderWay();
        }
        return jobs;
    }

    public void advanceNs(long ns) {
        nowNs += ns;
    }

    /** Sends an inner packet and gives the datagrams that leave. */
    public List<FakePort.Datagram> send(byte[] inner) {
        tun.give(inner);
        run();
        final List<FakePort.Datagram> sent = new ArrayList<>(ipv4.take());
        sent.addAll(ipv6.take());
        return sent;
    }

    /** Lets a datagram arrive and gives the inner packets that come out. */
    public List<byte[]> receive(FakePort.Datagram datagram) {
        (datagram.to().getAddress().getAddress().length == 4 ? ipv4 : ipv6).give(datagram);
        run();
        return tun.take();
    }

    public List<DataplaneEvent> events() {
        final List<DataplaneEvent> taken = new ArrayList<>();
        events.poll(taken::add, Integer.MAX_VALUE);
        return taken;
    }

    /** The drops of both agents since the start, without zeros. */
    public Map<DropReason, Long> drops() {
        final Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
        for (final DropReason reason : DropReason.values()) {
            final long count = in.dropped(reason) + out.dropped(reason);
            if (count > 0) {
                drops.put(reason, count);
            }
        }
        return drops;
    }

    public long inCount(Counter counter) {
        return in.get(counter);
    }

    public long outCount(Counter counter) {
        return out.get(counter);
    }

    public void close() {
        for (final Pair pair : pairs) {
            pair.inbound().onClose();
            pair.outbound().onClose();
        }
        crew.workers().forEach(CryptoWorker::requestClose);
    }
}
