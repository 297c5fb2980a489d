package dev.culvert.esp.sa;

/**
 * The anti-replay window (RFC 4303 3.4.3) as a ring of 64-bit blocks (RFC 6479): sliding it clears
 * whole blocks instead of shifting bits. Also recovers the high half of extended sequence numbers
 * (RFC 4303 appendix A2).
 *
 * <p>Sequence numbers are 64-bit here, also without ESN. {@link #check} before the cipher looks at
 * the packet, {@link #accept} only after it was authenticated.
 */
public final class ReplayWindow {

    /** Result of {@link #check}. */
    public enum Verdict {
        /** Not seen, and in or above the window. */
        NEW,
        /** Accepted before. */
        DUPLICATE,
        /** Below the window. */
        TOO_OLD,
        /** 0, which is never sent. */
        INVALID
    }

    /** Result of {@link #recover} when the packet would be from before the first one. */
    public static final long BEFORE_START = -1;

    private static final int BLOCK_SHIFT = 6;
    private static final int BIT_MASK = 63;

    private final int windowPackets;
    private final int blockMask;
    private final long[] blocks;
    private long highest;

    /**
     * An empty window.
     *
     * @param windowPackets how many packets below the highest are told apart: 0 for no protection,
     *     else 32 to 16384
     */
    public ReplayWindow(int windowPackets) {
        this.windowPackets = windowPackets;
        if (windowPackets == 0) {
            blocks = new long[0];
            blockMask = 0;
        } else {
            // One block more than the window covers, so that clearing the newest never touches the
            // oldest.
            final int needed = ((windowPackets + BIT_MASK) >>> BLOCK_SHIFT) + 1;
            blocks = new long[Math.max(2, Integer.highestOneBit(needed - 1) << 1)];
            blockMask = blocks.length - 1;
        }
    }

    /** The highest sequence number accepted so far; 0 at the start. */
    public long highest() {
        return highest;
    }

    /**
     * The whole sequence number of a packet with ESN (RFC 4303 appendix A2.1).
     *
     * @param low the 32 bits in the packet, 0 to 2^32-1
     * @return the 64-bit number, or {@link #BEFORE_START}
     */
    public long recover(long low) {
        final long highestLow = highest & 0xFFFF_FFFFL;
        final long highestHigh = highest >>> 32;
        final long bottom = (highestLow - windowPackets + 1) & 0xFFFF_FFFFL;
        long high = highestHigh;
        if (highestLow >= windowPackets - 1) {
            // The window lies within one run of the low half.
            if (low < bottom) {
                high++;
            }
        } else if (low >= bottom) {
            // The window straddles the wrap, and the packet is below it.
            high--;
        }
        if (high < 0 || high > 0xFFFF_FFFFL) {
            return BEFORE_START;
        }
        return high << 32 | low;
    }

    /** Tells whether a sequence number may be new. Changes nothing. */
    public Verdict check(long sequence) {
        if (sequence == 0) {
            return Verdict.INVALID;
        }
        if (windowPackets == 0 || Long.compareUnsigned(sequence, highest) > 0) {
            return Verdict.NEW;
        }
        if (highest - sequence >= windowPackets) {
            return Verdict.TOO_OLD;
        }
        final long bit = 1L << (sequence & BIT_MASK);
        final int block = (int) (sequence >>> BLOCK_SHIFT) & blockMask;
        return (blocks[block] & bit) == 0 ? Verdict.NEW : Verdict.DUPLICATE;
    }

    /**
     * Marks an authenticated packet as seen.
     *
     * @param sequence a number that {@link #check} called new
     * @return true when it is the highest so far
     */
    public boolean accept(long sequence) {
        final boolean advances = Long.compareUnsigned(sequence, highest) > 0;
        if (windowPackets == 0) {
            if (advances) {
                highest = sequence;
            }
            return advances;
        }
        if (advances) {
            final long from = highest >>> BLOCK_SHIFT;
            final long skipped = Math.min((sequence >>> BLOCK_SHIFT) - from, blocks.length);
            for (long i = 1; i <= skipped; i++) {
                blocks[(int) (from + i) & blockMask] = 0;
            }
            highest = sequence;
        }
        blocks[(int) (sequence >>> BLOCK_SHIFT) & blockMask] |= 1L << (sequence & BIT_MASK);
        return advances;
    }
}
