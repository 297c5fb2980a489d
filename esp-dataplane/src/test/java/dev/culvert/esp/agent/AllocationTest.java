package dev.culvert.esp.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneCommand;
import dev.culvert.esp.DataplaneConfig;
import dev.culvert.esp.EspKeys;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.Offload;
import dev.culvert.esp.Offloads;
import dev.culvert.esp.crypto.EspCipher;
import dev.culvert.esp.crypto.EspCipherProvider;
import dev.culvert.esp.testing.BouncyEsp;
import dev.culvert.esp.testing.FakePort;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.Sas;
import dev.culvert.esp.testing.SuperPackets;
import dev.culvert.esp.testing.TransportPacket;
import dev.culvert.esp.worker.CryptoWorker;
import dev.culvert.esp.worker.WorkerCrew;
import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.GatherList;
import dev.culvert.tun.ReceiveBatch;
import dev.culvert.tun.SendBatch;
import dev.culvert.tun.TunQueue;
import dev.culvert.tun.UdpPath;
import dev.culvert.tun.UdpPort;
import dev.culvert.tun.VirtioNetHeader;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntSupplier;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/**
 * The way of a packet allocates nothing. The cipher is replaced by a copy, since the JDK's own
 * allocates, and the devices by ones that don't allocate either; everything in between is real.
 */
class AllocationTest {

    private static final int WARM_UP_CYCLES = 6_000;
    private static final int MEASURED_CYCLES = 6_000;
    private static final int PACKETS_PER_CYCLE = 16;

    private final Sas sas = new Sas();
    private final AgentCounters counters = new AgentCounters();
    private final EventRing events = new EventRing(16, 16, () -> {});
    private final SaRegistry registry = new SaRegistry();

    @Test
    void shouldAllocateNothingWhenSealing() {
        final CommandRing<DataplaneCommand.Outbound> commands = new CommandRing<>(16, () -> {});
        final OutboundAgent agent =
                new OutboundAgent(config(), counters, events, commands, registry);
        assertThat(commands.submit(sas.outbound())).isNotNull();
        agent.doWork();
        assertNoAllocation(agent::doWork);
        assertThat(counters.get(Counter.DATAGRAMS)).isGreaterThan(100_000);
        assertThat(counters.droppedTotal()).isZero();
    }

    @Test
    void shouldAllocateNothingWhenCuttingSuperPackets() {
        final CommandRing<DataplaneCommand.Outbound> commands = new CommandRing<>(16, () -> {});
        final OutboundAgent agent =
                new OutboundAgent(
                        config(new EndlessSuperTun()), counters, events, commands, registry);
        assertThat(commands.submit(sas.outbound())).isNotNull();
        agent.doWork();
        assertNoAllocation(agent::doWork);
        assertThat(counters.get(Counter.DATAGRAMS)).isGreaterThan(1_000_000);
        assertThat(counters.get(Counter.MESSAGES)).isLessThan(500_000);
        assertThat(counters.droppedTotal()).isZero();
    }

    @Test
    void shouldAllocateNothingWhenOpening() {
        final CommandRing<DataplaneCommand.Inbound> commands = new CommandRing<>(16, () -> {});
        final InboundAgent agent = new InboundAgent(config(), counters, events, commands, registry);
        assertThat(commands.submit(sas.inbound())).isNotNull();
        agent.doWork();
        assertNoAllocation(agent::doWork);
        assertThat(counters.get(Counter.TUN_PACKETS)).isGreaterThan(100_000);
        assertThat(counters.droppedTotal()).isZero();
    }

    @Test
    void shouldAllocateNothingWhenJoiningWhatWasOpened() {
        final CommandRing<DataplaneCommand.Inbound> commands = new CommandRing<>(16, () -> {});
        final List<byte[]> flow = new ArrayList<>();
        TransportPacket packet = TransportPacket.tcp(1000);
        for (int i = 0; i < 20; i++) {
            flow.add(packet.bytes());
            packet = packet.next();
        }
        final InboundAgent agent =
                new InboundAgent(
                        config(new EndlessSuperTun(), new EndlessPort(sas, flow)),
                        counters,
                        events,
                        commands,
                        registry);
        assertThat(commands.submit(sas.inbound())).isNotNull();
        agent.doWork();
        assertNoAllocation(agent::doWork);
        assertThat(counters.get(Counter.TUN_PACKETS)).isGreaterThan(2_000_000);
        assertThat(counters.get(Counter.SUPER_PACKETS))
                .isEqualTo(counters.get(Counter.TUN_PACKETS) / 20);
        assertThat(counters.droppedTotal()).isZero();
    }

