package dev.culvert.esp.policy;

import java.util.List;

/**
 * One or two prefixes around a range. A single prefix around a range that crosses a round boundary
 * may be far too wide (127.255.255.255 to 128.0.0.0 only fit 0.0.0.0/0 together); cut in two at
 * that boundary, each part fills more than half of the prefix around it. So two prefixes are always
 * enough, however crooked the range.
 */
final class PrefixCover {

    private static final int BITS = 128;

    /**
     * A prefix of 128-bit numbers.
     *
     * @param high upper half of the lowest number
     * @param low lower half of the lowest number
     * @param length 0 to 128
     */
    record Prefix(long high, long low, int length) {

        /** The bits of the upper half that the prefix fixes. */
        long highMask() {
            return mask(Math.min(length, Long.SIZE));
        }

        /** The bits of the lower half that the prefix fixes. */
        long lowMask() {
            return mask(Math.max(0, length - Long.SIZE));
        }

        /** True when the range is the prefix and nothing less. */
        boolean isRange(long fromHigh, long fromLow, long toHigh, long toLow) {
            return high == fromHigh
                    && low == fromLow
                    && (high | ~highMask()) == toHigh
                    && (low | ~lowMask()) == toLow;
        }
    }

    private PrefixCover() {}

    /** The prefixes around a range of 128-bit numbers, both ends included. */
    static List<Prefix> of(long fromHigh, long fromLow, long toHigh, long toLow) {
        final int common = commonBits(fromHigh, fromLow, toHigh, toLow);
        final Prefix whole = prefix(fromHigh, fromLow, common);
        if (common == BITS || whole.isRange(fromHigh, fromLow, toHigh, toLow)) {
            return List.of(whole);
        }
        // The boundary: what both ends have in common, then a one, then zeros.
        final Prefix upperHalf = prefix(toHigh, toLow, common + 1);
        final long lastLow = upperHalf.low() - 1;
        final long lastHigh = upperHalf.low() == 0 ? upperHalf.high() - 1 : upperHalf.high();
        final int below = commonBits(fromHigh, fromLow, lastHigh, lastLow);
        final int above = commonBits(upperHalf.high(), upperHalf.low(), toHigh, toLow);
        if (below == common + 1 && above == common + 1) {
            return List.of(whole);
        }
        return List.of(prefix(fromHigh, fromLow, below), prefix(toHigh, toLow, above));
    }

    private static int commonBits(long aHigh, long aLow, long bHigh, long bLow) {
        return aHigh == bHigh
                ? Long.SIZE + Long.numberOfLeadingZeros(aLow ^ bLow)
                : Long.numberOfLeadingZeros(aHigh ^ bHigh);
    }

    private static Prefix prefix(long high, long low, int length) {
        return new Prefix(
                high & mask(Math.min(length, Long.SIZE)),
                low & mask(Math.max(0, length - Long.SIZE)),
                length);
    }

    private static long mask(int bits) {
        return bits == 0 ? 0 : -1L << (Long.SIZE - bits);
    }
}
