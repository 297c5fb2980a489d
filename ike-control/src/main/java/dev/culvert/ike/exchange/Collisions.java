package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineSnapshot.ChildState;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.Session;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Decides what a request of the peer means when it crosses something that this side has begun (RFC
 * 7296 sections 2.8 and 2.25). All decisions about collisions are here.
 *
 * <p>When both sides begin to rekey the same SA at the same time, each refuses the other's request
 * with TEMPORARY_FAILURE, and both try again after a time that chance decides. A peer that answers
 * ours nevertheless has rekeyed, and drops its own.
 */
final class Collisions {
    private static final int MOST_EARLY_DELETIONS = 16;

    private Collisions() {}

    /** Whether the peer may set up another child SA now; if not, the error to answer with. */
    static Optional<NotifyType> onNewChild(Session session) {
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
                .orElse(Optional.of(NotifyType.CHILD_SA_NOT_FOUND));
    }

    private static Optional<NotifyType> onChildRekey(ChildState state) {
        return switch (state) {
            case INSTALLED, INSTALLING -> Optional.empty();
            case REKEYING, DELETING -> Optional.of(NotifyType.TEMPORARY_FAILURE);
            case REKEYED -> Optional.of(NotifyType.CHILD_SA_NOT_FOUND);
        };
    }

    /**
     * Whether the peer may rekey the IKE SA now: not while children are negotiated or deleted from
     * this side.
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
                || exchange instanceof DeleteIkeExchange
                || exchange instanceof RekeyIkeExchange;
    }
}
