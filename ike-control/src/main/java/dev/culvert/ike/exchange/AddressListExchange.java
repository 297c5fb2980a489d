package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineEvent.PathStep;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.IpAddress;
import java.util.List;
import java.util.stream.Collectors;

/** Tells the peer where else this side can be reached (RFC 4555 section 3.6). */
final class AddressListExchange implements Exchange {
    private final Session session;

    AddressListExchange(Session session) {
        this.session = session;
    }

    /** Queues one, if the list is no longer what the peer was told. */
    static void enqueueIfChanged(Session session) {
        if (!session.mobility().told().equals(Mobike.otherAddresses(session))) {
            enqueue(session);
        }
    }

    /** Queues one, unless something waits that tells the list. */
    static void enqueue(Session session) {
        boolean waits =
                session.queue().waiting().stream()
                        .anyMatch(exchange ->
                                exchange instanceof AddressListExchange
                                        || exchange instanceof AddressUpdateExchange);
        if (!waits) {
            Exchanges.enqueue(session, new AddressListExchange(session));
        }
    }

    @Override
    public String name() {
        return "IKE_MOBIKE";
    }

    @Override
    public int priority() {
        return 1;
    }

    @Override
    public void start() {
        List<Payload> list = Mobike.addressList(session);
        Mobike.tell(
                session,
                PathStep.ADDRESSES,
                "tells the peer its other addresses: "
                        + (session.mobility().told().isEmpty()
                                ? "none"
                                : session.mobility().told().stream()
                                        .map(address -> IpAddress.of(address).toString())
                                        .collect(Collectors.joining(", "))));
        session.sendRequest(ExchangeType.INFORMATIONAL, list);
    }

    @Override
    public void onResponse(List<Payload> payloads) {
        Exchanges.finish(session, this);
    }

    @Override
    public void onAbandoned(String why) {
        Mobike.heir(session).ifPresent(AddressListExchange::enqueue);
    }
}
