package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.EngineSnapshot.ChildState;
import dev.culvert.ike.crypto.KeyExchange;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.proposal.ProposalSelector.KeyExchangeUse;
import dev.culvert.ike.session.ChildOffer;
import dev.culvert.ike.session.ChildRequest;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.KeJobs;
import dev.culvert.ike.session.KeResult;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Sets up a child SA, or one that replaces another (CREATE_CHILD_SA, RFC 7296 sections 1.3.1 and
 * 1.3.3), as initiator.
 */
public final class CreateChildExchange implements Exchange {
    static final int NONCE_BYTES = 32;
    private static final int MOST_TRIES = 5;

    private final Session session;
    private final ChildRequest request;
    private final Optional<ChildSa> replaced;
    private Optional<ChildOffer> offer = Optional.empty();
    private Optional<KeyExchange> keyExchange = Optional.empty();
    private Optional<KeyExchangeMethod> demandedMethod = Optional.empty();
    private Bytes nonce = Bytes.EMPTY;
    private Optional<RedundantChild> rival = Optional.empty();
    private Optional<Cancellation> cancellation = Optional.empty();
    private boolean sent;
    private int tries;

    /** The child is to go, whatever the exchange makes. */
    private record Cancellation(EndCause cause, String reason) {}

    /**
     * What the peer's rekeying of the same child SA, or its creation of the same child, made while
     * ours was under way (RFC 7296 section 2.8.1).
     *
     * @param child what it made
     * @param lowestNonce the lower of its exchange's two nonces
     */
    private record RedundantChild(ChildSa child, Bytes lowestNonce) {}

    /** A new child SA. */
    public CreateChildExchange(Session session, ChildRequest request) {
        this(session, request, Optional.empty());
    }

    /** A child SA that replaces another. */
    public CreateChildExchange(Session session, ChildSa replaced) {
        this(session, new ChildRequest(replaced.config(), Optional.empty()), Optional.of(replaced));
    }

    private CreateChildExchange(Session session, ChildRequest request, Optional<ChildSa> replaced) {
        this.session = session;
        this.request = request;
        this.replaced = replaced;
    }

    /** The same on another IKE SA. */
    CreateChildExchange on(Session other) {
        return new CreateChildExchange(other, request, replaced);
    }

    /** The name of the child. */
    public String childName() {
        return request.child().name();
    }

    /** The child SA that is to be replaced. */
    public Optional<ChildSa> replaced() {
        return replaced;
    }

    /**
     * Whether its request may have reached the peer, which then sees both rekeyings, as this side
     * does.
     */
    boolean isSent() {
        return sent;
    }

    /** Notes what the peer's exchange for the same child has made meanwhile. */
    void meet(ChildSa made, Bytes lowestNonce) {
        rival = Optional.of(new RedundantChild(made, lowestNonce));
    }

    /** Has what the exchange makes deleted at once: its child was terminated meanwhile. */
    void cancel(EndCause cause, String reason) {
        cancellation = Optional.of(new Cancellation(cause, reason));
    }

    @Override
    public String name() {
        return replaced.isPresent() ? "CHILD_REKEY" : "CHILD_CREATE";
    }

    @Override
    public int priority() {
        return 2;
    }

    @Override
    public void start() {
        if (isPointless()) {
            Exchanges.finish(session, this);
            return;
        }
        replaced.ifPresent(child -> child.setState(ChildState.REKEYING));
        tries++;
        sent = false;
        session.earlyDeletions().clear();
        ChildOffer made = ChildOffers.offer(session, request, KeyExchangeUse.NEGOTIATED);
        offer = Optional.of(made);
        nonce = Bytes.of(session.services().random().bytes(NONCE_BYTES));
        Optional<KeyExchangeMethod> method =
                demandedMethod.or(() -> ChildOffers.methods(made).stream().findFirst());
        if (method.isEmpty() || method.get() == KeyExchangeMethod.NONE) {
            send(made);
            return;
        }
        session.services()
                .startCrypto(
                        session,
                        KeJobs.generate(method.get(), session.services().random()),
                        this::onGenerated);
    }

    private boolean isPointless() {
        if (replaced.isPresent()) {
            ChildSa child = replaced.get();
            return !session.children().contains(child)
                    || !(child.state() == ChildState.INSTALLED
                            || child.state() == ChildState.REKEYING);
        }
        Optional<ChildSa> existing =
                session.children().stream()
                        .filter(c -> c.isCurrent() && c.name().equals(childName()))
                        .findFirst();
        existing.ifPresent(child -> session.services().childUp(session, child));
        return existing.isPresent();
    }

