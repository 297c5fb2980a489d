package dev.culvert.ike.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.IkeEngine;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.crypto.RandomSource;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.IkeHeader;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Windows, timers and limits of an IKE SA. */
class SlotsTest {
    private static final byte[] FIRST = {1};
    private static final byte[] SECOND = {2};
    private static final byte[] THIRD = {3};
    private static final Sealed RESPONSE =
            new Sealed(
                    IkeHeader.response(1, 2, ExchangeType.INFORMATIONAL, false, 0),
                    List.of(),
                    List.of(new byte[] {4}));

    @Test
    void shouldAcceptOneRequestAfterTheOtherAndRepeatTheLastResponse() {
        ResponseSlot slot = new ResponseSlot();
        assertThat(slot.classify(1, FIRST, 0)).isInstanceOf(ResponseSlot.Kind.Outside.class);
        assertThat(slot.classify(0, FIRST, 0)).isInstanceOf(ResponseSlot.Kind.Next.class);
        slot.begin(FIRST, false);
        assertThat(slot.classify(0, FIRST, 0)).isInstanceOf(ResponseSlot.Kind.InProgress.class);
        assertThat(slot.classify(0, SECOND, 0)).isInstanceOf(ResponseSlot.Kind.Differs.class);
        slot.answer(RESPONSE);
        assertThat(slot.classify(0, FIRST, 0)).isInstanceOf(ResponseSlot.Kind.Answered.class);
        assertThat(slot.response()).contains(RESPONSE);
        assertThat(slot.classify(0, SECOND, 0)).isInstanceOf(ResponseSlot.Kind.Differs.class);
        assertThat(slot.classify(1, SECOND, 0)).isInstanceOf(ResponseSlot.Kind.Next.class);
        assertThat(slot.classify(2, SECOND, 0)).isInstanceOf(ResponseSlot.Kind.Outside.class);
    }

    @Test
    void shouldStopRepeatingAResponseWhenItIsAskedForTooOften() {
        ResponseSlot slot = new ResponseSlot();
        slot.begin(FIRST, false);
        slot.answer(RESPONSE);
        for (int i = 0; i < ResponseSlot.RESEND_LIMIT; i++) {
            assertThat(slot.classify(0, FIRST, 0)).isInstanceOf(ResponseSlot.Kind.Answered.class);
        }
        assertThat(slot.classify(0, FIRST, 0)).isInstanceOf(ResponseSlot.Kind.LimitReached.class);
    }

    // RFC 7383 section 2.6.1: only the first fragment brings the response again.
    @Test
    void shouldAnswerTheFirstFragmentOfARetransmissionOnly() {
        ResponseSlot slot = new ResponseSlot();
        slot.begin(FIRST, true);
        slot.answer(RESPONSE);
        assertThat(slot.classify(0, FIRST, 1)).isInstanceOf(ResponseSlot.Kind.Answered.class);
        assertThat(slot.classify(0, SECOND, 2)).isInstanceOf(ResponseSlot.Kind.LaterFragment.class);
    }

    @Test
    void shouldAskForAProofWhenARetransmissionHasAnotherForm() {
        ResponseSlot slot = new ResponseSlot();
        slot.begin(FIRST, false);
        slot.answer(RESPONSE);
        assertThat(slot.classify(0, SECOND, 1)).isInstanceOf(ResponseSlot.Kind.OtherForm.class);
        assertThat(slot.acceptForm(SECOND)).isInstanceOf(ResponseSlot.Kind.Answered.class);
        assertThat(slot.classify(0, SECOND, 1)).isInstanceOf(ResponseSlot.Kind.Answered.class);
        assertThat(slot.classify(0, THIRD, 0)).isInstanceOf(ResponseSlot.Kind.Differs.class);
    }

    @Test
    void shouldExpectTheResponseToTheOutstandingRequestOnly() {
        RequestSlot slot = new RequestSlot();
        slot.sent(ExchangeType.INFORMATIONAL, RESPONSE);
        assertThat(slot.expects(0, ExchangeType.INFORMATIONAL.value())).isTrue();
        assertThat(slot.expects(0, ExchangeType.CREATE_CHILD_SA.value())).isFalse();
        assertThat(slot.expects(1, ExchangeType.INFORMATIONAL.value())).isFalse();
        slot.answered();
        assertThat(slot.expects(0, ExchangeType.INFORMATIONAL.value())).isFalse();
        assertThat(slot.nextId()).isEqualTo(1);
    }

    @Test
    void shouldWaitLongerEachTimeAndLessByChance() {
        EngineSettings.Retransmit settings = EngineSettings.Retransmit.defaults();
        assertThat(Retransmission.waitNs(settings, 1, 0)).isEqualTo(4_000_000_000L);
        assertThat(Retransmission.waitNs(settings, 2, 0)).isEqualTo(7_200_000_000L);
        assertThat(Retransmission.waitNs(settings, 1, 1)).isEqualTo(3_600_000_000L);
        assertThat(Retransmission.totalNs(settings) / 1_000_000_000L).isEqualTo(165);
    }

    @Test
    void shouldHoldBackWhenTheBucketIsEmptyAndLetOneThroughAsTimePasses() {
        RateLimiter limiter = new RateLimiter(2, 100);
        assertThat(limiter.tryTake(1000)).isTrue();
        assertThat(limiter.tryTake(1000)).isTrue();
        assertThat(limiter.tryTake(1099)).isFalse();
        assertThat(limiter.tryTake(1100)).isTrue();
        assertThat(limiter.tryTake(1100)).isFalse();
        assertThat(limiter.tryTake(100_000)).isTrue();
        assertThat(limiter.tryTake(100_000)).isTrue();
        assertThat(limiter.tryTake(100_000)).isFalse();
    }

    @Test
    void shouldGiveTimersBackInOrderOfTheirKindsWhenTheyHavePassed() {
        TimerTable<ChildTimer> timers = new TimerTable<>(ChildTimer.class);
        assertThat(timers.earliestNs()).isEqualTo(IkeEngine.NO_DEADLINE);
        timers.set(ChildTimer.HARD, 10);
        timers.set(ChildTimer.SOFT, 20);
        assertThat(timers.earliestNs()).isEqualTo(10);
        assertThat(timers.takeExpired(9)).isEmpty();
        assertThat(timers.takeExpired(20)).contains(ChildTimer.SOFT);
        assertThat(timers.takeExpired(20)).contains(ChildTimer.HARD);
        assertThat(timers.takeExpired(20)).isEmpty();
    }

    @Test
    void shouldSpreadASeedWithoutRepeatingItWhenAJobNeedsMuchRandomness() {
        RandomSource one = new ExpandedRandom(RandomSource.insecureSeeded(1));
        RandomSource same = new ExpandedRandom(RandomSource.insecureSeeded(1));
        byte[] first = one.bytes(100);
        byte[] second = one.bytes(100);
        assertThat(same.bytes(100)).isEqualTo(first);
        assertThat(second).isNotEqualTo(first);
        assertThat(new ExpandedRandom(RandomSource.insecureSeeded(2)).bytes(100))
                .isNotEqualTo(first);
    }
}
