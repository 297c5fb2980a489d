package dev.culvert.ike.exchange;

import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.ChildTimer;
import dev.culvert.ike.session.Session;
import java.util.List;

/**
 * When this side, as responder of a rekeying, begins to send on the new child SA (RFC 7296 section
 * 2.8): once the peer has shown that it has it, by sending on it or by deleting the old one.
 */
public final class Takeover {
    private static final long PATIENCE_NS = 5_000_000_000L;

    private Takeover() {}

    /** The peer has sent on a child SA. */
    public static void peerUses(Session session, ChildSa child) {
        ChildInstaller.installOutbound(session, child);
    }

    /**
     * Begins to send on a new child SA at once, unless the same peer has one already on another IKE
     * SA: then this is a reauthentication, and the peer is not ready before it has our response. If
     * it shows no sign of that, sending begins after a while nevertheless.
     */
    static void startSending(Session session, ChildSa child) {
        boolean replaces =
                session.services().duplicatesOf(session).stream()
                        .filter(other -> other.connectionName().equals(session.connectionName()))
                        .filter(other ->
                                other.path()
                                        .remote()
                                        .getAddress()
                                        .equals(session.path().remote().getAddress()))
                        .anyMatch(other -> other.hasCurrentChild(child.name()));
        if (replaces) {
            child.timers().set(ChildTimer.TAKEOVER, session.services().nowNs() + PATIENCE_NS);
        } else {
            ChildInstaller.installOutbound(session, child);
        }
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
