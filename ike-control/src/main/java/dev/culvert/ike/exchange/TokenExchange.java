package dev.culvert.ike.exchange;

import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.Session;
import java.util.List;
import java.util.Optional;

/**
 * Gives the peer our token for an IKE SA that we have rekeyed: its SPIs are known only after the
 * response (RFC 6290).
 */
final class TokenExchange implements Exchange {
    private final Session session;

    TokenExchange(Session session) {
        this.session = session;
    }

    @Override
    public String name() {
        return "IKE_CRASH_TOKEN";
    }

    @Override
    public int priority() {
        return 3;
    }

    @Override
    public void start() {
        Optional<Payload> token = CrashDetection.payload(session);
        if (token.isEmpty()) {
            Exchanges.finish(session, this);
            return;
        }
        session.sendRequest(ExchangeType.INFORMATIONAL, List.of(token.get()));
    }

    @Override
    public void onResponse(List<Payload> payloads) {
        Exchanges.finish(session, this);
    }

    @Override
    public void onAbandoned(String why) {
        // The successor has a token of its own.
    }
}
