package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineSnapshot.ChildState;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.Session;
import java.util.List;

/** Deletes a child SA at the peer (RFC 7296 section 1.4.1). */
public final class DeleteChildExchange implements Exchange {
    private final Session session;
    private final ChildSa child;
    private final EndCause cause;
    private final String reason;

    public DeleteChildExchange(Session session, ChildSa child, EndCause cause, String reason) {
        this.session = session;
        this.child = child;
        this.cause = cause;
        this.reason = reason;
    }

    /** Queues the deletion of a child SA, unless that is on its way already. */
    public static void enqueue(Session session, ChildSa child, EndCause cause, String reason) {
        if (child.state() == ChildState.DELETING) {
            return;
        }
        child.setState(ChildState.DELETING);
        if (cause != EndCause.REPLACED) {
            Collisions.cancelRekeyOf(session, child, cause, reason);
        }
        Exchanges.enqueue(session, new DeleteChildExchange(session, child, cause, reason));
    }

    /** Deletes a child SA here, and has the peer delete it, without waiting for that. */
    public static void force(Session session, ChildSa child, EndCause cause, String reason) {
        Collisions.cancelRekeyOf(session, child, cause, reason);
        Endings.removeChild(session, child, cause, reason);
        tellPeer(session, child.spiIn());
    }

    /** Has the peer delete a child SA that is already gone here. */
    public static void tellPeer(Session session, int spiIn) {
        if (session.isEstablished()) {
            Exchanges.enqueue(session, new DisownExchange(session, spiIn));
        }
    }

    /** The same on another IKE SA. */
    DeleteChildExchange on(Session other) {
        return new DeleteChildExchange(other, child, cause, reason);
    }

    /** The child SA that goes. */
    public ChildSa child() {
        return child;
    }

    /** Why it goes. */
    public EndCause cause() {
        return cause;
    }

    @Override
    public String name() {
        return "CHILD_DELETE";
    }

    @Override
    public int priority() {
        return 1;
    }

    @Override
    public void start() {
        if (!session.children().contains(child)) {
            Exchanges.finish(session, this);
            return;
        }
        session.sendRequest(
                ExchangeType.INFORMATIONAL, List.of(Payload.Delete.esp(List.of(child.spiIn()))));
    }

    @Override
    public void onResponse(List<Payload> payloads) {
        Endings.removeChild(session, child, cause, reason);
        Exchanges.finish(session, this);
    }

    @Override
    public void onAbandoned(String why) {
        // The child goes with its IKE SA, or has gone over to another one.
    }
}
