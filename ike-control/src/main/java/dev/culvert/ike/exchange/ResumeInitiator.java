package dev.culvert.ike.exchange;

import dev.culvert.ike.crypto.KeyDerivation;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.IkeMessage;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.session.Tickets;
import dev.culvert.ike.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** IKE_SESSION_RESUME as initiator (RFC 5723 section 4.3): a new IKE SA without a key exchange. */
public final class ResumeInitiator {
    private static final int NONCE_BYTES = 32;
    private static final int MOST_RETRIES = 5;

    private ResumeInitiator() {}

    /** Sends the request, once the addresses are known. */
    static void begin(Session session, Tickets.Ticket ticket) {
        session.traceText("resuming with a ticket");
        Bytes nonce = Bytes.of(session.services().random().bytes(NONCE_BYTES));
        send(session, new Phase.ResumeOffer(ticket, nonce, Optional.empty(), 0));
    }

    private static void send(Session session, Phase.ResumeOffer offer) {
        List<Payload> payloads = new ArrayList<>();
        offer.cookie()
                .ifPresent(cookie -> payloads.add(Payload.Notify.of(NotifyType.COOKIE, cookie)));
        payloads.add(new Payload.Nonce(offer.nonce()));
        payloads.add(Payload.Notify.of(NotifyType.TICKET_OPAQUE, offer.ticket().value()));
        payloads.addAll(
                Nat.payloads(
                        session.initiatorSpi(),
                        0,
                        session.path(),
                        session.connection().orElseThrow().encap(),
                        session.services().random()));
        payloads.addAll(InitiatorHandshake.announcements(session));
        byte[] request = session.sendPlainRequest(ExchangeType.IKE_SESSION_RESUME, payloads);
        session.setPhase(new Phase.ResumeSent(offer, request));
    }

    /**
     * Takes the response. It is not authentic; a refusal costs no more than a key exchange.
     *
     * @param datagram its bytes
     */
    public static void onResponse(
            Session session, Phase.ResumeSent sent, IkeMessage message, byte[] datagram) {
        Optional<Payload.Notify> cookie = message.notify(NotifyType.COOKIE);
        Optional<Payload.Nonce> nonce = message.first(Payload.Nonce.class);
        if (cookie.isPresent() && sent.offer().retries() < MOST_RETRIES) {
            session.withdrawRequest();
            send(session, sent.offer().withCookie(cookie.get().data()));
        } else if (nonce.isEmpty()) {
            session.traceText("the ticket was refused");
            session.withdrawRequest();
            sent.offer().ticket().skD().destroy();
            InitiatorHandshake.beginFully(session);
        } else if (message.header().responderSpi() != 0) {
            onAnswer(session, sent, message, nonce.get().data(), datagram);
        }
    }

    private static void onAnswer(
            Session session,
            Phase.ResumeSent sent,
            IkeMessage message,
            Bytes nonceR,
            byte[] datagram) {
        session.requestAnswered();
        InitiatorHandshake.noteResponder(session, message);
        Tickets.Ticket ticket = sent.offer().ticket();
        Bytes nonceI = sent.offer().nonce();
        session.setKeys(
                ticket.suite(),
                KeyDerivation.resumedIkeKeys(
                        ticket.suite(),
                        ticket.skD(),
                        nonceI,
                        nonceR,
                        session.initiatorSpi(),
                        session.responderSpi()));
        ticket.skD().destroy();
        session.lineage().setResumed(ticket);
        InitiatorHandshake.authenticate(
                session, new Phase.FirstMessages(sent.request(), datagram, nonceI, nonceR));
    }
}
