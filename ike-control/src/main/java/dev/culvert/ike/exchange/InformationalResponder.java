package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.EngineSnapshot.ChildState;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.proposal.ProtocolId;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Answers INFORMATIONAL (RFC 7296 section 1.4): deletions, errors, and signs of life. */
public final class InformationalResponder {
    private InformationalResponder() {}

    /** Takes a request. */
    public static void onRequest(Session session, List<Payload> payloads) {
        if (deletesIke(payloads)) {
            deleteIke(session);
            return;
        }
        Optional<Payload.Notify> failure =
                Payload.notify(payloads, NotifyType.AUTHENTICATION_FAILED);
        if (failure.isPresent()) {
            session.sendResponse(ExchangeType.INFORMATIONAL, List.of());
            session.alert(
                    AlertType.LOCAL_AUTH_FAILED,
                    "the peer does not believe that we are "
                            + session.localId().map(id -> id.text()).orElse("who we say")
                            + "; compare the pre-shared keys and identities of both sides");
            Endings.endLingering(session, EndCause.FAILED, "the peer refused our authentication");
            return;
        }
        CrashDetection.note(session, payloads);
        Payload.notify(payloads, NotifyType.AUTH_LIFETIME)
                .ifPresent(notify -> AuthLifetime.onNotify(session, notify));
        List<ChildSa> deleted = deletedChildren(session, payloads);
        List<Integer> answered =
                deleted.stream().filter(Collisions::answerDeletion).map(ChildSa::spiIn).toList();
        List<Payload> response =
                new ArrayList<>(VirtualAddresses.answerInformational(session, payloads));
        response.addAll(MobikeResponder.answer(session, payloads));
        if (!answered.isEmpty()) {
            response.add(Payload.Delete.esp(answered));
        }
        session.sendResponse(ExchangeType.INFORMATIONAL, response);
        if (session.mobility().childPath().isPresent()) {
            Mobike.heir(session).ifPresent(Exchanges::pump);
        }
        Redirects.onInformational(session, payloads);
        for (ChildSa child : deleted) {
            boolean replaced = child.state() == ChildState.REKEYED;
            EndCause cause = Collisions.causeOfDeletion(session, child);
            if (replaced) {
                // First this, so that there is no moment without an SA to send on.
                Takeover.predecessorGone(session, child.name());
            }
            Endings.removeChild(
                    session, child, cause, replaced ? "rekeyed" : "deleted by the peer");
        }
    }

    private static void deleteIke(Session session) {
        boolean redundant =
                session.lineage().undecidedWith().filter(old -> !old.isGone()).isPresent();
        boolean rekeyed = redundant || session.phase() instanceof Phase.Rekeyed;
        boolean reauthenticated = isReauthenticated(session);
        if (reauthenticated) {
            // First this: once the peer has the response, it takes no more packets on the old SAs.
            session.children().forEach(child -> session.services().handOver(session, child));
        }
        session.sendResponse(ExchangeType.INFORMATIONAL, List.of());
        Optional<RekeyIkeExchange> ours =
                Collisions.ikeRekeyOf(session).filter(RekeyIkeExchange::isAgreeing);
        if (ours.isPresent() && session.phase() instanceof Phase.Rekeyed) {
            // The peer has both new IKE SAs and waits for this side to delete the redundant one.
            ours.get().noteDeletion();
            return;
        }
        if (redundant) {
            IkeSuccession.giveBack(session);
        }
        EndCause cause = rekeyed || reauthenticated ? EndCause.REPLACED : EndCause.PEER_DELETED;
        String reason = "deleted by the peer";
        if (rekeyed) {
            reason = "rekeyed";
        } else if (reauthenticated) {
            reason = "reauthenticated";
        }
        Endings.endLingering(session, cause, reason);
    }

    /** Whether all that the IKE SA carries is on a new one of the same peer. */
    private static boolean isReauthenticated(Session session) {
        List<Session> others = session.services().duplicatesOf(session);
        return !others.isEmpty()
                && session.children().stream()
                        .filter(ChildSa::isCurrent)
                        .allMatch(child ->
                                others.stream()
                                        .anyMatch(other -> other.hasCurrentChild(child.name())));
    }

    private static boolean deletesIke(List<Payload> payloads) {
        return Payload.all(payloads, Payload.Delete.class).stream()
                .anyMatch(delete -> delete.protocol().equals(ProtocolId.IKE));
    }

    private static List<ChildSa> deletedChildren(Session session, List<Payload> payloads) {
        List<ChildSa> found = new ArrayList<>();
        for (Payload.Delete delete : Payload.all(payloads, Payload.Delete.class)) {
            if (!delete.protocol().equals(ProtocolId.ESP)) {
                continue;
            }
            for (Bytes spi : delete.spis()) {
                Optional<ChildSa> known =
                        session.children().stream()
                                .filter(child -> spi.equals(Bytes.ofInt(child.spiOut())))
                                .findFirst();
                if (known.isEmpty() && spi.lengthBytes() == 4) {
                    Collisions.noteUnknownDeletion(session, (int) spi.toUnsignedLong());
                }
                known.filter(child -> !found.contains(child)).ifPresent(found::add);
            }
        }
        return found;
    }
}
