package dev.culvert.ike.testkit.sim;

import org.junit.jupiter.api.Test;

/**
 * Thousands of seeded runs in bad weather. {@code -Dculvert.sim.seeds=N} runs another number of
 * them, and {@code -Dculvert.sim.first=N} begins with another seed: the way to repeat a failure,
 * which names its seed.
 */
class WeatherTest {
    private static final int SEEDS = 4000;

    @Test
    void shouldConvergeWithoutBreakingAnInvariantWhenTheWeatherIsBad() {
        long first = Long.getLong("culvert.sim.first", 1);
        int count = Integer.getInteger("culvert.sim.seeds", SEEDS);
        for (long seed = first; seed < first + count; seed++) {
            new SimPlan(seed).run();
        }
    }
}
