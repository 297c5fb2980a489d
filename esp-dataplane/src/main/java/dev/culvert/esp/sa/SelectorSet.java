package dev.culvert.esp.sa;

import dev.culvert.esp.SaSelectors;
import dev.culvert.esp.packet.InnerPacket;

/** The selectors of one SA, for the check of what was opened (RFC 4301 5.2). */
public final class SelectorSet {

    private final SelectorPair[] pairs;

    private SelectorSet(SelectorPair[] pairs) {
        this.pairs = pairs;
    }

    /** Prepares selectors for comparing. */
    public static SelectorSet of(SaSelectors selectors) {
        return new SelectorSet(SelectorPair.of(selectors).toArray(new SelectorPair[0]));
    }

    /**
     * True when the packet's source is one of the remote and its destination one of the local
     * selectors.
     */
    public boolean matchesInbound(InnerPacket packet) {
        for (final SelectorPair pair : pairs) {
            if (pair.matchesInbound(packet)) {
                return true;
            }
        }
        return false;
    }
}
