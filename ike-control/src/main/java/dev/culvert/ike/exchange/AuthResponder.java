package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.message.AuthMethod;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.proposal.ProposalSelector.KeyExchangeUse;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.session.SessionTimer;
import dev.culvert.ike.session.Tickets;
import dev.culvert.ike.wire.Bytes;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** IKE_AUTH as responder (RFC 7296 section 1.2). */
public final class AuthResponder {
    /** Why an IKE SA goes when {@code unique = replace}. */
    private static final String SUPERSEDED = "replaced by a new IKE SA of the same peer";

    private static final long REAUTHENTICATION_NS = 3_000_000_000L;
    private static final long PATIENT_REAUTHENTICATION_NS = 10_000_000_000L;

    private AuthResponder() {}

    /** Takes a request that has the payloads it must have. */
    public static void onRequest(
            Session session, Phase.InitAnswered answered, List<Payload> payloads) {
        Identity remoteId = Payload.first(payloads, Payload.IdI.class).orElseThrow().identity();
        Optional<Identity> wantedLocalId =
                Payload.first(payloads, Payload.IdR.class).map(Payload.IdR::identity);
        Optional<ConnectionConfig> connection = chooseConnection(session, remoteId, wantedLocalId);
        if (connection.isEmpty()) {
            refuse(session, "no connection matches");
            return;
        }
        session.setConnection(connection.get());
        Identity localId =
                Credentials.localId(connection.get(), session.path().local().getAddress());
        Optional<Payload.Auth> auth = Payload.first(payloads, Payload.Auth.class);
        Optional<String> problem = authenticate(session, answered, localId, remoteId, auth);
        if (problem.isPresent()) {
            session.alert(AlertType.PEER_AUTH_FAILED, problem.get());
            refuse(session, "the peer is not authentic");
            return;
        }
        session.setIdentities(localId, Optional.of(remoteId));
        boolean initialContact =
                connection.get().unique() != ConnectionConfig.Unique.NEVER
                        && Payload.notify(payloads, NotifyType.INITIAL_CONTACT).isPresent();
        List<Session> duplicates = session.services().duplicatesOf(session);
        if (!initialContact && !admits(session, connection.get(), duplicates)) {
            refuse(session, "the peer has an IKE SA already");
            return;
        }
        if (session.lineage().redirectPeerTo().isPresent()) {
            redirect(session, answered, localId, remoteId);
            return;
        }
        if (!childFits(connection.get(), payloads)) {
            session.alert(
                    AlertType.PEER_AUTH_FAILED,
                    connection.get().childless() == ConnectionConfig.Childless.NEVER
                            ? "the peer wants no child SA at first, which childless = never refuses"
                            : "the peer wants a child SA at once, which childless = force refuses");
            refuseWith(session, NotifyType.INVALID_SYNTAX, "childless does not allow it");
            return;
        }
        VirtualAddresses.Answer addresses =
                VirtualAddresses.answer(
                        session,
                        payloads,
                        duplicates,
                        replaced(session, duplicates, connection.get().unique(), initialContact));
        Mobike.onAuth(session, payloads);
        session.setPhase(new Phase.Established());
        session.services().established(session);
        SecretBytes secret = session.services().sharedSecret(localId, remoteId).orElseThrow();
        List<Payload> response = new ArrayList<>();
        response.add(new Payload.IdR(localId));
        response.add(Credentials.sign(session, answered.first(), secret, localId));
        CrashDetection.note(session, payloads);
        CrashDetection.payload(session).ifPresent(response::add);
        if (session.mobility().isAgreed()) {
            response.addAll(Mobike.announcement(session));
        }
        AuthLifetime.payload(session).ifPresent(response::add);
        addresses.reply().ifPresent(response::add);
        answerTicket(session, payloads).ifPresent(response::add);
        Optional<ChildSa> child = Optional.empty();
        if (addresses.refusal().isEmpty()) {
            child = answerChild(session, answered, payloads, response);
        } else {
            response.add(Payload.Notify.of(addresses.refusal().get()));
        }
        // First this: the peer's first packet may follow our response at once, and wants an answer.
        child.ifPresent(c -> Takeover.startSending(session, c));
        session.sendResponse(ExchangeType.IKE_AUTH, response);
        removeResumed(session, duplicates);
        removeDuplicates(session, duplicates, connection.get().unique(), initialContact);
        Exchanges.pump(session);
    }

    /** Uses the peer's ticket up, and gives it a new one if it asks for one. */
    private static Optional<Payload.Notify> answerTicket(Session session, List<Payload> payloads) {
        Tickets tickets = session.services().tickets();
        if (session.lineage().resumed().isPresent()) {
            tickets.use(session.lineage().resumed().get());
            session.services().counters().increment(Counter.IKE_SAS_RESUMED);
        }
        return Payload.notify(payloads, NotifyType.TICKET_REQUEST)
                .map(_ ->
                        tickets.enabled()
                                ? tickets.grant(session)
                                : Payload.Notify.of(NotifyType.TICKET_NACK));
    }

