package dev.culvert.ike.exchange;

import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.Session;
import java.util.List;

/** Has the peer delete a child SA that it believes in and that this side never installed. */
final class DisownExchange implements Exchange {
    private final Session session;
    private final int spi;

    /**
     * For one child SA.
     *
     * @param spi the inbound SPI that this side had offered for it
     */
    DisownExchange(Session session, int spi) {
        this.session = session;
        this.spi = spi;
    }

    /** The same on another IKE SA. */
    DisownExchange on(Session other) {
        return new DisownExchange(other, spi);
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
        session.sendRequest(ExchangeType.INFORMATIONAL, List.of(Payload.Delete.esp(List.of(spi))));
    }

    @Override
    public void onResponse(List<Payload> payloads) {
        Exchanges.finish(session, this);
    }

    @Override
    public void onAbandoned(String why) {
        // The IKE SA ends at the peer too, and with it the child.
    }
}
