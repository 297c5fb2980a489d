package dev.culvert.esp.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.culvert.esp.Counter;
import dev.culvert.esp.Offload;
import dev.culvert.esp.Offloads;
import dev.culvert.esp.testing.NetworkNamespace;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.TrafficMix;
import dev.culvert.tun.Capabilities;
import dev.culvert.tun.Poller;
import dev.culvert.tun.TunDevice;
import dev.culvert.tun.TunOffload;
import dev.culvert.tun.TunOptions;
import dev.culvert.tun.TunQueue;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The kernel itself cuts our super-packets: it forwards them from one TUN device to another, which
 * has no offloads. What comes out there must be what comes out when the same packets are written
 * one by one.
 *
 * <pre>
 *  us -- super-packets --> cvin  [ forwarding, segmentation ]  cvout -- packets --> us
 * </pre>
 */
@Tag("real")
class KernelSegmentationIT {

    private static final int MTU_BYTES = 9200;
    private static final long PATIENCE_NS = 3_000_000_000L;
    private static final int BATCHES = 60;

    @BeforeEach
    void needRoot() {
        assumeTrue(
                Capabilities.ofThisProcess().map(Capabilities::hasNetAdmin).orElse(false),
                "SKIPPED: this test makes a network namespace and needs root");
    }

    @Test
    void shouldComeOutAsSinglePacketsDoWhenTheKernelCuts() throws Exception {
        NetworkNamespace.call(() -> {
            compare();
            return "";
        });
    }

    private static void compare() throws Exception {
        final Set<TunOffload> superWrites = EnumSet.of(TunOffload.SUPER_WRITES);
        try (TunDevice in =
                        TunDevice.open(
                                TunOptions.named("cvin")
                                        .withMtuBytes(MTU_BYTES)
                                        .withOffloads(superWrites));
                TunDevice out = TunDevice.open(TunOptions.named("cvout").withMtuBytes(MTU_BYTES))) {
            setUp();
            final CoalescerRig joining = new CoalescerRig(in.queue());
            final CoalescerRig single = new CoalescerRig(in.queue(), Offloads.none());
            final Reader reader = new Reader(out.queue());
            final TrafficMix mix = new TrafficMix(42, 8900, true);
            for (int batch = 0; batch < BATCHES; batch++) {
                final List<byte[]> packets = mix.batch();
                // Those with a damaged IP header are not forwarded.
                final int forwarded =
                        (int)
                                packets.stream()
                                        .filter(one -> Packets.headerChecksumError(one) == 0)
                                        .count();
                single.offer(packets);
                final List<byte[]> expected = reader.read(forwarded);
                joining.offer(packets);
                final List<byte[]> actual = reader.read(forwarded);
                assertThat(expected).hasSize(forwarded);
                assertThat(byFlow(actual)).as("batch %d", batch).isEqualTo(byFlow(expected));
            }
            assertThat(joining.counters.droppedTotal()).isZero();
            assertThat(joining.counters.get(Counter.SUPER_PACKETS)).isGreaterThan(BATCHES);
            assertThat(joining.offloads.status(Offload.TUN_GRO).reason()).isEmpty();
            assertThat(single.counters.get(Counter.SUPER_PACKETS)).isZero();
        }
    }

    private static void setUp() throws Exception {
        NetworkNamespace.run(
                """
                set -e
                for f in ipv4/ip_forward ipv6/conf/all/forwarding; do echo 1 > /proc/sys/net/$f; done
                for f in all cvin cvout; do echo 0 > /proc/sys/net/ipv4/conf/$f/rp_filter; done
                ip link set cvout txqueuelen 20000
                for i in 1:cvin 2:cvout; do
                    ip addr add 10.${i%:*}.255.254/16 dev ${i#*:}
                    ip addr add fd0${i%:*}::ffff/16 dev ${i#*:} nodad
                    ip link set ${i#*:} up
                done
                """);
    }

    /** A checksum of zero and one of all ones mean the same to TCP, and the kernel writes ones. */
    private static String normal(byte[] packet) {
        final byte[] copy = TrafficMix.normal(packet);
        final int field = Packets.headerBytes(copy) + 16;
        final int protocol = copy[Packets.isIpv6(copy) ? 6 : 9];
        if (protocol == Packets.TCP && copy.length >= field + 2) {
            final ByteBuffer bytes = ByteBuffer.wrap(copy);
            if (bytes.getShort(field) == -1) {
                bytes.putShort(field, (short) 0);
            }
        }
        return HexFormat.of().formatHex(copy);
    }

    private static Map<String, List<String>> byFlow(List<byte[]> packets) {
        return packets.stream()
                .collect(
                        Collectors.groupingBy(
                                TrafficMix::flow,
                                Collectors.mapping(
                                        KernelSegmentationIT::normal, Collectors.toList())));
    }

    private static final class Reader {
        private final TunQueue queue;
        private final Poller poller = new Poller(1);
        private final UnsafeBuffer buffer =
                new UnsafeBuffer(BufferUtil.allocateDirectAligned(1 << 16, 64));

        Reader(TunQueue queue) {
            this.queue = queue;
            poller.add(queue.fd(), Poller.READABLE);
        }

        /** So many packets, or fewer if no more come; and any that come with them. */
        List<byte[]> read(int wanted) {
            final List<byte[]> packets = new ArrayList<>();
            while (packets.size() < wanted && poller.poll(PATIENCE_NS) > 0) {
                int length = queue.read(buffer, 0, 1 << 16);
                while (length > 0) {
                    final byte[] packet = new byte[length];
                    buffer.getBytes(0, packet);
                    if (isOfTheMix(packet)) {
                        packets.add(packet);
                    }
                    length = queue.read(buffer, 0, 1 << 16);
                }
            }
            return packets;
        }

        private static boolean isOfTheMix(byte[] packet) {
            return Packets.isIpv6(packet) ? packet[8] == (byte) 0xFD : packet[13] == 1;
        }
    }
}
