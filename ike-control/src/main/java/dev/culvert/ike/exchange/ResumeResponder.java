package dev.culvert.ike.exchange;

import dev.culvert.ike.config.ConnectionConfig;
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

/** IKE_SESSION_RESUME as responder (RFC 5723 section 4.3), once the ticket is known to be good. */
public final class ResumeResponder {
    private static final int NONCE_BYTES = 32;

    private ResumeResponder() {}

    /**
     * Answers.
     *
     * @param datagram the request's bytes
     */
    public static void answer(
            Session session,
            ConnectionConfig connection,
            Tickets.Ticket ticket,
            IkeMessage request,
            byte[] datagram) {
        session.setConnection(connection);
        session.responses().begin(datagram, false);
        Nat.Finding nat =
                Nat.evaluate(
                        request.header(),
                        request.payloads(),
                        session.path().local(),
                        session.path().remote());
        session.setPeerKnowsNatTraversal(nat.peerTakesPart());
        session.setPath(session.path().withNat(nat.natLocal(), nat.natRemote()));
        Bytes nonceI = request.first(Payload.Nonce.class).orElseThrow().data();
        Bytes nonceR = Bytes.of(session.services().random().bytes(NONCE_BYTES));
        List<Payload> payloads = new ArrayList<>();
        payloads.add(new Payload.Nonce(nonceR));
        if (nat.peerTakesPart()) {
            payloads.addAll(
                    Nat.payloads(
                            session.initiatorSpi(),
                            session.responderSpi(),
                            session.path(),
                            connection.encap(),
                            session.services().random()));
        }
        if (connection.fragmentation().isAnnounced()
                && request.notify(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED).isPresent()) {
            payloads.add(Payload.Notify.of(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED));
            session.fragmenting().agree();
        }
        if (connection.childless() != ConnectionConfig.Childless.NEVER) {
            payloads.add(Payload.Notify.of(NotifyType.CHILDLESS_IKEV2_SUPPORTED));
        }
        if (Redirects.follows(request.payloads())) {
            session.peerAbilities().noteRedirects();
        }
        byte[] response = session.sendPlainResponse(ExchangeType.IKE_SESSION_RESUME, payloads);
        session.setKeys(
                ticket.suite(),
                KeyDerivation.resumedIkeKeys(
                        ticket.suite(),
                        ticket.skD(),
                        nonceI,
                        nonceR,
                        session.initiatorSpi(),
                        session.responderSpi()));
        session.lineage().setResumed(ticket);
        session.setPhase(
                new Phase.InitAnswered(
                        new Phase.FirstMessages(datagram, response, nonceI, nonceR)));
    }
}
