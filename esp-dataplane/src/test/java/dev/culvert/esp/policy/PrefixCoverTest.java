package dev.culvert.esp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.policy.PrefixCover.Prefix;
import java.math.BigInteger;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PrefixCoverTest {

    private static final BigInteger TWO_TO_64 = BigInteger.ONE.shiftLeft(64);

    private static BigInteger number(long high, long low) {
        return unsigned(high).multiply(TWO_TO_64).add(unsigned(low));
    }

    private static BigInteger unsigned(long half) {
        return new BigInteger(Long.toUnsignedString(half));
    }

    private static BigInteger first(Prefix prefix) {
        return number(prefix.high(), prefix.low());
    }

    private static BigInteger last(Prefix prefix) {
        return first(prefix)
                .add(BigInteger.ONE.shiftLeft(128 - prefix.length()))
                .subtract(BigInteger.ONE);
    }

    @Test
    void shouldHoldTheRangeAndLittleMoreWhenRangesAreRandom() {
        final Random random = new Random(11);
        int split = 0;
        for (int i = 0; i < 100_000; i++) {
            // All widths are as likely: numbers with random lengths of common and of free bits.
            final BigInteger base = new BigInteger(128, random);
            final BigInteger width = new BigInteger(random.nextInt(129), random);
            final BigInteger from = base;
            final BigInteger to = base.add(width).min(TWO_TO_64.pow(2).subtract(BigInteger.ONE));
            final List<Prefix> cover = cover(from, to);
            split += cover.size() - 1;

            assertThat(cover).hasSizeBetween(1, 2);
            assertThat(first(cover.getFirst())).isLessThanOrEqualTo(from);
            assertThat(last(cover.getLast())).isGreaterThanOrEqualTo(to);
            if (cover.size() == 2) {
                assertThat(last(cover.get(0)).add(BigInteger.ONE))
                        .as("no gap, no overlap")
                        .isEqualTo(first(cover.get(1)));
            }
            final BigInteger size = to.subtract(from).add(BigInteger.ONE);
            final BigInteger covered =
                    last(cover.getLast()).subtract(first(cover.getFirst())).add(BigInteger.ONE);
            assertThat(covered).as("%s to %s", from, to).isLessThan(size.shiftLeft(1));
            assertThat(cover.getFirst().isRange(high(from), low(from), high(to), low(to)))
                    .isEqualTo(cover.size() == 1 && covered.equals(size));
        }
        assertThat(split).isBetween(10_000, 90_000);
    }

    @Test
    void shouldCutAtTheBoundaryWhenARangeCrossesIt() {
        assertThat(PrefixCover.of(0, 0x7FFF_FFFFL, 0, 0x8000_0000L))
                .containsExactly(
                        new Prefix(0, 0x7FFF_FFFFL, 128), new Prefix(0, 0x8000_0000L, 128));
        assertThat(PrefixCover.of(0, -1, 1, 0))
                .containsExactly(new Prefix(0, -1, 128), new Prefix(1, 0, 128));
        assertThat(PrefixCover.of(0, 0, -1, -1)).containsExactly(new Prefix(0, 0, 0));
        assertThat(PrefixCover.of(0, 0x0A00_0001L, 0, 0x0A00_00FEL))
                .containsExactly(new Prefix(0, 0x0A00_0000L, 120));
    }

    private static List<Prefix> cover(BigInteger from, BigInteger to) {
        return PrefixCover.of(high(from), low(from), high(to), low(to));
    }

    private static long high(BigInteger number) {
        return number.shiftRight(64).longValue();
    }

    private static long low(BigInteger number) {
        return number.longValue();
    }
}