    @Test
    void shouldAllocateNothingWhenWorkersSeal() {
        final CommandRing<DataplaneCommand.Outbound> commands = new CommandRing<>(16, () -> {});
        final WorkerCrew crew = crew();
        final OutboundAgent agent =
                new OutboundAgent(
                        config(new EndlessSuperTun()),
                        counters,
                        events,
                        commands,
                        registry,
                        crew,
                        () -> {},
                        AgentPlace.ALONE);
        final List<Thread> threads = start(crew);
        assertThat(commands.submit(sas.outbound())).isNotNull();
        agent.doWork();
        assertNoAllocation(agent::doWork, threads);
        agent.onClose();
        crew.workers().forEach(CryptoWorker::requestClose);
        assertThat(counters.get(Counter.DATAGRAMS)).isGreaterThan(1_000_000);
        assertThat(counters.get(Counter.WORKER_PACKETS)).isGreaterThan(100_000);
        assertThat(counters.droppedTotal()).isZero();
    }

    @Test
    void shouldAllocateNothingWhenWorkersOpen() {
        final CommandRing<DataplaneCommand.Inbound> commands = new CommandRing<>(16, () -> {});
        final WorkerCrew crew = crew();
        final InboundAgent agent =
                new InboundAgent(
                        config(),
                        counters,
                        events,
                        commands,
                        registry,
                        crew,
                        () -> {},
                        AgentPlace.ALONE);
        final List<Thread> threads = start(crew);
        assertThat(commands.submit(sas.inbound())).isNotNull();
        agent.doWork();
        assertNoAllocation(agent::doWork, threads);
        agent.onClose();
        crew.workers().forEach(CryptoWorker::requestClose);
        assertThat(counters.get(Counter.TUN_PACKETS)).isGreaterThan(40_000);
        assertThat(counters.get(Counter.WORKER_PACKETS)).isGreaterThan(4_000);
        assertThat(counters.droppedTotal()).isZero();
    }

