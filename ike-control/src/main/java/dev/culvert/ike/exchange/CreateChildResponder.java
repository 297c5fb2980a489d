package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineSnapshot.ChildState;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.proposal.ProposalSelector.KeyExchangeUse;
import dev.culvert.ike.proposal.ProtocolId;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.ChildTimer;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.KeJobs;
import dev.culvert.ike.session.KeResult;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Answers CREATE_CHILD_SA (RFC 7296 section 1.3): a new child SA, one that replaces another, or a
 * new IKE SA.
 */
public final class CreateChildResponder {
    private CreateChildResponder() {}

    /**
     * Takes a request that has the payloads it must have; the response follows now or when a job is
     * done.
     */
    public static void onRequest(Session session, List<Payload> payloads) {
        List<Payload.Sa> offers = Payload.all(payloads, Payload.Sa.class);
        boolean forIke =
                offers.stream()
                        .flatMap(sa -> sa.proposals().stream())
                        .anyMatch(proposal -> proposal.protocol().equals(ProtocolId.IKE));
        if (forIke) {
            RekeyIkeResponder.onRequest(session, payloads);
            return;
        }
        Optional<Payload.Notify> rekey = Payload.notify(payloads, NotifyType.REKEY_SA);
        Optional<ChildSa> old = rekey.flatMap(notify -> byPeerSpi(session, notify));
        Optional<NotifyType> refusal =
                rekey.isPresent()
                        ? Collisions.onChildRekey(session, old)
                        : Collisions.onNewChild(session);
        if (refusal.isEmpty() && !hasSelectors(payloads)) {
            refusal = Optional.of(NotifyType.INVALID_SYNTAX);
        }
        if (refusal.isPresent()) {
            Payload.Notify answer =
                    refusal.get() == NotifyType.CHILD_SA_NOT_FOUND && rekey.isPresent()
                            ? new Payload.Notify(
                                    rekey.get().protocol(),
                                    rekey.get().spi(),
                                    refusal.get().value(),
                                    Bytes.EMPTY)
                            : Payload.Notify.of(refusal.get());
            session.sendResponse(ExchangeType.CREATE_CHILD_SA, List.of(answer));
            return;
        }
        switch (ChildChoice.choose(session, payloads, KeyExchangeUse.NEGOTIATED, old)) {
            case ChildChoice.Refused(NotifyType error) -> refuse(session, Payload.Notify.of(error));
            case ChildChoice.Chosen chosen -> exchangeKeys(session, payloads, chosen, old);
        }
    }

    private static boolean hasSelectors(List<Payload> payloads) {
        return Payload.first(payloads, Payload.TsI.class).isPresent()
                && Payload.first(payloads, Payload.TsR.class).isPresent();
    }

    private static void exchangeKeys(
            Session session,
            List<Payload> payloads,
            ChildChoice.Chosen chosen,
            Optional<ChildSa> old) {
        Bytes nonceI = Payload.first(payloads, Payload.Nonce.class).orElseThrow().data();
        Optional<KeyExchangeMethod> method =
                chosen.terms().suite().keyExchange().filter(m -> m != KeyExchangeMethod.NONE);
        if (method.isEmpty()) {
            answer(session, chosen, old, nonceI, Optional.empty());
            return;
        }
        Optional<Payload.Ke> theirs =
                Payload.first(payloads, Payload.Ke.class).filter(ke -> ke.method().equals(method));
        if (theirs.isEmpty()) {
            session.services().counters().increment(Counter.INVALID_KE_SENT);
            session.services().releaseSpi(chosen.terms().spiIn());
            refuse(session, invalidKe(method.get()));
            return;
        }
        session.services()
                .startCrypto(
                        session,
                        KeJobs.generateAndAgree(
                                method.get(), session.services().random(), theirs.get().data()),
                        result -> {
                            if (result instanceof KeResult.Agreed agreed) {
                                answer(session, chosen, old, nonceI, Optional.of(agreed));
                            } else {
                                result.discard();
                                session.services()
                                        .counters()
                                        .increment(Counter.FAILED_KEY_EXCHANGE);
                                session.services().releaseSpi(chosen.terms().spiIn());
                                refuse(session, Payload.Notify.of(NotifyType.INVALID_SYNTAX));
                            }
                        });
    }

    private static void answer(
            Session session,
            ChildChoice.Chosen chosen,
            Optional<ChildSa> old,
            Bytes nonceI,
            Optional<KeResult.Agreed> agreed) {
        Optional<NotifyType> refusal =
                old.isPresent()
                        ? Collisions.onChildRekey(session, old.filter(session.children()::contains))
                        : Collisions.onNewChild(session);
        if (refusal.isPresent()) {
            // Something of ours began while the job ran.
            agreed.ifPresent(KeResult.Agreed::discard);
            session.services().releaseSpi(chosen.terms().spiIn());
            refuse(session, Payload.Notify.of(refusal.get()));
            return;
        }
        Bytes nonceR = Bytes.of(session.services().random().bytes(CreateChildExchange.NONCE_BYTES));
        List<Payload> response = new ArrayList<>();
        response.add(new Payload.Sa(chosen.answer()));
        response.add(new Payload.Nonce(nonceR));
        agreed.ifPresent(a ->
                response.add(
                        new Payload.Ke(
                                chosen.terms().suite().keyExchange().orElseThrow(),
                                a.publicValue())));
        response.add(new Payload.TsI(chosen.terms().remoteSelectors()));
        response.add(new Payload.TsR(chosen.terms().localSelectors()));
        Optional<SecretBytes> sharedSecret = agreed.map(KeResult.Agreed::sharedSecret);
        ChildSa child =
                ChildInstaller.installInbound(
                        session,
                        chosen.terms(),
                        new ChildInstaller.KeySources(sharedSecret, nonceI, nonceR, false));
        Optional<ChildSa> replaced = old.filter(session.children()::contains);
        Optional<CreateChildExchange> ours =
                replaced.map(r -> Collisions.rekeyOf(session, r))
                        .orElseGet(() -> Collisions.creationOf(session, child));
        ours.ifPresent(exchange -> exchange.meet(child, Collisions.lower(nonceI, nonceR)));
        if (replaced.isEmpty()) {
            Takeover.startSending(session, child);
        }
        session.sendResponse(ExchangeType.CREATE_CHILD_SA, response);
        if (replaced.isEmpty()) {
            return;
        }
        // The peer can receive on the new SA only once it has our response; its deletion of the old
        // one, or its first packet
        // on the new one, shows that it has.
        replaced.get().setState(ChildState.REKEYED);
        replaced.get().timers().cancel(ChildTimer.SOFT);
    }

    private static Optional<ChildSa> byPeerSpi(Session session, Payload.Notify rekey) {
        if (!rekey.protocol().equals(ProtocolId.ESP) || rekey.spi().lengthBytes() != 4) {
            return Optional.empty();
        }
        int spi = (int) rekey.spi().toUnsignedLong();
        return session.children().stream().filter(child -> child.spiOut() == spi).findFirst();
    }

    private static void refuse(Session session, Payload.Notify error) {
        session.sendResponse(ExchangeType.CREATE_CHILD_SA, List.of(error));
    }

    /** INVALID_KE_PAYLOAD with the method that is wanted (RFC 7296 section 1.3). */
    static Payload.Notify invalidKe(KeyExchangeMethod method) {
        return Payload.Notify.of(
                NotifyType.INVALID_KE_PAYLOAD,
                Bytes.of(new byte[] {(byte) (method.id() >>> 8), (byte) method.id()}));
    }
}
