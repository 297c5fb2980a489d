package dev.culvert.esp.testing;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneCommand;
import dev.culvert.esp.DataplaneConfig;
import dev.culvert.esp.DataplaneEvent;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.agent.CommandRing;
import dev.culvert.esp.agent.EventRing;
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
import org.agrona.concurrent.AgentTerminationException;

/**
 * Both agents on the test's own thread, between a TUN device and ports in memory, with a clock that
 * the test moves. With workers, those have threads of their own and get all there is to seal or
 * open; {@link #WORKERS_PROPERTY} gives them to every rig that asks for none.
 */
public final class AgentRig {

    /** How many workers a rig has that asks for none. */
    public static final String WORKERS_PROPERTY = "culvert.test.workers";

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
    private final CommandRing<DataplaneCommand.Inbound> inboundCommands;
    private final CommandRing<DataplaneCommand.Outbound> outboundCommands;
    private final InboundAgent inbound;
    private final OutboundAgent outbound;
    private final WorkerCrew crew;
    private long nowNs = 1_000_000_000_000L;

    public AgentRig(String ipv4Address, String ipv6Address) {
        this(ipv4Address, ipv6Address, builder -> builder);
    }

    public AgentRig(
            String ipv4Address,
            String ipv6Address,
            UnaryOperator<DataplaneConfig.Builder> customise) {
        ipv4 = new FakePort(new InetSocketAddress(Packets.address(ipv4Address), 4500));
        ipv6 = new FakePort(new InetSocketAddress(Packets.address(ipv6Address), 4500));
        final DataplaneConfig config =
                customise
                        .apply(
                                DataplaneConfig.builder(tun, List.of(ipv4, ipv6), faults::add)
                                        .tunMtuBytes(1400)
                                        .batchPackets(4)
                                        .eventRingSlots(256)
                                        .ikeRingSlots(16)
                                        .clock(() -> nowNs))
                        .build();
        events = new EventRing(config.eventRingSlots(), config.ikeRingSlots(), () -> {});
        inboundCommands = new CommandRing<>(64, () -> {});
        outboundCommands = new CommandRing<>(64, () -> {});
        crew = new WorkerCrew(workers(config), -1, faults::add);
        inbound = new InboundAgent(config, in, events, inboundCommands, registry, crew, () -> {});
        outbound =
                new OutboundAgent(config, out, events, outboundCommands, registry, crew, () -> {});
        final WeakReference<AgentRig> self = new WeakReference<>(this);
        crew.workers().forEach(worker -> start(worker, self));
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

    /** Applies a command; throws what the agent answers. */
    public void apply(DataplaneCommand command) {
        final CompletableFuture<Void> applied =
                switch (command) {
                    case DataplaneCommand.UpdatePath update ->
                            CompletableFuture.allOf(
                                    inboundCommands.submit(update),
                                    outboundCommands.submit(update));
                    case DataplaneCommand.Inbound one -> inboundCommands.submit(one);
                    case DataplaneCommand.Outbound one -> outboundCommands.submit(one);
                };
        run();
        applied.join();
    }

    /** Hands a command over without letting the agent run. */
    public void submit(DataplaneCommand.Inbound command) {
        var _ = inboundCommands.submit(command);
    }

    /** Runs both agents until neither has anything to do. */
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
        return inbound.doWork() + outbound.doWork();
    }

    /** Jobs of both agents that are with workers, or done and not taken back. */
    public int jobsUnderWay() {
        return inbound.jobsUnderWay() + outbound.jobsUnderWay();
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
        inbound.onClose();
        outbound.onClose();
        crew.workers().forEach(CryptoWorker::requestClose);
    }
}
