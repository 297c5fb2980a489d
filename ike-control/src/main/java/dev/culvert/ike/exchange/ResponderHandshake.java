package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.crypto.IkeKeys;
import dev.culvert.ike.crypto.KeyDerivation;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.IkeMessage;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.proposal.Proposal;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.KeJobs;
import dev.culvert.ike.session.KeResult;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.Bytes;
import java.util.ArrayList;
import java.util.List;

/** IKE_SA_INIT as responder (RFC 7296 section 1.2), once the gate has let the request in. */
public final class ResponderHandshake {
    private static final int NONCE_BYTES = 32;

    private ResponderHandshake() {}

    /**
     * What the request was admitted with.
     *
     * @param suite algorithms chosen from the connection that fits the addresses best
     * @param answer the SA payload's proposal
     */
    public record Admission(
            ConnectionConfig connection,
            IkeSuite suite,
            Proposal answer,
            IkeMessage request,
            byte[] datagram) {}

    /** Begins to work on the answer. */
    public static void begin(Session session, Admission admission) {
        IkeMessage request = admission.request();
        session.setConnection(admission.connection());
        session.responses().begin(admission.datagram(), false);
        Nat.Finding nat =
                Nat.evaluate(
                        request.header(),
                        request.payloads(),
                        session.path().local(),
                        session.path().remote());
        session.setPeerKnowsNatTraversal(nat.peerTakesPart());
        session.setPath(session.path().withNat(nat.natLocal(), nat.natRemote()));
        session.services()
                .startCrypto(
                        session,
                        KeJobs.generateAndAgree(
                                admission.suite().keyExchange(),
                                session.services().random(),
                                request.first(Payload.Ke.class).orElseThrow().data()),
                        result -> {
                            if (result instanceof KeResult.Agreed agreed) {
                                answer(session, admission, agreed);
                            } else {
                                result.discard();
                                refuse(session, result);
                            }
                        });
    }

    private static void answer(Session session, Admission admission, KeResult.Agreed agreed) {
        Bytes nonceI = admission.request().first(Payload.Nonce.class).orElseThrow().data();
        Bytes nonceR = Bytes.of(session.services().random().bytes(NONCE_BYTES));
        List<Payload> payloads = new ArrayList<>();
        payloads.add(new Payload.Sa(admission.answer()));
        payloads.add(new Payload.Ke(admission.suite().keyExchange(), agreed.publicValue()));
        payloads.add(new Payload.Nonce(nonceR));
        if (session.peerKnowsNatTraversal()) {
            payloads.addAll(
                    Nat.payloads(
                            session.initiatorSpi(),
                            session.responderSpi(),
                            session.path(),
                            admission.connection().encap(),
                            session.services().random()));
        }
        if (admission.connection().fragmentation().isAnnounced()
                && admission
                        .request()
                        .notify(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED)
                        .isPresent()) {
            payloads.add(Payload.Notify.of(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED));
            session.fragmenting().agree();
        }
        if (admission.connection().childless() != ConnectionConfig.Childless.NEVER) {
            payloads.add(Payload.Notify.of(NotifyType.CHILDLESS_IKEV2_SUPPORTED));
        }
        Redirects.destination(
                        session.services().settings().redirects(),
                        EngineSettings.Redirects.When.AUTH,
                        admission.request().payloads(),
                        session.services().ikeSas())
                .ifPresent(session.lineage()::setRedirectPeerTo);
        if (Redirects.follows(admission.request().payloads())) {
            session.peerAbilities().noteRedirects();
        }
        byte[] response = session.sendPlainResponse(ExchangeType.IKE_SA_INIT, payloads);
        IkeKeys keys =
                KeyDerivation.ikeKeys(
                        admission.suite(),
                        agreed.sharedSecret(),
                        nonceI,
                        nonceR,
                        session.initiatorSpi(),
                        session.responderSpi());
        agreed.sharedSecret().destroy();
        session.setKeys(admission.suite(), keys);
        session.setPhase(
                new Phase.InitAnswered(
                        new Phase.FirstMessages(admission.datagram(), response, nonceI, nonceR)));
    }

    private static void refuse(Session session, KeResult result) {
        session.services().counters().increment(Counter.FAILED_KEY_EXCHANGE);
        session.alert(
                AlertType.PEER_INIT_UNREACHABLE,
                "the peer's key exchange value is not acceptable: " + result);
        session.sendPlainResponse(
                ExchangeType.IKE_SA_INIT, List.of(Payload.Notify.of(NotifyType.INVALID_SYNTAX)));
        Endings.end(session, EndCause.FAILED, "the peer's key exchange value is not acceptable");
    }
}
