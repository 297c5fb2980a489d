package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineEvent.PathStep;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Tells the peer to use the addresses that this message has (UPDATE_SA_ADDRESSES, RFC 4555 section
 * 3.5).
 */
final class AddressUpdateExchange implements Exchange {
    private final Session session;
    private int changes;
    private Optional<Bytes> cookie = Optional.empty();

    AddressUpdateExchange(Session session) {
        this.session = session;
    }

    /** Queues one, unless one waits already: it takes the path as it is when its turn comes. */
    static void enqueue(Session session) {
        if (session.queue().waiting().stream().noneMatch(AddressUpdateExchange.class::isInstance)) {
            Exchanges.enqueue(session, new AddressUpdateExchange(session));
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
        // The children wait only where the peer's own address is another one.
        cookie = session.mobility().childPath().map(_ -> Mobike.newCookie(session));
        List<Payload> payloads = new ArrayList<>();
        cookie.ifPresent(c -> payloads.add(Payload.Notify.of(NotifyType.COOKIE2, c)));
        payloads.add(Payload.Notify.of(NotifyType.UPDATE_SA_ADDRESSES));
        payloads.addAll(Mobike.natDetection(session, session.path()));
        payloads.addAll(Mobike.addressList(session));
        Mobike.tell(
                session,
                PathStep.UPDATE,
                "tells the peer to use the path " + Mobike.text(session.path()));
        session.sendRequest(ExchangeType.INFORMATIONAL, payloads);
    }

    @Override
    public void onResponse(List<Payload> payloads) {
        boolean superseded = changes != session.mobility().changes();
        Optional<NotifyType> refusal =
                List.of(NotifyType.UNACCEPTABLE_ADDRESSES, NotifyType.UNEXPECTED_NAT_DETECTED)
                        .stream()
                        .filter(type -> Payload.notify(payloads, type).isPresent())
                        .findFirst();
        if (cookie.isPresent() && !Mobike.returns(payloads, cookie.get())) {
            Endings.endTelling(
                    session,
                    EndCause.FAILED,
                    "the peer returned another COOKIE2",
                    Payload.Delete.ike());
            return;
        }
        if (!superseded && refusal.isPresent()) {
            Mobike.heir(session).ifPresent(heir -> MobikeInitiator.onRefused(heir, refusal.get()));
        } else if (!superseded) {
            MobikeInitiator.onUpdated(session, payloads);
        }
        Exchanges.finish(session, this);
    }

    @Override
    public void onAbandoned(String why) {
        // The IKE SA was replaced meanwhile: the other one has to say it again.
        Mobike.heir(session).ifPresent(AddressUpdateExchange::enqueue);
    }
}
