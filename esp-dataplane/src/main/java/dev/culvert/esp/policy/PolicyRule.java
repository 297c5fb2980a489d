package dev.culvert.esp.policy;

import dev.culvert.esp.Selector;
import dev.culvert.esp.sa.SelectorPair;

/**
 * What one pair of selectors leads to, and its place in the order.
 *
 * @param rank lower decides; see {@link #rank(SelectorPair, int, boolean)}
 * @param serial of equal rank, the higher decides
 * @param entry what it leads to
 */
record PolicyRule(long rank, long serial, PolicyEntry entry) {

    private static final int ADDRESS_SHIFT = 19;
    private static final int PROTOCOL_SHIFT = 18;
    private static final int PORTS_SHIFT = 1;

    /** What comes after every rule. */
    static PolicyRule last(PolicyEntry entry) {
        return new PolicyRule(Long.MAX_VALUE, -1, entry);
    }

    /**
     * The order's criteria in one number:
     *
     * <pre>
     *  63           32 31   28 27        19  18  17         1  0
     * +---------------+-------+------------+---+-------------+---+
     * |   priority    |   0   | addr. bits |any| port count  |pol|
     * +---------------+-------+------------+---+-------------+---+
     * </pre>
     *
     * any: 1 when every protocol matches; pol: 1 for a policy, 0 for an SA.
     */
    static long rank(SelectorPair pair, int priority, boolean isSa) {
        final boolean anyProtocol = pair.protocol() == Selector.ANY_PROTOCOL;
        return (long) priority << 32
                | (long) pair.addressBits() << ADDRESS_SHIFT
                | (anyProtocol ? 1L : 0L) << PROTOCOL_SHIFT
                | (long) pair.portCount() << PORTS_SHIFT
                | (isSa ? 0L : 1L);
    }

    /** True when this one decides where both match. */
    boolean precedes(PolicyRule other) {
        return rank < other.rank || (rank == other.rank && serial > other.serial);
    }
}
