package dev.culvert.esp.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.tun.SystemCallException;
import dev.culvert.tun.WakeUp;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Wake-ups stand for the descriptors to read from, since they are descriptors as well. */
class PollIdleStrategyTest {

    private WakeUp wake;
    private WakeUp first;
    private WakeUp second;
    private final Readiness readiness = new Readiness(2);
    private int blocks;
    private boolean faulty;

    @BeforeEach
    void open() throws SystemCallException {
        wake = WakeUp.open();
        first = WakeUp.open();
        second = WakeUp.open();
    }

    @AfterEach
    void close() {
        wake.close();
        first.close();
        second.close();
    }

    private PollIdleStrategy strategy() {
        return new PollIdleStrategy(
                new int[] {first.fd(), second.fd()},
                wake,
                () -> {
                    blocks++;
                    return 0;
                },
                () -> faulty,
                readiness,
                PollIdleStrategy.Gate.of(Optional.empty()));
    }

    private void drainAll() {
        readiness.drained(0);
        readiness.drained(1);
    }

    @Test
    void shouldBlockAtOnceWhenEverythingWasRead() {
        final PollIdleStrategy idle = strategy();
        drainAll();

        idle.idle(7);

        assertThat(blocks).isEqualTo(1);
    }

    @Test
    void shouldNotBlockWhenSomethingIsLeftToRead() {
        final PollIdleStrategy idle = strategy();
        readiness.drained(1);

        idle.idle(7);

        assertThat(blocks).isZero();
    }

    @Test
    void shouldGoRoundOnceMoreWhenThereIsOtherWork() {
        final PollIdleStrategy idle = strategy();
        drainAll();
        readiness.repeat();

        idle.idle(1);
        assertThat(blocks).isZero();

        idle.idle(0);
        assertThat(blocks).isEqualTo(1);
    }

    @Test
    void shouldNameOnlyWhatIsReadableWhenPollFoundSomething() {
        final PollIdleStrategy idle = strategy();
        drainAll();
        second.signal();

        idle.idle(0);

        assertThat(readiness.isReady(0)).isFalse();
        assertThat(readiness.isReady(1)).isTrue();
    }

    @Test
    void shouldNameEverythingWhenPollFoundNothing() {
        final PollIdleStrategy idle = strategy();
        drainAll();

        idle.idle(0);

        assertThat(readiness.isReady(0)).isTrue();
        assertThat(readiness.isReady(1)).isTrue();
    }

    @Test
    void shouldTellTheFirstCycleWhenAPollIsOver() {
        final PollIdleStrategy idle = strategy();
        assertThat(readiness.takeWoken()).isFalse();
        drainAll();

        idle.idle(0);

        assertThat(readiness.takeWoken()).isTrue();
        assertThat(readiness.takeWoken()).isFalse();
    }

    @Test
    void shouldTakeTheSignalWhenWoken() {
        final PollIdleStrategy idle = strategy();
        drainAll();
        wake.signal();

        idle.idle(0);

        assertThat(wake.drain()).isFalse();
        assertThat(readiness.isReady(0)).isFalse();
    }

    @Test
    void shouldAskAgainAtOnceAndThenLeaveItAloneWhenADescriptorIsFaulty() {
        final PollIdleStrategy idle = strategy();
        faulty = true;

        int cycles = 0;
        while (blocks == 0 && cycles < 100) {
            drainAll();
            idle.idle(0);
            cycles++;
        }

        assertThat(cycles).isBetween(2, 50);
        assertThat(readiness.isReady(0)).isTrue();
    }

    @Test
    void shouldCallEverythingReadyWhenNobodyPolls() {
        drainAll();

        assertThat(readiness.isReady(0)).isTrue();
    }
}
