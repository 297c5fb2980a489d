package dev.culvert.ike.exchange;

import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.Session;
import java.util.List;

/**
 * Asks the peer for a sign of life: an empty request (RFC 7296 section 2.4), or one that shows,
 * too, whether a NAT has changed its mapping (RFC 4555 section 3.8). Without an answer the peer is
 * given up.
 */
public final class LivenessExchange implements Exchange {
    private final Session session;

    public LivenessExchange(Session session) {
        this.session = session;
    }

    @Override
    public String name() {
        return "IKE_DPD";
    }

    @Override
    public int priority() {
        return 3;
    }

    @Override
    public void start() {
        session.services().counters().increment(Counter.LIVENESS_CHECKS);
        session.sendRequest(ExchangeType.INFORMATIONAL, MobikeInitiator.mappingCheck(session));
    }

    @Override
    public void onResponse(List<Payload> payloads) {
        MobikeInitiator.onMapping(session, payloads);
        Exchanges.finish(session, this);
    }

    @Override
    public void onAbandoned(String why) {
        // Nothing depends on it.
    }
}