    @Test
    void shouldAllocateNothingWhenPacketsAreHandedOver() {
        final List<HandOverRing> rings = rings();
        final List<CommandRing<DataplaneCommand.Outbound>> commands = new ArrayList<>();
        final List<OutboundAgent> agents = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            commands.add(new CommandRing<>(16, () -> {}));
            agents.add(
                    new OutboundAgent(
                            config(i == 0 ? new EndlessSuperTun() : new SilentTun()),
                            counters,
                            events,
                            commands.get(i),
                            registry,
                            new WorkerCrew(0, error -> {}),
                            () -> {},
                            new AgentPlace(i, rings)));
        }
        final DataplaneCommand.InstallOutboundSa install = sas.outbound();
        assertThat(
                        commands.get(0)
                                .submit(
                                        new DataplaneCommand.ShareOutboundSa(
                                                install.childId(),
                                                install.spi(),
                                                1,
                                                install.priority(),
                                                install.selectors(),
                                                install.path())))
                .isNotNull();
        assertThat(commands.get(1).submit(install)).isNotNull();
        agents.forEach(OutboundAgent::doWork);
        assertNoAllocation(() -> agents.get(0).doWork() + agents.get(1).doWork(), List.of());
        assertThat(counters.get(Counter.HANDED_OVER)).isGreaterThan(1_000_000);
        assertThat(counters.get(Counter.DATAGRAMS)).isGreaterThan(1_000_000);
        assertThat(counters.droppedTotal()).isZero();
    }

    @Test
    void shouldAllocateNothingWhenDatagramsAreHandedOver() {
        final List<HandOverRing> rings = rings();
        final List<CommandRing<DataplaneCommand.Inbound>> commands = new ArrayList<>();
        final List<InboundAgent> agents = new ArrayList<>();
        final DataplaneConfig config = config();
        final UdpPort silent = new FakePort(config.ports().getFirst().localAddress());
        for (int i = 0; i < 2; i++) {
            commands.add(new CommandRing<>(16, () -> {}));
            agents.add(
                    new InboundAgent(
                            i == 0 ? config : config(new SilentTun(), silent),
                            counters,
                            events,
                            commands.get(i),
                            registry,
                            new WorkerCrew(0, error -> {}),
                            () -> {},
                            new AgentPlace(i, rings)));
        }
        assertThat(commands.get(AgentPlace.ownerOf(sas.spi, 2)).submit(sas.inbound())).isNotNull();
        agents.forEach(InboundAgent::doWork);
        assertNoAllocation(() -> agents.get(0).doWork() + agents.get(1).doWork(), List.of());
        assertThat(counters.get(Counter.HANDED_OVER)).isGreaterThan(100_000);
        assertThat(counters.get(Counter.TUN_PACKETS)).isGreaterThan(100_000);
        assertThat(counters.droppedTotal()).isZero();
    }

    private static List<HandOverRing> rings() {
        return List.of(new HandOverRing(() -> {}), new HandOverRing(() -> {}));
    }

    private static WorkerCrew crew() {
        return new WorkerCrew(
                2,
                -1,
                error -> {
                    throw new AssertionError(error);
                });
    }

    private static List<Thread> start(WorkerCrew crew) {
        return crew.workers().stream()
                .map(worker ->
                        AgentRunner.startOnThread(
                                new AgentRunner(worker.idleStrategy(), error -> {}, null, worker)))
                .toList();
    }

    private DataplaneConfig config() {
        return config(new EndlessTun());
    }

    private DataplaneConfig config(TunQueue tun) {
        return config(
                tun,
                new EndlessPort(
                        sas,
                        List.of(Packets.udp("10.1.0.1", 1, "10.2.0.1", 2, Packets.data(500)))));
    }

    private static DataplaneConfig config(TunQueue tun, UdpPort port) {
        return DataplaneConfig.builder(
                        tun,
                        List.of(port),
                        error -> {
                            throw new AssertionError(error);
                        })
                .batchPackets(PACKETS_PER_CYCLE)
                .cipherProviders(CopyProvider::new)
                .offloads(new Offloads(Set.of(Offload.values())))
                .build();
    }

    private static void assertNoAllocation(IntSupplier doWork) {
        assertNoAllocation(
                () -> {
                    final int moved = doWork.getAsInt();
                    if (moved != PACKETS_PER_CYCLE) {
                        throw new AssertionError("expected a full batch, got " + moved);
                    }
                    return moved;
                },
                List.of());
    }

    /** Neither on this thread nor on those. */
    private static void assertNoAllocation(IntSupplier doWork, List<Thread> threads) {
        for (int i = 0; i < WARM_UP_CYCLES; i++) {
            assertWorked(doWork.getAsInt());
        }
        final long before = allocatedBytes(threads);
        for (int i = 0; i < MEASURED_CYCLES; i++) {
            assertWorked(doWork.getAsInt());
        }
        final long bytes = allocatedBytes(threads) - before;
        // One object of 16 bytes per packet would be a hundred times as much.
        assertThat(bytes).isLessThan(16L * MEASURED_CYCLES * PACKETS_PER_CYCLE / 100);
    }

    private static long allocatedBytes(List<Thread> threads) {
        final ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = bean.getCurrentThreadAllocatedBytes();
        for (final Thread thread : threads) {
            bytes += bean.getThreadAllocatedBytes(thread.threadId());
        }
        return bytes;
    }

    private static void assertWorked(int workCount) {
        if (workCount <= 0) {
            throw new AssertionError("nothing was moved");
        }
    }

    private static final class EndlessTun implements TunQueue {
        private final UnsafeBuffer packet =
                new UnsafeBuffer(Packets.udp("10.1.0.1", 1, "10.2.0.1", 2, Packets.data(500)));

        @Override
        public int fd() {
            return -1;
        }

        @Override
        public int headerLengthBytes() {
            return 0;
        }

        @Override
        public int read(MutableDirectBuffer dst, int offset, int maxLengthBytes) {
            dst.putBytes(offset, packet, 0, packet.capacity());
            return packet.capacity();
        }

        @Override
        public int write(DirectBuffer src, int offset, int lengthBytes) {
            return lengthBytes;
        }

        @Override
        public int write(GatherList pieces) {
            return pieces.lengthBytes();
        }

        @Override
        public void close() {}
    }

    private static final class SilentTun implements TunQueue {
        @Override
        public int fd() {
            return -1;
        }

        @Override
        public int headerLengthBytes() {
            return 0;
        }

        @Override
        public int read(MutableDirectBuffer dst, int offset, int maxLengthBytes) {
            return 0;
        }

        @Override
        public int write(DirectBuffer src, int offset, int lengthBytes) {
            return lengthBytes;
        }

        @Override
        public int write(GatherList pieces) {
            return pieces.lengthBytes();
        }

        @Override
        public void close() {}
    }

    private static final class EndlessSuperTun implements TunQueue {
        private final UnsafeBuffer packet =
                new UnsafeBuffer(SuperPackets.tcp(false, SuperPackets.ACK, 13_480).superPacket());

        @Override
        public int fd() {
            return -1;
        }

        @Override
        public int headerLengthBytes() {
            return VirtioNetHeader.LENGTH_BYTES;
        }

        @Override
        public int read(MutableDirectBuffer dst, int offset, int maxLengthBytes) {
            VirtioNetHeader.putSuperPacket(
                    dst, offset, VirtioNetHeader.GSO_TCP4, false, 52, 1348, 20, 16);
            dst.putBytes(offset + VirtioNetHeader.LENGTH_BYTES, packet, 0, packet.capacity());
            return VirtioNetHeader.LENGTH_BYTES + packet.capacity();
        }

        @Override
        public int write(DirectBuffer src, int offset, int lengthBytes) {
            return lengthBytes;
        }

        @Override
        public int write(GatherList pieces) {
            return pieces.lengthBytes();
        }

        @Override
        public void close() {}
    }

    /** Receives the same packets again and again, joined, with new sequence numbers. */
    private static final class EndlessPort implements UdpPort {
        private final UdpPath path;
        private final InetSocketAddress local;
        private final UnsafeBuffer joined;
        private final ByteBuffer bytes;
        private final int datagramBytes;
        private int sequence;

        EndlessPort(Sas sas, List<byte[]> inner) {
            local = new InetSocketAddress(Packets.address("0.0.0.0"), 4500);
            path = UdpPath.between(sas.rightAddress().getAddress(), sas.leftAddress());
            datagramBytes = sas.bouncy().sealInner(1, inner.getFirst()).length;
            bytes = ByteBuffer.allocate(datagramBytes * inner.size());
            for (int i = 0; i < inner.size(); i++) {
                bytes.put(i * datagramBytes, sas.bouncy().sealInner(1, inner.get(i)));
                // The copying cipher wants the plaintext where the ciphertext was.
                bytes.put(i * datagramBytes + 16, BouncyEsp.plaintext(inner.get(i), 4, 4));
            }
            joined = new UnsafeBuffer(bytes.array());
        }

        @Override
        public int fd() {
            return -1;
        }

        @Override
        public AddressFamily family() {
            return AddressFamily.IPV4;
        }

        @Override
        public InetSocketAddress localAddress() {
            return local;
        }

        @Override
        public int receiveBatch(ReceiveBatch batch) {
            batch.clear();
            while (batch.count() < batch.slotCount()) {
                for (int at = 0; at < joined.capacity(); at += datagramBytes) {
                    bytes.putInt(at + 4, ++sequence);
                }
                batch.addJoined(joined, 0, joined.capacity(), datagramBytes, path, 0);
            }
            return batch.count();
        }

        @Override
        public int sendBatch(SendBatch batch) {
            final int all = batch.count() - batch.nextSlot();
            batch.recordSent(all, 0);
            return all;
        }

        @Override
        public void close() {}
    }

    private static final class CopyProvider implements EspCipherProvider {

        @Override
        public String name() {
            return "copy";
        }

        @Override
        public EspCipher sealing(EspSuite suite, EspKeys keys, boolean esn) {
            return new CopyCipher();
        }

        @Override
        public EspCipher opening(EspSuite suite, EspKeys keys, boolean esn) {
            return new CopyCipher();
        }
    }

    private static final class CopyCipher implements EspCipher {

        @Override
        public boolean seal(
                long sequence,
                UnsafeBuffer source,
                int sourceOffset,
                int plaintextBytes,
                UnsafeBuffer esp,
                int espOffset) {
            esp.putBytes(espOffset + 16, source, sourceOffset, plaintextBytes);
            return true;
        }

        @Override
        public boolean open(
                long sequence,
                UnsafeBuffer esp,
                int espOffset,
                int espBytes,
                UnsafeBuffer target,
                int targetOffset) {
            target.putBytes(targetOffset, esp, espOffset + 16, espBytes - 32);
            return true;
        }

        @Override
        public void destroy() {}
    }
}
