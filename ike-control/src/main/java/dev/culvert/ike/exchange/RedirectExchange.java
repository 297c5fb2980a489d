package dev.culvert.ike.exchange;

import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.Gateway;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.Bytes;
import java.util.List;

/** Sends the peer of an established IKE SA to another gateway (RFC 5685 section 5). */
public final class RedirectExchange implements Exchange {
    private final Session session;
    private final Gateway gateway;

    public RedirectExchange(Session session, Gateway gateway) {
        this.session = session;
        this.gateway = gateway;
    }

    /** The same on another IKE SA. */
    RedirectExchange on(Session other) {
        return new RedirectExchange(other, gateway);
    }

    @Override
    public String name() {
        return "IKE_REDIRECT";
    }

    @Override
    public int priority() {
        return 1;
    }

    @Override
    public void start() {
        session.services().counters().increment(Counter.REDIRECTS_SENT);
        session.sendRequest(
                ExchangeType.INFORMATIONAL,
                List.of(Payload.Notify.of(NotifyType.REDIRECT, gateway.encode(Bytes.EMPTY))));
    }

    @Override
    public void onResponse(List<Payload> payloads) {
        // The peer deletes the IKE SA when it has another.
        Exchanges.finish(session, this);
    }

    @Override
    public void onAbandoned(String why) {
        // The peer has gone already.
    }
}
