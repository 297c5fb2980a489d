package dev.culvert.ike.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.engine.HalfOpenGate.Verdict;
import dev.culvert.ike.wire.IpAddress;
import java.net.InetAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HalfOpenGateTest {
    private static final long SECOND = 1_000_000_000L;

    private final HalfOpenGate gate = new HalfOpenGate(settings());

    private static EngineSettings settings() {
        EngineSettings from = EngineSettings.defaults();
        return new EngineSettings(
                from.ikePort(),
                from.nattPort(),
                from.retransmit(),
                from.natKeepaliveNs(),
                4,
                8,
                2,
                from.halfOpenTimeoutNs(),
                from.ikeSaLimit(),
                from.fragments(),
                new EngineSettings.Floods(4, 10, 14, 64),
                EngineSettings.Redirects.defaults(),
                EngineSettings.Resumption.defaults(),
                true,
                false,
                Optional.empty());
    }

    private static InetAddress source(int number) {
        return IpAddress.v4(number).toInetAddress();
    }

    @Test
    void shouldAskForACookieWhenTheThresholdIsReached() {
        for (int i = 0; i < 4; i++) {
            assertThat(gate.judge(source(i), false, 0)).isEqualTo(Verdict.ADMIT);
            gate.enter(source(i), false);
        }
        assertThat(gate.judge(source(9), false, 0)).isEqualTo(Verdict.ASK_COOKIE);
        assertThat(gate.judge(source(9), true, 0)).isEqualTo(Verdict.ADMIT);
    }

    @Test
    void shouldRefuseASourceOnlyWhenItsCookiesProveThatItIsTheOne() {
        gate.enter(source(1), false);
        gate.enter(source(1), false);
        assertThat(gate.judge(source(1), false, 0)).isEqualTo(Verdict.ASK_COOKIE);
        assertThat(gate.judge(source(1), true, 0)).isEqualTo(Verdict.ADMIT);
        gate.enter(source(1), true);
        gate.enter(source(1), true);
        assertThat(gate.judge(source(1), true, 0)).isEqualTo(Verdict.REFUSE_SOURCE);
        assertThat(gate.judge(source(2), true, 0)).isEqualTo(Verdict.ADMIT);
    }

    @Test
    void shouldRefuseEverybodyWhenTheTotalIsReached() {
        for (int i = 0; i < 8; i++) {
            gate.enter(source(i), true);
        }
        assertThat(gate.judge(source(100), true, 0)).isEqualTo(Verdict.REFUSE_TOTAL);
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

    @Test
    void shouldGoOnAskingUntilItHasBeenCalmForAWhile() {
        for (int i = 0; i < 4; i++) {
            gate.enter(source(i), false);
        }
        assertThat(gate.asksCookies(0)).isTrue();
        gate.leave(source(0), false);
        assertThat(gate.asksCookies(11 * SECOND)).as("three of four").isTrue();
        gate.leave(source(1), false);
        assertThat(gate.asksCookies(15 * SECOND)).as("too early").isTrue();
        assertThat(gate.asksCookies(22 * SECOND)).isFalse();
        gate.enter(source(1), false);
        assertThat(gate.asksCookies(23 * SECOND)).as("three of four").isFalse();
        gate.enter(source(0), false);
        assertThat(gate.asksCookies(24 * SECOND)).isTrue();
    }

    @Test
    void shouldGoOnAskingWhileCookiesGoToNobody() {
        for (int i = 0; i < 4; i++) {
            gate.enter(source(i), false);
        }
        assertThat(gate.asksCookies(0)).isTrue();
        for (int i = 0; i < 4; i++) {
            gate.leave(source(i), false);
        }
        for (int second = 1; second < 60; second++) {
            assertThat(gate.judge(source(second), false, second * SECOND))
                    .isEqualTo(Verdict.ASK_COOKIE);
        }
        for (int second = 60; second < 75; second++) {
            gate.judge(source(second), false, second * SECOND);
            gate.judge(source(second), true, second * SECOND);
        }
        assertThat(gate.asksCookies(90 * SECOND)).isFalse();
    }

    @Test
    void shouldSetHarderPuzzlesTheNearerTheLimitIs() {
        for (int i = 0; i < 3; i++) {
            gate.enter(source(i), true);
        }
        gate.enter(source(3), false);
        assertThat(gate.puzzleBits()).as("one address is not proven").isZero();
        gate.enter(source(4), true);
        assertThat(gate.puzzleBits()).isEqualTo(10);
        gate.enter(source(5), true);
        gate.enter(source(6), true);
        assertThat(gate.puzzleBits()).isEqualTo(12);
        for (int i = 4; i < 7; i++) {
            gate.leave(source(i), true);
        }
        assertThat(gate.puzzleBits()).as("not below half of the threshold yet").isEqualTo(10);
        gate.leave(source(0), true);
        assertThat(gate.puzzleBits()).isZero();
    }
}
