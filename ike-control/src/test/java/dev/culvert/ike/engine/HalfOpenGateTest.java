package dev.culvert.ike.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.engine.HalfOpenGate.Verdict;
import dev.culvert.ike.wire.IpAddress;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class HalfOpenGateTest {
    private final HalfOpenGate gate = new HalfOpenGate(4, 8, 2);

    private static InetAddress source(int number) {
        return IpAddress.v4(number).toInetAddress();
    }

    @Test
    void shouldAskForACookieWhenTheThresholdIsReached() {
        for (int i = 0; i < 4; i++) {
            assertThat(gate.judge(source(i), false)).isEqualTo(Verdict.ADMIT);
            gate.enter(source(i), false);
        }
        assertThat(gate.judge(source(9), false)).isEqualTo(Verdict.ASK_COOKIE);
        assertThat(gate.judge(source(9), true)).isEqualTo(Verdict.ADMIT);
    }

    @Test
    void shouldRefuseASourceOnlyWhenItsCookiesProveThatItIsTheOne() {
        gate.enter(source(1), false);
        gate.enter(source(1), false);
        assertThat(gate.judge(source(1), false)).isEqualTo(Verdict.ASK_COOKIE);
        assertThat(gate.judge(source(1), true)).isEqualTo(Verdict.ADMIT);
        gate.enter(source(1), true);
        gate.enter(source(1), true);
        assertThat(gate.judge(source(1), true)).isEqualTo(Verdict.REFUSE_SOURCE);
        assertThat(gate.judge(source(2), true)).isEqualTo(Verdict.ADMIT);
    }

    @Test
    void shouldRefuseEverybodyWhenTheTotalIsReached() {
        for (int i = 0; i < 8; i++) {
            gate.enter(source(i), true);
        }
        assertThat(gate.judge(source(100), true)).isEqualTo(Verdict.REFUSE_TOTAL);
    }

    @Test
    void shouldHoldNothingWhenAllHaveLeft() {
        for (int i = 0; i < 8; i++) {
            gate.enter(source(i), i % 2 == 0);
        }
        for (int i = 0; i < 8; i++) {
            gate.leave(source(i), i % 2 == 0);
        }
        assertThat(gate.total()).isZero();
        assertThat(gate.sources()).isZero();
    }
}