    /** The peer has lost the IKE SA that its ticket comes from (RFC 5723 section 4.3.4). */
    private static void removeResumed(Session session, List<Session> duplicates) {
        duplicates.stream()
                .filter(old -> isResumedBy(session, old) && !old.isGone())
                .forEach(old -> Endings.end(old, EndCause.REPLACED, "resumed by the peer"));
    }

    private static boolean isResumedBy(Session session, Session old) {
        return session.lineage()
                .resumed()
                .filter(ticket -> ticket.originId() == old.lineage().originId())
                .isPresent();
    }

    /** The duplicates that will not be for long, so that the new IKE SA gets their addresses. */
    private static List<Session> replaced(
            Session session,
            List<Session> duplicates,
            ConnectionConfig.Unique unique,
            boolean initialContact) {
        if (initialContact || unique == ConnectionConfig.Unique.REPLACE) {
            return duplicates;
        }
        // With keep it is not known yet which of the two goes, but one of them does.
        boolean oneGoes = unique == ConnectionConfig.Unique.KEEP;
        return duplicates.stream()
                .filter(old ->
                        isResumedBy(session, old)
                                || (oneGoes && old.path().remote().equals(session.path().remote())))
                .toList();
    }

    /** Whether {@code childless} allows a request with a child SA, or without one. */
    private static boolean childFits(ConnectionConfig connection, List<Payload> payloads) {
        boolean withChild = Payload.first(payloads, Payload.Sa.class).isPresent();
        return switch (connection.childless()) {
            case NEVER -> withChild;
            case FORCE -> !withChild;
            case ALLOW, PREFER -> true;
        };
    }

    /**
     * Sends a peer away that has authenticated (RFC 5685 section 6). It deletes the IKE SA; should
     * it not, this side forgets it as it would a peer that began and did not go on.
     */
    private static void redirect(
            Session session, Phase.InitAnswered answered, Identity localId, Identity remoteId) {
        SecretBytes secret = session.services().sharedSecret(localId, remoteId).orElseThrow();
        session.setPhase(new Phase.Established());
        session.services().established(session);
        session.services().counters().increment(Counter.REDIRECTS_SENT);
        session.sendResponse(
                ExchangeType.IKE_AUTH,
                List.of(
                        new Payload.IdR(localId),
                        Credentials.sign(session, answered.first(), secret, localId),
                        Payload.Notify.of(
                                NotifyType.REDIRECT,
                                session.lineage()
                                        .redirectPeerTo()
                                        .orElseThrow()
                                        .encode(Bytes.EMPTY))));
        session.timers()
                .set(
                        SessionTimer.HALF_OPEN,
                        session.services().nowNs()
                                + session.services().settings().halfOpenTimeoutNs());
    }

    private static Optional<ConnectionConfig> chooseConnection(
            Session session, Identity remoteId, Optional<Identity> wantedLocalId) {
        InetAddress local = session.path().local().getAddress();
        List<ConnectionConfig> byAddress =
                session.services().connectionsFor(local, session.path().remote().getAddress());
        List<ConnectionChoice.Candidate> candidates =
                ConnectionChoice.judge(
                        byAddress, local, remoteId, wantedLocalId, session.suite().orElseThrow());
        Optional<ConnectionConfig> best =
                candidates.stream()
                        .findFirst()
                        .filter(candidate -> candidate.obstacle().isEmpty())
                        .map(ConnectionChoice.Candidate::connection);
        if (best.isEmpty()) {
            session.alert(
                    AlertType.PEER_AUTH_FAILED,
                    "no connection fits the peer "
                            + remoteId.text()
                            + wantedLocalId.map(id -> ", which asks for " + id.text()).orElse("")
                            + "; correct the ids of one of the two sides",
                    candidates.stream()
                            .map(c ->
                                    "connection "
                                            + c.connection().name()
                                            + ": "
                                            + c.obstacle().orElse(""))
                            .toList());
        }
        return best;
    }

    /** What is wrong with the peer's proof, if anything. */
    private static Optional<String> authenticate(
            Session session,
            Phase.InitAnswered answered,
            Identity localId,
            Identity remoteId,
            Optional<Payload.Auth> auth) {
        if (auth.isEmpty()) {
            return Optional.of(
                    "the peer "
                            + remoteId.text()
                            + " wants EAP, but a pre-shared key is expected; set auth = psk at the peer");
        }
        if (auth.get().method() != AuthMethod.SHARED_KEY.value()) {
            return Optional.of(
                    "the peer "
                            + remoteId.text()
                            + " authenticates with "
                            + Credentials.methodName(auth.get().method())
                            + ", but a pre-shared key is expected; set auth = psk at the peer");
        }
        Optional<SecretBytes> secret = session.services().sharedSecret(localId, remoteId);
        if (secret.isEmpty()) {
            return Optional.of(
                    AuthInitiator.noSecret(localId, remoteId)
                            + "; add a section secrets.ike… with these ids");
        }
        if (!Credentials.verify(session, answered.first(), secret.get(), remoteId, auth.get())) {
            return Optional.of(
                    "the peer's proof that it is "
                            + remoteId.text()
                            + " is wrong: the pre-shared keys of the two sides differ");
        }
        return Optional.empty();
    }

