package dev.culvert.ike.exchange;

import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.Session;
import java.util.List;

/** Deletes the IKE SA, and with it all of its children (RFC 7296 section 1.4.1). */
public final class DeleteIkeExchange implements Exchange {
    private final Session session;
    private final EndCause cause;
    private final String reason;

    public DeleteIkeExchange(Session session, EndCause cause, String reason) {
        this.session = session;
        this.cause = cause;
        this.reason = reason;
    }

    /** Queues the deletion before everything else that waits, unless that is on its way already. */
    public static void enqueue(Session session, EndCause cause, String reason) {
        if (session.phase() instanceof Phase.Deleting
                || session.queue().contains(DeleteIkeExchange.class::isInstance)) {
            return;
        }
        Exchanges.enqueue(session, new DeleteIkeExchange(session, cause, reason));
    }

    /** The same on another IKE SA. */
    DeleteIkeExchange on(Session other) {
        return new DeleteIkeExchange(other, cause, reason);
    }

    @Override
    public String name() {
        return "IKE_DELETE";
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public void start() {
        session.setPhase(new Phase.Deleting());
        session.sendRequest(ExchangeType.INFORMATIONAL, List.of(Payload.Delete.ike()));
        for (ChildSa child : List.copyOf(session.children())) {
            Endings.removeChild(session, child, cause, reason);
        }
    }

    @Override
    public void onResponse(List<Payload> payloads) {
        Endings.end(session, cause, reason);
    }

    @Override
    public void onAbandoned(String why) {
        // It is gone either way.
    }
}