    private void onGenerated(KeResult result) {
        if (result instanceof KeResult.Generated(KeyExchange ours)) {
            keyExchange = Optional.of(ours);
            if (isPointless()) {
                // While the job ran, the peer has replaced or deleted the child SA.
                releaseOffer();
                Exchanges.finish(session, this);
                return;
            }
            send(offer.orElseThrow());
        } else {
            result.discard();
            fail("the key exchange could not be computed");
        }
    }

    private void send(ChildOffer made) {
        List<Payload> payloads = new ArrayList<>();
        replaced.ifPresent(child ->
                payloads.add(
                        Payload.Notify.ofEsp(NotifyType.REKEY_SA, child.spiIn(), Bytes.EMPTY)));
        payloads.add(new Payload.Sa(made.proposals()));
        payloads.add(new Payload.Nonce(nonce));
        keyExchange.ifPresent(ke -> payloads.add(new Payload.Ke(ke.method(), ke.publicValue())));
        payloads.add(new Payload.TsI(made.localSelectors()));
        payloads.add(new Payload.TsR(made.remoteSelectors()));
        sent = true;
        session.sendRequest(ExchangeType.CREATE_CHILD_SA, payloads);
    }

    @Override
    public void onResponse(List<Payload> payloads) {
        Optional<Payload.Notify> error = Payload.firstError(payloads);
        if (error.isPresent()) {
            onError(error.get());
            return;
        }
        switch (ChildOffers.check(
                session, offer.orElseThrow(), payloads, KeyExchangeUse.NEGOTIATED)) {
            case ChildOffers.Answer.Unacceptable(String reason) -> refuseAnswer(reason);
            case ChildOffers.Answer.Accepted(ChildTerms terms) -> onTerms(terms, payloads);
        }
    }

    private void onTerms(ChildTerms terms, List<Payload> payloads) {
        Bytes nonceR = Payload.first(payloads, Payload.Nonce.class).orElseThrow().data();
        Optional<KeyExchangeMethod> method =
                terms.suite().keyExchange().filter(m -> m != KeyExchangeMethod.NONE);
        if (method.isEmpty()) {
            install(terms, Optional.empty(), nonceR);
            return;
        }
        Optional<Payload.Ke> theirs =
                Payload.first(payloads, Payload.Ke.class).filter(ke -> ke.method().equals(method));
        if (theirs.isEmpty() || keyExchange.filter(ke -> ke.method() == method.get()).isEmpty()) {
            refuseAnswer("the peer's KE payload does not belong to the method that it chose");
            return;
        }
        KeyExchange ours = keyExchange.orElseThrow();
        keyExchange = Optional.empty();
        session.services()
                .startCrypto(
                        session,
                        KeJobs.agree(ours, theirs.get().data()),
                        result -> {
                            if (result
                                    instanceof KeResult.Agreed(Bytes _, SecretBytes sharedSecret)) {
                                install(terms, Optional.of(sharedSecret), nonceR);
                            } else {
                                result.discard();
                                session.services()
                                        .counters()
                                        .increment(Counter.FAILED_KEY_EXCHANGE);
                                refuseAnswer("the peer's key exchange value is not acceptable");
                            }
                        });
    }

    private void install(ChildTerms terms, Optional<SecretBytes> sharedSecret, Bytes nonceR) {
        if (Collisions.wasDeletedEarly(session, terms.spiOut())) {
            sharedSecret.ifPresent(SecretBytes::destroy);
            fail("the peer deleted it at once");
            return;
        }
        offer = Optional.empty();
        discardKeyExchange();
        ChildSa child =
                ChildInstaller.installInbound(
                        session,
                        terms,
                        new ChildInstaller.KeySources(sharedSecret, nonce, nonceR, true));
        if (cancellation.isPresent()) {
            Cancellation why = cancellation.get();
            DeleteChildExchange.enqueue(session, child, why.cause(), why.reason());
            Exchanges.finish(session, this);
            return;
        }
        Bytes lowest = Collisions.lower(nonce, nonceR);
        if (rival.filter(other -> Collisions.isLower(lowest, other.lowestNonce()))
                .filter(other -> replaced.isPresent() || isSame(other.child(), child))
                .isPresent()) {
            // The peer may already send on it, so it was installed; nothing is ever sent on it
            // here. The old one is the peer's to delete.
            session.traceText("both sides have made " + childName() + ": the peer's SA stays");
            DeleteChildExchange.enqueue(session, child, EndCause.REPLACED, "redundant");
            if (replaced.isEmpty()) {
                session.services().childUp(session, rival.get().child());
            }
            Exchanges.finish(session, this);
            return;
        }
        // A creation of the peer is its own to delete, and it may not think of doing so.
        rival.map(RedundantChild::child)
                .filter(session.children()::contains)
                .filter(_ -> replaced.isPresent())
                .ifPresent(other -> {
                    session.traceText("both sides have rekeyed " + childName() + ": our SA stays");
                    Collisions.retire(other);
                });
        ChildInstaller.installOutbound(session, child);
        replaced.filter(session.children()::contains)
                .ifPresent(old ->
                        DeleteChildExchange.enqueue(session, old, EndCause.REPLACED, "rekeyed"));
        Exchanges.finish(session, this);
    }

