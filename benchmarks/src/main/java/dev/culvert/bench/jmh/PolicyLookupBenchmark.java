package dev.culvert.bench.jmh;

import dev.culvert.esp.AddressRange;
import dev.culvert.esp.DataplaneCommand.InstallPolicy;
import dev.culvert.esp.PolicyAction;
import dev.culvert.esp.SaSelectors;
import dev.culvert.esp.Selector;
import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.policy.PolicyEntry;
import dev.culvert.esp.policy.PolicyTable;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Which child takes a packet, with packets to all of the children in random order. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PolicyLookupBenchmark {

    private static final int PACKETS = 1 << 12;
    private static final int PRIORITY = 400_000;
    private static final int UDP = 17;

    /** How the children's selectors look. */
    public enum Selectors {
        /** A /24 behind each peer. */
        SUBNETS,
        /** Behind each peer a /25, a /26 or up to a /32, by turns, half of them for UDP only. */
        MIXED,
        /** Behind each peer the hosts from .3 to .200, which is no prefix. */
        RANGES
    }

    /** How many children there are. */
    @Param({"1", "10", "100", "1000", "10000"})
    public int children;

    /** How their selectors look. */
    @Param({"SUBNETS", "MIXED", "RANGES"})
    public Selectors selectors;

    private final PolicyTable table = new PolicyTable();
    private final InnerPacket[] packets = new InnerPacket[PACKETS];
    private int next;

    /** Fills the table. */
    @Setup
    public void fill() {
        for (int child = 0; child < children; child++) {
            final SaSelectors pair =
                    new SaSelectors(
                            List.of(Selector.of(AddressRange.ofPrefix(address(10 << 24), 16))),
                            List.of(remote(child)));
            table.add(new InstallPolicy(child, PRIORITY, pair, PolicyAction.PROTECT));
        }
        final Random random = new Random(1);
        for (int i = 0; i < PACKETS; i++) {
            packets[i] = packetTo(network(random.nextInt(children)) + 130);
            if (table.lookup(packets[i]) instanceof PolicyEntry.None) {
                throw new IllegalStateException("a packet that no child takes");
            }
        }
    }

    /** One lookup. */
    @Benchmark
    public PolicyEntry lookup() {
        next = (next + 1) & (PACKETS - 1);
        return table.lookup(packets[next]);
    }

    private Selector remote(int child) {
        final int network = network(child);
        return switch (selectors) {
            case SUBNETS -> Selector.of(AddressRange.ofPrefix(address(network), 24));
            case MIXED ->
                    new Selector(
                            AddressRange.ofPrefix(address(network + 130), 25 + child % 8),
                            child % 16 < 8 ? Selector.ANY_PROTOCOL : UDP,
                            0,
                            65535);
            case RANGES ->
                    Selector.of(new AddressRange(address(network + 3), address(network + 200)));
        };
    }

    /** 172.16.0.0/24 and so on. */
    private static int network(int child) {
        return (172 << 24 | 16 << 16) + (child << 8);
    }

    private static InnerPacket packetTo(int destination) {
        final byte[] bytes = new byte[28];
        ByteBuffer.wrap(bytes)
                .putShort((short) 0x4500)
                .putShort((short) bytes.length)
                .putInt(0)
                .putInt(64 << 24 | UDP << 16)
                .putInt(10 << 24 | 7)
                .putInt(destination)
                .putInt(4000 << 16 | 53);
        final InnerPacket packet = new InnerPacket();
        if (!packet.wrap(new UnsafeBuffer(bytes), 0, bytes.length)) {
            throw new IllegalStateException("not a packet");
        }
        return packet;
    }

    private static InetAddress address(int bits) {
        try {
            return InetAddress.getByAddress(ByteBuffer.allocate(4).putInt(bits).array());
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
