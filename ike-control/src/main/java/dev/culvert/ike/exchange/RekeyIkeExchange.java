package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.crypto.KeyExchange;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.proposal.Proposal;
import dev.culvert.ike.proposal.ProposalSelector;
import dev.culvert.ike.proposal.Selection;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.KeJobs;
import dev.culvert.ike.session.KeResult;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.session.SessionTimer;
import dev.culvert.ike.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Replaces the IKE SA by a new one that takes over its children (RFC 7296 sections 1.3.2 and 2.8),
 * as initiator.
 */
public final class RekeyIkeExchange implements Exchange {
    private static final int MOST_TRIES = 5;
    private static final long RETRY_NS = 60_000_000_000L;

    private final Session session;
    private Optional<KeyExchange> keyExchange = Optional.empty();
    private KeyExchangeMethod method;
    private List<Proposal> proposals = List.of();
    private Bytes nonce = Bytes.EMPTY;
    private long newSpi;
    private Optional<Rival> rival = Optional.empty();
    private boolean sent;
    private boolean agreeing;
    private boolean deletedByPeer;
    private int tries;

    /**
     * What the peer's rekeying of the same IKE SA made while ours was under way (RFC 7296 section
     * 2.8.2). It has the children until it is known which of the two stays.
     *
     * @param session what it made
     * @param lowestNonce the lower of its exchange's two nonces
     */
    private record Rival(Session session, Bytes lowestNonce) {}

    public RekeyIkeExchange(Session session) {
        this.session = session;
        // What both sides could do for this SA is what they most likely can do for the next.
        this.method = session.suite().orElseThrow().keyExchange();
    }

    /** Whether its request may have reached the peer. */
    boolean isSent() {
        return sent;
    }

    /** Whether the peer has answered, and only the key exchange is still being computed. */
    boolean isAgreeing() {
        return agreeing;
    }

    /** The peer has deleted the old IKE SA, which goes as soon as this exchange has ended. */
    void noteDeletion() {
        deletedByPeer = true;
    }

    /** Notes what the peer's rekeying of the same IKE SA has made meanwhile. */
    void meet(Session made, Bytes lowestNonce) {
        rival = Optional.of(new Rival(made, lowestNonce));
        made.lineage().holdUndecided(session);
    }

    @Override
    public String name() {
        return "IKE_REKEY";
    }

    @Override
    public int priority() {
        return 2;
    }

    @Override
    public void start() {
        tries++;
        sent = false;
        session.services()
                .startCrypto(
                        session,
                        KeJobs.generate(method, session.services().random()),
                        result -> {
                            if (result instanceof KeResult.Generated(KeyExchange ours)) {
                                keyExchange = Optional.of(ours);
                                onGenerated(ours);
                            } else {
                                result.discard();
                                giveUp("the key exchange could not be computed");
                            }
                        });
    }

    private void onGenerated(KeyExchange ours) {
        if (session.isEstablished()) {
            send(ours);
        } else {
            // While the job ran, the peer has rekeyed it.
            discard();
            Exchanges.finish(session, this);
        }
    }

    private void send(KeyExchange ours) {
        newSpi = session.services().allocateIkeSpi();
        nonce = Bytes.of(session.services().random().bytes(CreateChildExchange.NONCE_BYTES));
        List<Proposal> numbered = new ArrayList<>();
        for (Proposal proposal : session.connection().orElseThrow().proposals()) {
            numbered.add(proposal.withNumber(numbered.size() + 1).withSpi(Bytes.ofLong(newSpi)));
        }
        proposals = List.copyOf(numbered);
        sent = true;
        session.sendRequest(
                ExchangeType.CREATE_CHILD_SA,
                List.of(
                        new Payload.Sa(proposals),
                        new Payload.Nonce(nonce),
                        new Payload.Ke(ours.method(), ours.publicValue())));
    }

    @Override
    public void onResponse(List<Payload> payloads) {
        Optional<Payload.Notify> error = Payload.firstError(payloads);
        if (error.isPresent()) {
            onError(error.get());
            return;
        }
        List<Proposal> answered =
                Payload.first(payloads, Payload.Sa.class)
                        .map(Payload.Sa::proposals)
                        .orElse(List.of());
        switch (ProposalSelector.acceptIke(proposals, answered)) {
            case Selection.None<IkeSuite>(var mismatch) -> {
                session.alert(
                        AlertType.PROPOSAL_MISMATCH_IKE,
                        "rekeying the IKE SA: the peer chose algorithms that were not offered; it is at fault",
                        mismatch.describe().lines().toList());
                giveUp("the peer chose algorithms that were not offered");
            }
            case Selection.Chosen<IkeSuite>(IkeSuite suite, Bytes peerSpi, Proposal _) ->
                    agree(payloads, suite, peerSpi);
        }
    }

