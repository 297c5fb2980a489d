package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineSnapshot.ChildState;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.ChildTimer;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.Bytes;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Decides what a request of the peer means when it crosses something that this side has begun (RFC
 * 7296 sections 2.8 and 2.25). All decisions about collisions are here.
 *
 * <p>When both sides rekey the same SA at the same time, each answers the other as usual, and there
 * are two new SAs. The one whose exchange had the lowest of the four nonces is redundant: whoever
 * began that exchange deletes it; the other side deletes the SA that was rekeyed (RFC 7296 sections
 * 2.8.1 and 2.8.2).
 *
 * <p>When both sides create the same child at the same time, the RFC leaves both SAs. The same
 * comparison ends one of them here: whoever began the exchange with the lowest nonce deletes what
 * it made. A peer that does not compare keeps both SAs or loses ours, and either works.
 */
final class Collisions {
    private static final int MOST_EARLY_DELETIONS = 16;

    private Collisions() {}

    /** Whether the peer may set up another child SA now; if not, the error to answer with. */
    static Optional<NotifyType> onNewChild(Session session) {
        if (session.phase() instanceof Phase.Rekeyed) {
            return Optional.of(NotifyType.TEMPORARY_FAILURE);
        }
        if (!(session.phase() instanceof Phase.Established)) {
            return Optional.of(NotifyType.NO_ADDITIONAL_SAS);
        }
        return isRekeyingIke(session)
                ? Optional.of(NotifyType.TEMPORARY_FAILURE)
                : Optional.empty();
    }

    /**
     * Whether the peer may rekey a child SA now.
     *
     * @param child the one that it names, if there is one
     */
    static Optional<NotifyType> onChildRekey(Session session, Optional<ChildSa> child) {
        Optional<NotifyType> refusal = onNewChild(session);
        if (refusal.isPresent()) {
            return refusal;
        }
        return child.map(ChildSa::state)
                .map(Collisions::onChildRekey)
                .orElseGet(() -> Optional.of(onUnknownRekey(session)));
    }

    /** The peer may mean the child SA that we are creating: its response has not come yet. */
    private static NotifyType onUnknownRekey(Session session) {
        boolean creating =
                session.queue().active().filter(CreateChildExchange.class::isInstance).isPresent();
        return creating ? NotifyType.TEMPORARY_FAILURE : NotifyType.CHILD_SA_NOT_FOUND;
    }

    private static Optional<NotifyType> onChildRekey(ChildState state) {
        return switch (state) {
            case INSTALLED, INSTALLING, REKEYING -> Optional.empty();
            case DELETING -> Optional.of(NotifyType.TEMPORARY_FAILURE);
            case REKEYED -> Optional.of(NotifyType.CHILD_SA_NOT_FOUND);
        };
    }

    /** Our own rekeying of a child SA, if its request is on its way. */
    static Optional<CreateChildExchange> rekeyOf(Session session, ChildSa child) {
        return session.queue()
                .active()
                .filter(CreateChildExchange.class::isInstance)
                .map(CreateChildExchange.class::cast)
                .filter(CreateChildExchange::isSent)
                .filter(exchange -> exchange.replaced().filter(c -> c == child).isPresent());
    }

    /** Our own creation of a child that the peer creates as well, if its request is on its way. */
    static Optional<CreateChildExchange> creationOf(Session session, ChildSa made) {
        return session.queue()
                .active()
                .filter(CreateChildExchange.class::isInstance)
                .map(CreateChildExchange.class::cast)
                .filter(CreateChildExchange::isSent)
                .filter(exchange -> exchange.replaced().isEmpty())
                .filter(exchange -> exchange.childName().equals(made.name()));
    }

    /** A child SA is deleted by this side: what our rekeying of it makes goes too. */
    static void cancelRekeyOf(Session session, ChildSa child, EndCause cause, String reason) {
        rekeyOf(session, child).ifPresent(exchange -> exchange.cancel(cause, reason));
    }

    /** The lower of the two nonces of an exchange. */
    static Bytes lower(Bytes one, Bytes other) {
        return isLower(one, other) ? one : other;
    }

    /**
     * Whether a nonce is lower than another: octet by octet, and where one is the beginning of the
     * other, the shorter one (RFC 7296 section 2.8.1).
     */
    static boolean isLower(Bytes one, Bytes other) {
        return Arrays.compareUnsigned(one.toArray(), other.toArray()) < 0;
    }

    /** A redundant child SA that the peer made: it receives until the peer deletes it. */
    static void retire(ChildSa redundant) {
        if (redundant.isCurrent()) {
            redundant.setState(ChildState.REKEYED);
            redundant.timers().cancel(ChildTimer.SOFT);
            redundant.timers().cancel(ChildTimer.INACTIVITY);
        }
    }

    /**
     * Whether the peer may rekey the IKE SA now: not while children are negotiated or deleted from
     * this side, and not when it has been rekeyed or is being deleted.
     */
    static Optional<NotifyType> onIkeRekey(Session session) {
        if (!(session.phase() instanceof Phase.Established)) {
            return Optional.of(NotifyType.TEMPORARY_FAILURE);
        }
        boolean busy = session.queue().active().filter(Collisions::changesSas).isPresent();
        return busy ? Optional.of(NotifyType.TEMPORARY_FAILURE) : Optional.empty();
    }

    /**
     * What a child SA is to its peer's request to delete it; this side's own request to delete it
     * needs no further answer.
     */
    static boolean answerDeletion(ChildSa child) {
        return child.state() != ChildState.DELETING;
    }

    /**
     * Why a child SA goes that the peer deletes: when this side is deleting it as well, for this
     * side's reason.
     */
    static EndCause causeOfDeletion(Session session, ChildSa child) {
        if (child.state() == ChildState.REKEYED) {
            return EndCause.REPLACED;
        }
        return Stream.concat(session.queue().active().stream(), session.queue().waiting().stream())
                .filter(DeleteChildExchange.class::isInstance)
                .map(DeleteChildExchange.class::cast)
                .filter(deletion -> deletion.child() == child)
                .map(DeleteChildExchange::cause)
                .findFirst()
                .orElse(EndCause.PEER_DELETED);
    }

    /**
     * Notes that the peer deletes an SPI that is not known: it may belong to a child SA whose
     * creation is still under way.
     */
    static void noteUnknownDeletion(Session session, int spi) {
        boolean creating =
                session.queue().active().filter(CreateChildExchange.class::isInstance).isPresent();
        if (creating && session.earlyDeletions().size() < MOST_EARLY_DELETIONS) {
            session.earlyDeletions().add(spi);
        }
    }

    /**
     * Whether the peer has deleted a child SA before its creation ended here; the notes are used
     * up.
     */
    static boolean wasDeletedEarly(Session session, int spi) {
        boolean deleted = session.earlyDeletions().contains(spi);
        session.earlyDeletions().clear();
        return deleted;
    }

    private static boolean isRekeyingIke(Session session) {
        return session.queue().active().filter(RekeyIkeExchange.class::isInstance).isPresent();
    }

    private static boolean changesSas(Exchange exchange) {
        return exchange instanceof CreateChildExchange
                || exchange instanceof DeleteChildExchange
                || exchange instanceof DisownExchange
                || exchange instanceof DeleteIkeExchange;
    }

    /** Our own rekeying of the IKE SA, if its request is on its way. */
    static Optional<RekeyIkeExchange> ikeRekeyOf(Session session) {
        return session.queue()
                .active()
                .filter(RekeyIkeExchange.class::isInstance)
                .map(RekeyIkeExchange.class::cast)
                .filter(RekeyIkeExchange::isSent);
    }
}
