package dev.culvert.endpoint.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.vici.DaemonStatus.ChildTraffic;
import dev.culvert.esp.Direction;
import dev.culvert.esp.SaCounters;
import dev.culvert.esp.SaStatus;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DataplaneTrafficTest {
    @Test
    void shouldJoinBothDirectionsOfAChild() {
        SaCounters in = new SaCounters(100);
        in.packet(84, 1, 500);
        in.packet(84, 2, 600);
        in.replay();
        SaCounters out = new SaCounters(100);
        out.packet(1000, 1, 550);

        Map<Long, ChildTraffic> traffic =
                new DataplaneTraffic(() ->
                        List.of(
                                new SaStatus(Direction.INBOUND, 7, 1, in),
                                new SaStatus(Direction.OUTBOUND, 7, 2, out)))
                        .byChildSaId();

        assertThat(traffic)
                .containsExactly(
                        Map.entry(
                                7L,
                                new ChildTraffic(168, 2, 600, 1000, 1, 550, Map.of("replay", 1L))));
    }

    @Test
    void shouldSayNeverForAnSaThatCarriedNothingThoughItsCounterHasATime() {
        Map<Long, ChildTraffic> traffic =
                new DataplaneTraffic(() ->
                        List.of(new SaStatus(Direction.INBOUND, 7, 1, new SaCounters(100))))
                        .byChildSaId();

        assertThat(traffic.get(7L).lastInNs()).isZero();
    }
}
