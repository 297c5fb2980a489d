package dev.culvert.ike.testkit.sim;

import org.junit.jupiter.api.Test;

/** Thousands of seeded runs in bad weather; see {@link Seeds} for more of them. */
class WeatherTest {
    private static final int SEEDS = 4000;

    @Test
    void shouldConvergeWithoutBreakingAnInvariantWhenTheWeatherIsBad() {
        Seeds.run(SEEDS, 1, seed -> new SimPlan(seed).run());
    }
}
