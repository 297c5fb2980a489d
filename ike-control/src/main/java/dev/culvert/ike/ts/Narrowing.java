package dev.culvert.ike.ts;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A responder's reduction of offered traffic selectors to what it allows (RFC 7296, section 2.9).
 */
public final class Narrowing {
    /** A payload cannot carry more. */
    private static final int MAX_SELECTORS = 255;

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
        List<TrafficSelector> result = new ArrayList<>();
        for (TrafficSelector ours : allowed) {
            for (TrafficSelector theirs : offered) {
                Optional<TrafficSelector> common = ours.intersect(theirs);
                if (common.isPresent() && result.size() < MAX_SELECTORS) {
                    addUnlessContained(result, common.get());
                }
            }
        }
        if (!offered.isEmpty() && offered.getFirst().isHost()) {
            putFirst(result, offered.getFirst());
        }
        return result;
    }

    /**
     * Whether every packet of every selector of {@code inner} is in some selector of {@code outer}.
     */
    public static boolean covers(List<TrafficSelector> outer, List<TrafficSelector> inner) {
        return inner.stream().allMatch(selector -> PacketSet.of(selector).isWithin(outer));
    }

    /** Whether an initiator may accept the answer: not empty, and within what was sent. */
    public static boolean isAcceptableAnswer(
            List<TrafficSelector> sent, List<TrafficSelector> answered) {
        return !answered.isEmpty() && covers(sent, answered);
    }

    private static void addUnlessContained(
            List<TrafficSelector> result, TrafficSelector candidate) {
        if (result.stream().noneMatch(kept -> kept.contains(candidate))) {
            result.removeIf(candidate::contains);
            result.add(candidate);
        }
    }

    private static void putFirst(List<TrafficSelector> result, TrafficSelector specific) {
        for (int i = 1; i < result.size(); i++) {
            if (result.get(i).intersect(specific).isPresent()
                    && result.getFirst().intersect(specific).isEmpty()) {
                result.addFirst(result.remove(i));
                return;
            }
        }
    }
}