    /** Whether the other one is still there and carries what this one does. */
    private boolean isSame(ChildSa other, ChildSa made) {
        return session.children().contains(other)
                && other.isCurrent()
                && other.localSelectors().equals(made.localSelectors())
                && other.remoteSelectors().equals(made.remoteSelectors());
    }

    private void onError(Payload.Notify error) {
        releaseOffer();
        if (isPointless()) {
            // The peer has rekeyed or deleted the child SA before it saw our request.
            Exchanges.finish(session, this);
            return;
        }
        Optional<KeyExchangeMethod> method = demanded(error);
        if (method.isPresent() && tries < MOST_TRIES) {
            demandedMethod = method;
            start();
            return;
        }
        if (error.is(NotifyType.TEMPORARY_FAILURE) && tries < MOST_TRIES) {
            leaveRekeying();
            Exchanges.postpone(session, this);
            return;
        }
        if (error.is(NotifyType.CHILD_SA_NOT_FOUND) && replaced.isPresent()) {
            loseReplaced(replaced.get());
            return;
        }
        alert(error);
        fail("the peer refused with " + error.name());
    }

    /**
     * The method that INVALID_KE_PAYLOAD asks for, if it is another one of those that we offered.
     */
    private Optional<KeyExchangeMethod> demanded(Payload.Notify error) {
        if (!error.is(NotifyType.INVALID_KE_PAYLOAD) || error.data().lengthBytes() != 2) {
            return Optional.empty();
        }
        return KeyExchangeMethod.of((int) error.data().toUnsignedLong())
                .filter(m ->
                        request.child().proposals().stream()
                                .anyMatch(p -> p.keyExchangeMethods().contains(m)))
                .filter(m -> !demandedMethod.equals(Optional.of(m)));
    }

    private void loseReplaced(ChildSa child) {
        // RFC 7296 section 2.25.1: the peer has deleted it, and its notice is on the way or was
        // lost.
        String connection = session.connection().orElseThrow().name();
        Endings.removeChild(session, child, EndCause.REPLACED, "the peer no longer has it");
        session.services().restartChild(connection, childName());
        Exchanges.finish(session, this);
    }

    private void alert(Payload.Notify error) {
        if (error.is(NotifyType.NO_PROPOSAL_CHOSEN)) {
            session.services().counters().increment(Counter.FAILED_NO_PROPOSAL);
            session.alert(
                    AlertType.PROPOSAL_MISMATCH_CHILD,
                    "child "
                            + childName()
                            + ": the peer accepts none of our ESP proposals; compare esp_proposals with its",
                    request.child().proposals().stream()
                            .map(p -> "ours:   " + p.displayName())
                            .toList());
        } else if (error.is(NotifyType.TS_UNACCEPTABLE)) {
            session.services().counters().increment(Counter.FAILED_TRAFFIC_SELECTORS);
            session.alert(
                    AlertType.TS_MISMATCH,
                    "child "
                            + childName()
                            + ": the peer allows none of our traffic selectors; compare local_ts and"
                            + " remote_ts with its");
        } else {
            session.alert(
                    AlertType.KEEP_ON_CHILD_SA_FAILURE,
                    "child "
                            + childName()
                            + ": the peer refused with "
                            + error.name()
                            + "; the IKE SA stays");
        }
    }

    /** The peer has an SA that we do not want: it is told to delete it. */
    private void refuseAnswer(String reason) {
        ChildOffer made = offer.orElseThrow();
        fail(reason);
        Exchanges.enqueue(session, new DisownExchange(session, made.spiIn()));
    }

    private void fail(String reason) {
        releaseOffer();
        leaveRekeying();
        if (replaced.isEmpty()) {
            session.services().childFailed(session, childName(), reason);
        }
        Exchanges.finish(session, this);
    }

    private void leaveRekeying() {
        replaced.filter(child -> child.state() == ChildState.REKEYING)
                .ifPresent(child -> child.setState(ChildState.INSTALLED));
    }

    private void releaseOffer() {
        offer.ifPresent(made -> session.services().releaseSpi(made.spiIn()));
        offer = Optional.empty();
        discardKeyExchange();
    }

    private void discardKeyExchange() {
        keyExchange.ifPresent(KeyExchange::destroy);
        keyExchange = Optional.empty();
    }

    @Override
    public void onAbandoned(String why) {
        releaseOffer();
        if (replaced.isEmpty()) {
            session.services().childFailed(session, childName(), why);
        }
    }
}
