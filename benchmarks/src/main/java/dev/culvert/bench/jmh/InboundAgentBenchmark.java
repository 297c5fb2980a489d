package dev.culvert.bench.jmh;

import static dev.culvert.bench.jmh.BulkTunnel.HEADERS_BYTES;
import static dev.culvert.bench.jmh.BulkTunnel.SEGMENTS;
import static dev.culvert.bench.jmh.BulkTunnel.SLICE_BYTES;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneCommand;
import dev.culvert.esp.DataplaneCommand.InstallInboundSa;
import dev.culvert.esp.DataplaneConfig;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.Lifetime;
import dev.culvert.esp.SaPath;
import dev.culvert.esp.TunnelOptions;
import dev.culvert.esp.agent.AgentPlace;
import dev.culvert.esp.agent.CommandRing;
import dev.culvert.esp.agent.EventRing;
import dev.culvert.esp.agent.InboundAgent;
import dev.culvert.esp.agent.SaRegistry;
import dev.culvert.esp.crypto.EspCipher;
import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.packet.Segmenter;
import dev.culvert.tun.ReceiveBatch;
import dev.culvert.tun.UdpPath;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.agrona.BufferUtil;
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

    private static final int ESP_BYTES = HEADERS_BYTES + SLICE_BYTES + EspLayout.TRAILER_BYTES + 32;

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
    public void setUp() {
        final SaPath path = BulkTunnel.pathOfReceiver();
        final DataplaneConfig config =
                BulkTunnel.config(new BulkTunnel.Device(), new Source(sealed(), path), engine)
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
                        () -> {},
                        AgentPlace.ALONE);
        crew.start();
        final CompletableFuture<Void> installed =
                commands.submit(
                        new InstallInboundSa(
                                1,
                                BulkTunnel.SPI,
                                BulkTunnel.SUITE,
                                SealOpenBenchmark.keys(BulkTunnel.SUITE, 4),
                                false,
                                0,
                                BulkTunnel.selectorsOfReceiver(),
                                path,
                                false,
                                TunnelOptions.DEFAULT,
                                Lifetime.UNLIMITED));
        agent.doWork();
        installed.join();
        while (counters.get(Counter.TUN_PACKETS) < SEGMENTS) {
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
    public int receive() {
        return agent.doWork();
    }

    private UnsafeBuffer sealed() {
        final UnsafeBuffer packet = direct();
        BulkTunnel.putHeaders(packet);
        final InnerPacket inner = new InnerPacket();
        final Segmenter segmenter = new Segmenter();
        BulkTunnel.startCutting(packet, inner, segmenter);
        final EspSuite suite = BulkTunnel.SUITE;
        final EspCipher cipher =
                Engines.provider(engine).sealing(suite, SealOpenBenchmark.keys(suite, 4), false);
        final UnsafeBuffer esp = direct();
        for (int i = 0; segmenter.next(); i++) {
            final int start = segmenter.offset();
            final int end = start + segmenter.lengthBytes();
            final int plaintextBytes = segmenter.lengthBytes() + EspLayout.TRAILER_BYTES;
            EspLayout.trailer(packet, end, end, start + plaintextBytes, EspLayout.NEXT_HEADER_IPV4);
            EspLayout.header(esp, i * ESP_BYTES, BulkTunnel.SPI, i + 1L);
            if (!cipher.seal(i + 1L, packet, start, plaintextBytes, esp, i * ESP_BYTES)) {
                throw new IllegalStateException("could not seal");
            }
        }
        return esp;
    }

    private static UnsafeBuffer direct() {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(1 << 17, 64));
    }

    /** The same joined datagram again and again. */
    private static final class Source extends BulkTunnel.Socket {

        private final UnsafeBuffer esp;
        private final UdpPath path;

        Source(UnsafeBuffer esp, SaPath path) {
            super(path.local());
            this.esp = esp;
            this.path = UdpPath.between(path.local().getAddress(), path.remote());
        }

        @Override
        public int receiveBatch(ReceiveBatch batch) {
            batch.clear();
            batch.addJoined(esp, 0, SEGMENTS * ESP_BYTES, ESP_BYTES, path, 0);
            return 1;
        }
    }
}
