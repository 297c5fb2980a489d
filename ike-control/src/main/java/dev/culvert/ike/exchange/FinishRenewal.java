package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.Session;
import java.util.List;

/**
 * The end of a reauthentication (RFC 7296 section 2.8.3): once the new IKE SA has its children, the
 * old one is deleted. It waits behind the exchanges that make the children, and sends nothing.
 */
final class FinishRenewal implements Exchange {
    private final Session session;

    FinishRenewal(Session session) {
        this.session = session;
    }

    @Override
    public String name() {
        return "IKE_REAUTH_COMPLETE";
    }

    @Override
    public int priority() {
        return 9;
    }

    @Override
    public void start() {
        if (session.queue().contains(CreateChildExchange.class::isInstance)) {
            // The peer has refused one for the moment.
            Exchanges.postpone(session, this);
            return;
        }
        List<Session> old = session.services().renewedBy(session);
        boolean needed =
                old.stream().anyMatch(s -> s.children().stream().anyMatch(ChildSa::isCurrent));
        if (needed && session.children().isEmpty()) {
            session.alert(
                    AlertType.KEEP_ON_CHILD_SA_FAILURE,
                    "reauthenticated, but no child SA could be set up; the old IKE SA stays until its"
                            + " life ends");
            session.queue().finish(this);
            DeleteIkeExchange.enqueue(session, EndCause.FAILED, "without a child SA");
            return;
        }
        for (Session one : old) {
            DeleteIkeExchange.enqueue(one, EndCause.REPLACED, "reauthenticated");
        }
        Exchanges.finish(session, this);
    }

    @Override
    public void onResponse(List<Payload> payloads) {
        throw new IllegalStateException("nothing was sent");
    }

    @Override
    public void onAbandoned(String why) {
        // The old one is tried again later.
    }
}
