package dev.culvert.ike.testkit.sim;

import org.junit.jupiter.api.Test;

/** Seeded runs in which both sides rekey, create and delete at once; see {@link Seeds} for more. */
class StormTest {
    private static final int SEEDS = 1500;

    @Test
    void shouldKeepEachChildOnceWhenBothSidesRekeyAtOnce() {
        Seeds.run(SEEDS, 4, seed -> new StormPlan(seed).run());
    }
}
