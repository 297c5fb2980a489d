package dev.culvert.esp.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.testing.SegmentingTun;
import dev.culvert.esp.testing.TrafficMix;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes, cutting what was written gives what came, flow by flow and bit by bit. */
class CoalescerPropertyTest {

    private static final int BATCHES = 150;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void shouldGiveBackEveryPacketWhenFlowsAreMixed(long seed) {
        final SegmentingTun tun = new SegmentingTun();
        final CoalescerRig rig = new CoalescerRig(tun);
        final TrafficMix mix = new TrafficMix(seed);
        long superPackets = 0;
        for (int batch = 0; batch < BATCHES; batch++) {
            final List<byte[]> packets = mix.batch();
            rig.offer(packets);
            final List<byte[]> writes = tun.takeWrites();
            superPackets += writes.stream().filter(SegmentingTun::isSuper).count();
            final List<byte[]> came = CoalescerRig.cut(writes);
            assertThat(byFlow(came))
                    .as("seed %d, batch %d", seed, batch)
                    .isEqualTo(byFlow(packets));
            assertThat(rig.counters.droppedTotal()).isZero();
        }
        assertThat(superPackets).isGreaterThan(BATCHES);
    }

    private static Map<String, List<String>> byFlow(List<byte[]> packets) {
        return packets.stream()
                .collect(
                        Collectors.groupingBy(
                                TrafficMix::flow,
                                Collectors.mapping(
                                        one -> HexFormat.of().formatHex(TrafficMix.normal(one)),
                                        Collectors.toList())));
    }
}
