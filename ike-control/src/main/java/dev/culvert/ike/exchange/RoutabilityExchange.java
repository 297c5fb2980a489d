package dev.culvert.ike.exchange;

import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.Bytes;
import java.util.List;

/**
 * Checks that the peer receives what is sent to its new address, by a value that it cannot guess
 * (RFC 4555 section 3.7).
 */
final class RoutabilityExchange implements Exchange {
    private final Session session;
    private int changes;
    private Bytes cookie = Bytes.EMPTY;

    RoutabilityExchange(Session session) {
        this.session = session;
    }

    /**
     * Queues one, to be started when the answer to the request in work is sent; on the IKE SA that
     * lives on.
     */
    static void queue(Session session) {
        Session heir = Mobike.heir(session).orElse(session);
        if (heir.queue().waiting().stream().noneMatch(RoutabilityExchange.class::isInstance)) {
            heir.queue().add(new RoutabilityExchange(heir));
        }
    }

    @Override
    public String name() {
        return "IKE_MOBIKE";
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public void start() {
        changes = session.mobility().changes();
        cookie = Mobike.newCookie(session);
        session.sendRequest(
                ExchangeType.INFORMATIONAL, List.of(Payload.Notify.of(NotifyType.COOKIE2, cookie)));
    }

    @Override
    public void onResponse(List<Payload> payloads) {
        if (!Mobike.returns(payloads, cookie)) {
            Endings.endTelling(
                    session,
                    EndCause.FAILED,
                    "the peer returned another COOKIE2",
                    Payload.Delete.ike());
            return;
        }
        if (changes == session.mobility().changes()) {
            MobikeResponder.onRoutable(session);
        } else {
            // Sent to more than one address: it does not show which of them works.
            queue(session);
        }
        Exchanges.finish(session, this);
    }

    @Override
    public void onAbandoned(String why) {
        Mobike.heir(session)
                .ifPresent(heir -> {
                    queue(heir);
                    Exchanges.pump(heir);
                });
    }
}
