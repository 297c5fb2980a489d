package dev.culvert.bench.jmh;

import static dev.culvert.bench.jmh.BulkTunnel.HEADERS_BYTES;
import static dev.culvert.bench.jmh.BulkTunnel.SEGMENTS;
import static dev.culvert.bench.jmh.BulkTunnel.SLICE_BYTES;
import static dev.culvert.bench.jmh.BulkTunnel.SUPER_BYTES;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneCommand;
import dev.culvert.esp.DataplaneCommand.InstallOutboundSa;
import dev.culvert.esp.DataplaneConfig;
import dev.culvert.esp.Lifetime;
import dev.culvert.esp.SaPath;
import dev.culvert.esp.TunnelOptions;
import dev.culvert.esp.agent.AgentPlace;
import dev.culvert.esp.agent.CommandRing;
import dev.culvert.esp.agent.EventRing;
import dev.culvert.esp.agent.OutboundAgent;
import dev.culvert.esp.agent.SaRegistry;
import dev.culvert.tun.VirtioNetHeader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
    public void setUp() {
        final SaPath path = BulkTunnel.pathOfSender();
        final DataplaneConfig config =
                BulkTunnel.config(new Source(), new BulkTunnel.Socket(path.local()), engine)
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
                        () -> {},
                        AgentPlace.ALONE);
        crew.start();
        final CompletableFuture<Void> installed =
                commands.submit(
                        new InstallOutboundSa(
                                1,
                                BulkTunnel.SPI,
                                BulkTunnel.SUITE,
                                SealOpenBenchmark.keys(BulkTunnel.SUITE, 4),
                                true,
                                1,
                                1000,
                                BulkTunnel.selectorsOfSender(),
                                path,
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

    /** The same super-packet again and again. */
    private static final class Source extends BulkTunnel.Device {

        private final UnsafeBuffer packet = new UnsafeBuffer(new byte[SUPER_BYTES]);

        Source() {
            BulkTunnel.putHeaders(packet);
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
    }
}
