package dev.culvert.ike.proposal;

import java.util.List;

/**
 * Why no proposal could be agreed: both sides' offers, and how near each pair came.
 *
 * @param ours configured here
 * @param theirs received
 * @param pairs every pair of one of ours and one of theirs, the nearest first; at most {@value
 *     #MAX_PAIRS}
 */
public record ProposalMismatch(List<Proposal> ours, List<Proposal> theirs, List<Pair> pairs) {
    /** More pairs than this are not kept. */
    public static final int MAX_PAIRS = 64;

    /**
     * One of ours beside one of theirs.
     *
     * @param ours configured here
     * @param theirs received
     * @param reasons what stands in the way, one sentence each, at least one
     */
    public record Pair(Proposal ours, Proposal theirs, List<String> reasons) {
        /** Copies the list. */
        public Pair {
            reasons = List.copyOf(reasons);
        }
    }

    /** Copies the lists. */
    public ProposalMismatch {
        ours = List.copyOf(ours);
        theirs = List.copyOf(theirs);
        pairs = List.copyOf(pairs);
    }

    /**
     * Several lines for a log or a terminal: our offers, theirs, and the nearest pair's reasons.
     */
    public String describe() {
        StringBuilder text = new StringBuilder();
        ours.forEach(p -> text.append("ours:   ").append(p.displayName()).append('\n'));
        theirs.forEach(p -> text.append("theirs: ").append(p.displayName()).append('\n'));
        if (!pairs.isEmpty()) {
            text.append("nearest: ")
                    .append(String.join("; ", pairs.getFirst().reasons()))
                    .append('\n');
        }
        return text.toString();
    }
}
