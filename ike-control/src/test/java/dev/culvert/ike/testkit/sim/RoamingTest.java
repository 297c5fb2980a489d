package dev.culvert.ike.testkit.sim;

import org.junit.jupiter.api.Test;

/** Seeded runs in which hosts move while SAs are rekeyed; see {@link Seeds} for more of them. */
class RoamingTest {
    private static final int SEEDS = 400;

    @Test
    void shouldMeetAgainWhenHostsMoveInBadWeather() {
        Seeds.run(SEEDS, 1, seed -> new RoamingPlan(seed).run());
    }
}
