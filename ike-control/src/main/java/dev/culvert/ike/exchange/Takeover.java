package dev.culvert.ike.exchange;

import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.Session;
import java.util.List;

/**
 * When this side, as responder of a rekeying, begins to send on the new child SA (RFC 7296 section
 * 2.8): once the peer has shown that it has it, by sending on it or by deleting the old one.
 */
public final class Takeover {
    private Takeover() {}

    /** The peer has sent on a child SA. */
    public static void peerUses(Session session, ChildSa child) {
        ChildInstaller.installOutbound(session, child);
    }

    /** The old child SA of a child is gone. */
    public static void predecessorGone(Session session, String name) {
        for (ChildSa child : List.copyOf(session.children())) {
            if (child.name().equals(name) && child.isCurrent()) {
                ChildInstaller.installOutbound(session, child);
            }
        }
    }
}
