package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.proposal.Proposal;
import dev.culvert.ike.proposal.ProposalSelector;
import dev.culvert.ike.proposal.ProposalSelector.Preference;
import dev.culvert.ike.proposal.Selection;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.KeJobs;
import dev.culvert.ike.session.KeResult;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Answers the peer's request to replace the IKE SA (RFC 7296 section 1.3.2). */
final class RekeyIkeResponder {
    private RekeyIkeResponder() {}

    static void onRequest(Session session, List<Payload> payloads) {
        Optional<NotifyType> refusal = Collisions.onIkeRekey(session);
        if (refusal.isPresent()) {
            refuse(session, Payload.Notify.of(refusal.get()));
            return;
        }
        List<Proposal> offered =
                Payload.first(payloads, Payload.Sa.class).orElseThrow().proposals();
        switch (ProposalSelector.selectIke(
                session.connection().orElseThrow().proposals(), offered, Preference.OURS)) {
            case Selection.None<IkeSuite>(var mismatch) -> {
                session.services().counters().increment(Counter.FAILED_NO_PROPOSAL);
                session.alert(
                        AlertType.PROPOSAL_MISMATCH_IKE,
                        "the peer wants to rekey the IKE SA with algorithms that we do not allow; make the proposals of both"
                                + " sides overlap",
                        mismatch.describe().lines().toList());
                refuse(session, Payload.Notify.of(NotifyType.NO_PROPOSAL_CHOSEN));
            }
            case Selection.Chosen<IkeSuite>(IkeSuite suite, Bytes peerSpi, Proposal answer) ->
                    exchangeKeys(session, payloads, suite, peerSpi, answer);
        }
    }

    private static void exchangeKeys(
            Session session,
            List<Payload> payloads,
            IkeSuite suite,
            Bytes peerSpi,
            Proposal answer) {
        Optional<Payload.Ke> theirs =
                Payload.first(payloads, Payload.Ke.class)
                        .filter(ke -> ke.method().equals(Optional.of(suite.keyExchange())));
        if (peerSpi.lengthBytes() != 8 || peerSpi.toUnsignedLong() == 0) {
            refuse(session, Payload.Notify.of(NotifyType.INVALID_SYNTAX));
            return;
        }
        if (theirs.isEmpty()) {
            session.services().counters().increment(Counter.INVALID_KE_SENT);
            refuse(session, CreateChildResponder.invalidKe(suite.keyExchange()));
            return;
        }
        Bytes nonceI = Payload.first(payloads, Payload.Nonce.class).orElseThrow().data();
        session.services()
                .startCrypto(
                        session,
                        KeJobs.generateAndAgree(
                                suite.keyExchange(),
                                session.services().random(),
                                theirs.get().data()),
                        result -> {
                            if (result instanceof KeResult.Agreed agreed) {
                                answer(
                                        session,
                                        suite,
                                        peerSpi.toUnsignedLong(),
                                        answer,
                                        nonceI,
                                        agreed);
                            } else {
                                result.discard();
                                session.services()
                                        .counters()
                                        .increment(Counter.FAILED_KEY_EXCHANGE);
                                refuse(session, Payload.Notify.of(NotifyType.INVALID_SYNTAX));
                            }
                        });
    }

    private static void answer(
            Session session,
            IkeSuite suite,
            long peerSpi,
            Proposal answer,
            Bytes nonceI,
            KeResult.Agreed agreed) {
        Optional<NotifyType> refusal = Collisions.onIkeRekey(session);
        if (refusal.isPresent()) {
            // An exchange of ours began while the job ran.
            agreed.discard();
            refuse(session, Payload.Notify.of(refusal.get()));
            return;
        }
        long newSpi = session.services().allocateIkeSpi();
        Bytes nonceR = Bytes.of(session.services().random().bytes(CreateChildExchange.NONCE_BYTES));
        List<Payload> response = new ArrayList<>();
        response.add(new Payload.Sa(answer.withSpi(Bytes.ofLong(newSpi))));
        response.add(new Payload.Nonce(nonceR));
        response.add(new Payload.Ke(suite.keyExchange(), agreed.publicValue()));
        CrashDetection.payload(session, peerSpi, newSpi).ifPresent(response::add);
        session.sendResponse(ExchangeType.CREATE_CHILD_SA, response);
        Session successor =
                IkeSuccession.replace(
                        session,
                        new IkeSuccession.Sources(
                                suite,
                                agreed.sharedSecret(),
                                nonceI,
                                nonceR,
                                newSpi,
                                peerSpi,
                                false));
        Collisions.ikeRekeyOf(session)
                .ifPresent(ours -> ours.meet(successor, Collisions.lower(nonceI, nonceR)));
        Exchanges.pump(successor);
    }

    private static void refuse(Session session, Payload.Notify error) {
        session.sendResponse(ExchangeType.CREATE_CHILD_SA, List.of(error));
    }
}
