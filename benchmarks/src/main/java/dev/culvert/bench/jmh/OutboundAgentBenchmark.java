package dev.culvert.bench.jmh;

import static java.nio.ByteOrder.BIG_ENDIAN;

import dev.culvert.esp.AddressRange;
import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneCommand;
import dev.culvert.esp.DataplaneCommand.InstallOutboundSa;
import dev.culvert.esp.DataplaneConfig;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.EspSuite.Encryption;
import dev.culvert.esp.Lifetime;
import dev.culvert.esp.Offload;
import dev.culvert.esp.Offloads;
import dev.culvert.esp.SaPath;
import dev.culvert.esp.SaSelectors;
import dev.culvert.esp.Selector;
import dev.culvert.esp.TunnelOptions;
import dev.culvert.esp.agent.CommandRing;
import dev.culvert.esp.agent.EventRing;
import dev.culvert.esp.agent.OutboundAgent;
import dev.culvert.esp.agent.SaRegistry;
import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.GatherList;
import dev.culvert.tun.ReceiveBatch;
import dev.culvert.tun.SendBatch;
import dev.culvert.tun.TunQueue;
import dev.culvert.tun.UdpPort;
import dev.culvert.tun.VirtioNetHeader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The outbound agent without system calls, per packet: a super-packet of 45 segments from the TUN
 * device to one run of ESP packets for the socket. In place of the kernel's copy into the agent's
 * memory there is one here. With workers, time counts that passes for the agent: it does not wait
 * for a worker unless all of them are behind.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class OutboundAgentBenchmark {

    private static final int SEGMENTS = 45;
    private static final int HEADERS_BYTES = 40;
    private static final int SLICE_BYTES = 1358;
    private static final int SUPER_BYTES = HEADERS_BYTES + SEGMENTS * SLICE_BYTES;
    private static final int SPI = 0x1000_0001;
    private static final int LOCAL = 0x0A010001;
    private static final int REMOTE = 0x0A020001;

    /** What seals: {@code jdk} or {@code native}. */
    @Param({"jdk", "native"})
    public String engine;

    /** Crypto workers; 0 for an agent that seals by itself. */
    @Param({"0"})
    public int workers;

    private final AgentCounters counters = new AgentCounters();
    private Crew crew;
    private OutboundAgent agent;

    /** Installs the SA. */
    @Setup
    public void setUp() throws UnknownHostException {
        final EspSuite suite = EspSuite.aead(Encryption.AES_GCM_16_128);
        final InetSocketAddress here = new InetSocketAddress(address(0xC0000201), 4500);
        final InetSocketAddress there = new InetSocketAddress(address(0xC0000202), 4500);
        final DataplaneConfig config =
                DataplaneConfig.builder(new Source(), List.of(new Sink(here)), Crew::fail)
                        .offloads(new Offloads(Set.of(Offload.values())))
                        .cipherProviders(() -> Engines.provider(engine))
                        .batchPackets(1)
                        .build();
        final CommandRing<DataplaneCommand.Outbound> commands = new CommandRing<>(16, () -> {});
        crew = Crew.of(workers);
        agent =
                new OutboundAgent(
                        config,
                        counters,
                        new EventRing(16, 16, () -> {}),
                        commands,
                        new SaRegistry(),
                        crew.crew(),
                        () -> {});
        crew.start();
        final CompletableFuture<Void> installed =
                commands.submit(
                        new InstallOutboundSa(
                                1,
                                SPI,
                                suite,
                                SealOpenBenchmark.keys(suite, 4),
                                true,
                                1,
                                1000,
                                new SaSelectors(hosts(LOCAL), hosts(REMOTE)),
                                new SaPath(here, there),
                                1500,
                                TunnelOptions.DEFAULT,
                                Lifetime.UNLIMITED));
        agent.doWork();
        installed.join();
        while (counters.get(Counter.DATAGRAMS) < SEGMENTS) {
            agent.doWork();
        }
        if (counters.droppedTotal() != 0) {
            throw new IllegalStateException("packets were lost");
        }
    }

    /** Ends the workers, and the agent that they work for. */
    @TearDown
    public void tearDown() {
        agent.onClose();
        crew.close();
    }

    /** One duty cycle. */
    @Benchmark
    @OperationsPerInvocation(SEGMENTS)
    public int send() {
        return agent.doWork();
    }

    private static List<Selector> hosts(int host) throws UnknownHostException {
        return List.of(new Selector(AddressRange.ofPrefix(address(host), 32), 0, 0, 65535));
    }

    private static InetAddress address(int ipv4) throws UnknownHostException {
        return InetAddress.getByAddress(
                new byte[] {
                    (byte) (ipv4 >>> 24), (byte) (ipv4 >>> 16), (byte) (ipv4 >>> 8), (byte) ipv4
                });
    }

    /** The same super-packet again and again. */
    private static final class Source implements TunQueue {

        private final UnsafeBuffer packet = new UnsafeBuffer(new byte[SUPER_BYTES]);

        Source() {
            packet.putByte(0, (byte) 0x45);
            packet.putShort(2, (short) SUPER_BYTES, BIG_ENDIAN);
            packet.putByte(8, (byte) 64);
            packet.putByte(9, (byte) 6);
            packet.putInt(12, LOCAL, BIG_ENDIAN);
            packet.putInt(16, REMOTE, BIG_ENDIAN);
            packet.putByte(32, (byte) 0x50);
            packet.putByte(33, (byte) 0x10);
        }

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
                    dst,
                    offset,
                    VirtioNetHeader.GSO_TCP4,
                    false,
                    HEADERS_BYTES,
                    SLICE_BYTES,
                    20,
                    16);
            dst.putBytes(offset + VirtioNetHeader.LENGTH_BYTES, packet, 0, SUPER_BYTES);
            return VirtioNetHeader.LENGTH_BYTES + SUPER_BYTES;
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

    /** Takes everything. */
    private record Sink(InetSocketAddress localAddress) implements UdpPort {

        @Override
        public int fd() {
            return -1;
        }

        @Override
        public AddressFamily family() {
            return AddressFamily.IPV4;
        }

        @Override
        public int receiveBatch(ReceiveBatch batch) {
            return 0;
        }

        @Override
        public int sendBatch(SendBatch batch) {
            final int sent = batch.count() - batch.nextSlot();
            batch.recordSent(sent, 0);
            return sent;
        }

        @Override
        public void close() {}
    }
}
