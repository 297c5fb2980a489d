package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.ChildOffer;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.session.SessionTimer;
import dev.culvert.ike.session.Snapshots;
import java.util.List;

/** How SAs end. */
public final class Endings {
    /**
     * An SA that is over answers retransmissions for as long as a peer waits before its first few.
     */
    private static final long LINGER_IN_FIRST_WAITS = 4;

    private Endings() {}

    /** Removes a child SA from the dataplane and from its IKE SA, and tells it. */
    public static void removeChild(Session session, ChildSa child, EndCause cause, String reason) {
        if (!session.children().remove(child)) {
            return;
        }
        child.destroy();
        session.services().handOver(session, child);
        session.services().uninstall(child, cause);
        session.services()
                .emit(
                        new EngineOutput.Notify(
                                new EngineEvent.ChildDown(
                                        Snapshots.of(session), Snapshots.of(child), reason)));
        session.services().childDown(session, child, cause);
    }

    /** Ends an IKE SA here, with all its children; the peer is not told. */
    public static void end(Session session, EndCause cause, String reason) {
        end(session, cause, reason, false);
    }

    /**
     * Ends an IKE SA after the last message of an exchange, which the peer may still ask for again.
     */
    public static void endLingering(Session session, EndCause cause, String reason) {
        end(session, cause, reason, true);
    }

    /** Ends an IKE SA and tells the peer once, without waiting for an answer. */
    public static void endTelling(Session session, EndCause cause, String reason, Payload last) {
        if (session.codec().isPresent() && !session.isGone()) {
            session.sendLastRequest(ExchangeType.INFORMATIONAL, List.of(last));
        }
        end(session, cause, reason, false);
    }

    private static void end(Session session, EndCause cause, String reason, boolean linger) {
        if (session.isGone()) {
            return;
        }
        boolean wasConnecting = session.isConnecting();
        for (ChildSa child : List.copyOf(session.children())) {
            removeChild(session, child, cause, reason);
        }
        if (session.phase() instanceof Phase.AuthSent sent) {
            sent.child().map(ChildOffer::spiIn).ifPresent(session.services()::releaseSpi);
        }
        VirtualAddresses.release(session);
        List<Exchange> abandoned = session.queue().clear();
        EngineSnapshot.IkeSa last = Snapshots.of(session);
        session.timers().cancelAll();
        if (linger) {
            long firstNs = session.services().settings().retransmit().firstNs();
            session.timers()
                    .set(
                            SessionTimer.LINGER,
                            session.services().nowNs() + LINGER_IN_FIRST_WAITS * firstNs);
        }
        session.destroy();
        session.setPhase(new Phase.Gone());
        abandoned.forEach(exchange -> exchange.onAbandoned(reason));
        if (session.isAnnounced()) {
            session.services().emit(new EngineOutput.Notify(new EngineEvent.IkeDown(last, reason)));
        }
        session.services().sessionDown(session, cause, reason, wasConnecting);
    }
}
