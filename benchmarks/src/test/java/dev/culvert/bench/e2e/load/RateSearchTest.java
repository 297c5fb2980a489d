package dev.culvert.bench.e2e.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.DoubleFunction;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class RateSearchTest {
    private static final double MAX_LOSS = 0.01;

    @Test
    void shouldFindTheHighestRateWhenMoreIsLost() {
        double found = new RateSearch(MAX_LOSS, 1.05, path(153_000, 4_000_000)).run();

        assertThat(found).isCloseTo(153_000, Percentage.withPercentage(5));
        assertThat(found).isLessThanOrEqualTo(153_000 * 1.02);
    }

    @Test
    void shouldFindARateWhenItIsBelowTheFirstOne() {
        double found = new RateSearch(MAX_LOSS, 1.05, path(7_000, 4_000_000)).run();

        assertThat(found).isCloseTo(7_000, Percentage.withPercentage(6));
    }

    @Test
    void shouldReportWhatWasOfferedWhenTheSenderIsTheLimit() {
        double found = new RateSearch(MAX_LOSS, 1.05, path(1_000_000, 300_000)).run();

        assertThat(found).isCloseTo(300_000, Percentage.withPercentage(5));
    }

    @Test
    void shouldIgnoreASingleHiccup() {
        DoubleFunction<UdpLoad.Trial> path = path(153_000, 4_000_000);
        int[] trials = {0};

        double found =
                new RateSearch(
                                MAX_LOSS,
                                1.05,
                                rate ->
                                        trials[0]++ == 1
                                                ? new UdpLoad.Trial((long) rate, 0, 1)
                                                : path.apply(rate))
                        .run();

        assertThat(found).isCloseTo(153_000, Percentage.withPercentage(5));
    }

    /** Loses what exceeds its capacity, for a sender that has a limit of its own. */
    private static DoubleFunction<UdpLoad.Trial> path(double capacityPps, double senderLimitPps) {
        return rate -> {
            double sent = Math.min(rate, senderLimitPps);
            return new UdpLoad.Trial((long) sent, (long) Math.min(sent, capacityPps), 1);
        };
    }
}
