package dev.culvert.endpoint.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.crypto.RandomSource;
import dev.culvert.ike.engine.DefaultIkeEngine;
import org.junit.jupiter.api.Test;

class WarmUpTest {
    @Test
    void shouldGoThroughAWholeNegotiation() {
        boolean done =
                WarmUp.run(
                        settings -> new DefaultIkeEngine(settings, RandomSource.insecureSeeded(1)),
                        0);

        assertThat(done).isTrue();
    }

    @Test
    void shouldEndWhenTheEnginesDoNothing() {
        assertThat(WarmUp.run(settings -> new ScriptedEngine(), 0)).isFalse();
    }
}