    private void agree(List<Payload> payloads, IkeSuite suite, Bytes peerSpi) {
        Optional<Payload.Ke> theirs =
                Payload.first(payloads, Payload.Ke.class)
                        .filter(ke -> ke.method().equals(Optional.of(suite.keyExchange())));
        Optional<Payload.Nonce> nonceR = Payload.first(payloads, Payload.Nonce.class);
        if (theirs.isEmpty()
                || nonceR.isEmpty()
                || suite.keyExchange() != method
                || peerSpi.lengthBytes() != 8
                || peerSpi.toUnsignedLong() == 0) {
            giveUp("the peer's answer does not belong to our offer");
            return;
        }
        KeyExchange ours = keyExchange.orElseThrow();
        keyExchange = Optional.empty();
        agreeing = true;
        session.services()
                .startCrypto(
                        session,
                        KeJobs.agree(ours, theirs.get().data()),
                        result -> {
                            if (result
                                    instanceof KeResult.Agreed(Bytes _, SecretBytes sharedSecret)) {
                                replace(
                                        suite,
                                        sharedSecret,
                                        nonceR.get().data(),
                                        peerSpi.toUnsignedLong(),
                                        payloads);
                            } else {
                                result.discard();
                                session.services()
                                        .counters()
                                        .increment(Counter.FAILED_KEY_EXCHANGE);
                                giveUp("the peer's key exchange value is not acceptable");
                            }
                        });
    }

    private void replace(
            IkeSuite suite,
            SecretBytes sharedSecret,
            Bytes nonceR,
            long peerSpi,
            List<Payload> payloads) {
        session.queue().finish(this);
        IkeSuccession.Sources sources =
                new IkeSuccession.Sources(
                        suite, sharedSecret, nonce, nonceR, newSpi, peerSpi, true);
        Bytes lowest = Collisions.lower(nonce, nonceR);
        if (rival.filter(other -> Collisions.isLower(lowest, other.lowestNonce())).isPresent()) {
            lose(sources);
            return;
        }
        Session successor = IkeSuccession.replace(session, sources);
        rival.map(Rival::session)
                .filter(Session::isEstablished)
                .ifPresent(other -> {
                    // The peer deletes it, unless it has never learnt of it.
                    session.traceText("both sides have rekeyed the IKE SA: ours stays");
                    other.lineage().decide();
                    IkeSuccession.inherit(other, successor);
                    IkeSuccession.retire(other);
                });
        CrashDetection.note(successor, payloads);
        if (deletedByPeer) {
            endDeleted();
        } else {
            DeleteIkeExchange.enqueue(session, EndCause.REPLACED, "rekeyed");
        }
        Exchanges.enqueue(successor, new TokenExchange(successor));
    }

    private void endDeleted() {
        Endings.endLingering(session, EndCause.REPLACED, "rekeyed");
    }

    /** The peer's new IKE SA stays; the peer deletes the old one, and this side its own new one. */
    private void lose(IkeSuccession.Sources sources) {
        session.traceText("both sides have rekeyed the IKE SA: the peer's stays");
        Session redundant = IkeSuccession.redundant(session, sources);
        DeleteIkeExchange.enqueue(redundant, EndCause.REPLACED, "redundant");
        Session survivor = rival.orElseThrow().session();
        if (survivor.isGone() && session.isEstablished()) {
            Endings.end(session, EndCause.PEER_DELETED, "deleted by the peer");
            return;
        }
        yieldToRival();
        if (deletedByPeer) {
            endDeleted();
        }
    }

    /** The IKE SA that the peer made stays. */
    private void yieldToRival() {
        rival.map(Rival::session)
                .filter(other -> !other.isGone())
                .ifPresent(other -> {
                    other.lineage().decide();
                    Exchanges.pump(other);
                });
    }

    private void onError(Payload.Notify error) {
        discard();
        if (!session.isEstablished()) {
            // The peer has rekeyed it before it saw our request.
            yieldToRival();
            Exchanges.finish(session, this);
            return;
        }
        if (error.is(NotifyType.INVALID_KE_PAYLOAD)
                && error.data().lengthBytes() == 2
                && tries < MOST_TRIES) {
            Optional<KeyExchangeMethod> wanted =
                    KeyExchangeMethod.of((int) error.data().toUnsignedLong())
                            .filter(m -> m != method)
                            .filter(m ->
                                    session.connection().orElseThrow().proposals().stream()
                                            .anyMatch(p -> p.keyExchangeMethods().contains(m)));
            if (wanted.isPresent()) {
                method = wanted.get();
                start();
                return;
            }
        }
        if (error.is(NotifyType.TEMPORARY_FAILURE) && tries < MOST_TRIES) {
            Exchanges.postpone(session, this);
            return;
        }
        session.alert(
                AlertType.PROPOSAL_MISMATCH_IKE,
                "the peer refused to rekey the IKE SA with "
                        + error.name()
                        + "; it is tried again before its life ends");
        giveUp("the peer refused with " + error.name());
    }

    private void giveUp(String reason) {
        discard();
        session.traceText("rekeying the IKE SA failed: " + reason);
        yieldToRival();
        if (deletedByPeer) {
            endDeleted();
            return;
        }
        if (session.isEstablished()) {
            session.timers().set(SessionTimer.IKE_SOFT, session.services().nowNs() + RETRY_NS);
        }
        Exchanges.finish(session, this);
    }

    private void discard() {
        keyExchange.ifPresent(KeyExchange::destroy);
        keyExchange = Optional.empty();
    }

    @Override
    public void onAbandoned(String why) {
        discard();
        yieldToRival();
    }
}
