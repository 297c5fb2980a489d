package dev.culvert.ike.ts;

import java.util.List;

/**
 * A responder's reduction of offered traffic selectors to what it allows (RFC 7296, section 2.9).
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Narrowing {
    private Narrowing() {}

    /**
     * What both lists have in common.
     *
     * <p>If the first offered selector is very specific (one address, from the packet that
     * triggered the negotiation) and allowed, the part of the result that contains it comes first,
     * so that a caller that can install only one selector still carries the triggering packet.
     *
     * @param offered the peer's, in order
     * @param allowed ours
     * @return without duplicates and without selectors that another one contains; empty if nothing
     *     is in common, which calls for TS_UNACCEPTABLE
     */
    public static List<TrafficSelector> narrow(
            List<TrafficSelector> offered, List<TrafficSelector> allowed) {
        throw new UnsupportedOperationException("soon");
    }

    /**
     * Whether every packet of every selector of {@code inner} is in some selector of {@code outer}.
     */
    public static boolean covers(List<TrafficSelector> outer, List<TrafficSelector> inner) {
        throw new UnsupportedOperationException("soon");
    }

    /** Whether an initiator may accept the answer: not empty, and within what was sent. */
    public static boolean isAcceptableAnswer(
            List<TrafficSelector> sent, List<TrafficSelector> answered) {
        return !answered.isEmpty() && covers(sent, answered);
    }
}
