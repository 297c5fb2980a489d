package dev.culvert.bench.jmh;

import static java.nio.ByteOrder.BIG_ENDIAN;

import dev.culvert.esp.AddressRange;
import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneCommand;
import dev.culvert.esp.DataplaneCommand.InstallInboundSa;
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
import dev.culvert.esp.agent.InboundAgent;
import dev.culvert.esp.agent.SaRegistry;
import dev.culvert.esp.crypto.EspCipher;
import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.packet.Segmenter;
import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.GatherList;
import dev.culvert.tun.ReceiveBatch;
import dev.culvert.tun.SendBatch;
import dev.culvert.tun.TunQueue;
import dev.culvert.tun.UdpPath;
import dev.culvert.tun.UdpPort;
import dev.culvert.tun.VirtioNetHeader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.agrona.BufferUtil;
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
 * The inbound agent without system calls, per packet: 45 ESP packets that the kernel joined into
 * one datagram, from the socket's buffer to one super-packet for the TUN device. In place of the
 * kernel's copy into the socket's buffer there is one here. The replay window is off, so that the
 * same packets may come again. With workers, time counts that passes for the agent: it does not
 * wait for a worker unless all of them are behind.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class InboundAgentBenchmark {

    private static final int SEGMENTS = 45;
    private static final int HEADERS_BYTES = 40;
    private static final int SLICE_BYTES = 1358;
    private static final int ESP_BYTES = HEADERS_BYTES + SLICE_BYTES + EspLayout.TRAILER_BYTES + 32;
    private static final int SPI = 0x1000_0001;
    private static final int LOCAL = 0x0A020001;
    private static final int REMOTE = 0x0A010001;

    /** What opens: {@code jdk} or {@code native}. */
    @Param({"jdk", "native"})
    public String engine;

    /** Crypto workers; 0 for an agent that opens by itself. */
    @Param({"0"})
    public int workers;

    private final AgentCounters counters = new AgentCounters();
    private Crew crew;
    private InboundAgent agent;

    /** Seals the packets, and installs their SA. */
    @Setup
    public void setUp() throws UnknownHostException {
        final EspSuite suite = EspSuite.aead(Encryption.AES_GCM_16_128);
        final InetSocketAddress here = new InetSocketAddress(address(0xC0000202), 4500);
        final InetSocketAddress there = new InetSocketAddress(address(0xC0000201), 4500);
        final DataplaneConfig config =
                DataplaneConfig.builder(
                                new Sink(),
                                List.of(
                                        new Source(
                                                sealed(suite),
                                                here,
                                                UdpPath.between(here.getAddress(), there))),
                                error -> {
                                    throw new IllegalStateException(error);
                                })
                        .offloads(new Offloads(Set.of(Offload.values())))
                        .cipherProviders(() -> Engines.provider(engine))
                        .build();
        final CommandRing<DataplaneCommand.Inbound> commands = new CommandRing<>(16, () -> {});
        crew = Crew.of(workers);
        agent =
                new InboundAgent(
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
                        new InstallInboundSa(
                                1,
                                SPI,
                                suite,
                                SealOpenBenchmark.keys(suite, 4),
                                false,
                                0,
                                new SaSelectors(hosts(LOCAL), hosts(REMOTE)),
                                new SaPath(here, there),
                                false,
                                TunnelOptions.DEFAULT,
                                Lifetime.UNLIMITED));
        agent.doWork();
        installed.join();
        while (counters.get(Counter.TUN_PACKETS) < SEGMENTS) {
            agent.doWork();
        }
        if (counters.get(Counter.TUN_PACKETS) < SEGMENTS || counters.droppedTotal() != 0) {
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
    public int receive() {
        return agent.doWork();
    }

    private UnsafeBuffer sealed(EspSuite suite) {
        final int superBytes = HEADERS_BYTES + SEGMENTS * SLICE_BYTES;
        final UnsafeBuffer packet = direct();
        packet.putByte(0, (byte) 0x45);
        packet.putShort(2, (short) superBytes, BIG_ENDIAN);
        packet.putByte(8, (byte) 64);
        packet.putByte(9, (byte) 6);
        packet.putInt(12, REMOTE, BIG_ENDIAN);
        packet.putInt(16, LOCAL, BIG_ENDIAN);
        packet.putByte(32, (byte) 0x50);
        packet.putByte(33, (byte) 0x10);
        final InnerPacket inner = new InnerPacket();
        final Segmenter segmenter = new Segmenter();
        if (!inner.wrap(packet, 0, superBytes)
                || !segmenter.start(inner, VirtioNetHeader.GSO_TCP4, SLICE_BYTES, true)) {
            throw new IllegalStateException("no super-packet");
        }
        final EspCipher cipher =
                Engines.provider(engine).sealing(suite, SealOpenBenchmark.keys(suite, 4), false);
        final UnsafeBuffer esp = direct();
        for (int i = 0; segmenter.next(); i++) {
            final int start = segmenter.offset();
            final int end = start + segmenter.lengthBytes();
            final int plaintextBytes = segmenter.lengthBytes() + EspLayout.TRAILER_BYTES;
            EspLayout.trailer(packet, end, end, start + plaintextBytes, EspLayout.NEXT_HEADER_IPV4);
            EspLayout.header(esp, i * ESP_BYTES, SPI, i + 1L);
            if (!cipher.seal(i + 1L, packet, start, plaintextBytes, esp, i * ESP_BYTES)) {
                throw new IllegalStateException("could not seal");
            }
        }
        return esp;
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

    private static UnsafeBuffer direct() {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(1 << 17, 64));
    }

    /** The same joined datagram again and again. */
    private record Source(UnsafeBuffer esp, InetSocketAddress here, UdpPath path)
            implements UdpPort {

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
            return here;
        }

        @Override
        public int receiveBatch(ReceiveBatch batch) {
            batch.clear();
            batch.addJoined(esp, 0, SEGMENTS * ESP_BYTES, ESP_BYTES, path, 0);
            return 1;
        }

        @Override
        public int sendBatch(SendBatch batch) {
            return 0;
        }

        @Override
        public void close() {}
    }

    /** Takes everything. */
    private static final class Sink implements TunQueue {

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
}