    /**
     * Whether the new IKE SA may be, next to others of the same identities. From the same host it
     * may be a reauthentication, which shows when the peer deletes the others.
     */
    private static boolean admits(
            Session session, ConnectionConfig connection, List<Session> duplicates) {
        if (connection.unique() != ConnectionConfig.Unique.KEEP
                || duplicates.stream().allMatch(other -> isSameHost(session, other))) {
            return true;
        }
        session.alert(
                AlertType.UNIQUE_KEEP,
                "refused a second IKE SA of "
                        + session.remoteId().orElseThrow().text()
                        + " (unique = keep); terminate the old one to let the new one in");
        return false;
    }

    /** Applies {@code unique} to the others, once the new IKE SA carries traffic. */
    private static void removeDuplicates(
            Session session,
            List<Session> duplicates,
            ConnectionConfig.Unique unique,
            boolean initialContact) {
        if (initialContact) {
            for (Session duplicate : duplicates) {
                // The peer has forgotten it; if that is not so after all, because two set-ups
                // crossed, it learns it now.
                Endings.endTelling(
                        duplicate,
                        EndCause.REPLACED,
                        "the peer started afresh (INITIAL_CONTACT)",
                        Payload.Delete.ike());
            }
        } else if (unique == ConnectionConfig.Unique.REPLACE && !duplicates.isEmpty()) {
            session.alert(
                    AlertType.UNIQUE_REPLACE,
                    "a new IKE SA of "
                            + session.remoteId().orElseThrow().text()
                            + " replaces the old one (unique = replace)");
            for (Session duplicate : duplicates) {
                if (isSameHost(session, duplicate)) {
                    // Most likely a reauthentication: the peer moves its children, and deletes the
                    // old one itself.
                    decideIn(duplicate, REAUTHENTICATION_NS);
                } else {
                    DeleteIkeExchange.enqueue(duplicate, EndCause.REPLACED, SUPERSEDED);
                }
            }
        } else if (unique == ConnectionConfig.Unique.KEEP && !duplicates.isEmpty()) {
            decideIn(session, PATIENT_REAUTHENTICATION_NS);
        }
    }

    private static void decideIn(Session session, long waitNs) {
        session.timers().set(SessionTimer.SUPERSEDED, session.services().nowNs() + waitNs);
        session.services().touch(session);
    }

    /**
     * Applies {@code unique} once a reauthentication would be over: one of two IKE SAs of the same
     * peer goes, {@code session}.
     */
    public static void decide(Session session) {
        boolean keeps =
                session.connection()
                        .filter(c -> c.unique() == ConnectionConfig.Unique.KEEP)
                        .isPresent();
        if (!keeps) {
            DeleteIkeExchange.enqueue(session, EndCause.REPLACED, SUPERSEDED);
        } else if (!session.services().duplicatesOf(session).isEmpty()) {
            session.alert(
                    AlertType.UNIQUE_KEEP,
                    "deletes a second IKE SA of "
                            + session.remoteId().orElseThrow().text()
                            + " (unique = keep), as the peer did not delete the first, which a"
                            + " reauthentication would have done");
            DeleteIkeExchange.enqueue(
                    session, EndCause.REPLACED, "the first IKE SA of the peer is kept");
        }
    }

    private static boolean isSameHost(Session one, Session other) {
        return one.path().remote().getAddress().equals(other.path().remote().getAddress());
    }

    private static Optional<ChildSa> answerChild(
            Session session,
            Phase.InitAnswered answered,
            List<Payload> payloads,
            List<Payload> response) {
        boolean asked =
                Payload.first(payloads, Payload.Sa.class).isPresent()
                        && Payload.first(payloads, Payload.TsI.class).isPresent()
                        && Payload.first(payloads, Payload.TsR.class).isPresent();
        if (!asked) {
            return Optional.empty();
        }
        return switch (ChildChoice.choose(
                session, payloads, KeyExchangeUse.IGNORED, Optional.empty())) {
            case ChildChoice.Refused(NotifyType error) -> {
                response.add(Payload.Notify.of(error));
                session.alert(
                        AlertType.KEEP_ON_CHILD_SA_FAILURE,
                        "the first child SA failed with " + error + "; the IKE SA stays");
                yield Optional.empty();
            }
            case ChildChoice.Chosen chosen -> {
                response.addAll(chosen.payloads());
                yield Optional.of(
                        ChildInstaller.installInbound(
                                session,
                                chosen.terms(),
                                new ChildInstaller.KeySources(
                                        Optional.empty(),
                                        answered.first().nonceI(),
                                        answered.first().nonceR(),
                                        false)));
            }
        };
    }

    private static void refuse(Session session, String reason) {
        refuseWith(session, NotifyType.AUTHENTICATION_FAILED, reason);
    }

    private static void refuseWith(Session session, NotifyType error, String reason) {
        session.services().counters().increment(Counter.FAILED_AUTHENTICATION);
        session.sendResponse(ExchangeType.IKE_AUTH, List.of(Payload.Notify.of(error)));
        Endings.endLingering(session, EndCause.FAILED, reason);
    }
}
