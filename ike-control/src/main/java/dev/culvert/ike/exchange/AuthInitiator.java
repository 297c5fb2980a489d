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
import dev.culvert.ike.session.ChildOffer;
import dev.culvert.ike.session.ChildRequest;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * IKE_AUTH as initiator (RFC 7296 section 1.2): both sides prove who they are, and the first child
 * SA.
 */
public final class AuthInitiator {
    private AuthInitiator() {}

    /** Sends the request. */
    static void send(Session session, Phase.FirstMessages first) {
        ConnectionConfig connection = session.connection().orElseThrow();
        Identity localId = Credentials.localId(connection, session.path().local().getAddress());
        Identity expected = connection.remoteId();
        Identity lookedFor =
                Credentials.isConcrete(expected)
                        ? expected
                        : new Identity.Ip(IpAddress.of(session.path().remote().getAddress()));
        Optional<SecretBytes> secret = session.services().sharedSecret(localId, lookedFor);
        if (secret.isEmpty()) {
            session.services().counters().increment(Counter.FAILED_AUTHENTICATION);
            session.alert(
                    AlertType.LOCAL_AUTH_FAILED,
                    noSecret(localId, lookedFor) + "; add a section secrets.ike… with these ids");
            Endings.end(session, EndCause.FAILED, "no pre-shared key for the peer");
            return;
        }
        session.setIdentities(localId, Optional.empty());
        // Without a child, all of them follow one by one (RFC 6023).
        boolean childless =
                session.peerAbilities().isChildless()
                        && (connection.childless() == ConnectionConfig.Childless.PREFER
                                || connection.childless() == ConnectionConfig.Childless.FORCE);
        Optional<ChildOffer> child =
                session.pendingChildren().values().stream()
                        .filter(request -> !childless)
                        .findFirst()
                        .map(request ->
                                ChildOffers.offer(session, request, KeyExchangeUse.IGNORED));
        List<Payload> payloads = new ArrayList<>();
        payloads.add(new Payload.IdI(localId));
        if (connection.unique() != ConnectionConfig.Unique.NEVER
                && !session.services().hasOtherWith(session, localId, expected)) {
            payloads.add(Payload.Notify.of(NotifyType.INITIAL_CONTACT));
        }
        if (Credentials.isConcrete(expected)) {
            payloads.add(new Payload.IdR(expected));
        }
        payloads.add(Credentials.sign(session, first, secret.get(), localId));
        VirtualAddresses.request(session).ifPresent(payloads::add);
        child.ifPresent(offer -> payloads.addAll(ChildOffers.payloads(offer)));
        if (session.services().tickets().enabled()) {
            payloads.add(Payload.Notify.of(NotifyType.TICKET_REQUEST));
        }
        CrashDetection.payload(session).ifPresent(payloads::add);
        payloads.addAll(Mobike.announcement(session));
        session.setPhase(new Phase.AuthSent(first, child));
        session.sendRequest(ExchangeType.IKE_AUTH, payloads);
    }

    /** Takes the response. */
    public static void onResponse(Session session, Phase.AuthSent sent, List<Payload> payloads) {
        Optional<Payload.IdR> idR = Payload.first(payloads, Payload.IdR.class);
        Optional<Payload.Auth> auth = Payload.first(payloads, Payload.Auth.class);
        if (idR.isEmpty() || auth.isEmpty()) {
            onRefusal(session, payloads);
            return;
        }
        Identity remoteId = idR.get().identity();
        Identity expected = session.connection().orElseThrow().remoteId();
        Identity localId = session.localId().orElseThrow();
        if (!remoteId.matches(expected)) {
            failPeer(
                    session,
                    "the peer says it is "
                            + remoteId.text()
                            + ", but remote.id asks for "
                            + expected.text()
                            + "; correct one of the two");
            return;
        }
        if (auth.get().method() != AuthMethod.SHARED_KEY.value()) {
            failPeer(
                    session,
                    "the peer authenticates with "
                            + Credentials.methodName(auth.get().method())
                            + ", but a pre-shared key is expected; set auth = psk at the peer");
            return;
        }
        Optional<SecretBytes> secret = session.services().sharedSecret(localId, remoteId);
        if (secret.isEmpty()) {
            failPeer(
                    session,
                    noSecret(localId, remoteId) + "; add a section secrets.ike… with these ids");
            return;
        }
        if (!Credentials.verify(session, sent.first(), secret.get(), remoteId, auth.get())) {
            failPeer(
                    session,
                    "the peer's proof that it is "
                            + remoteId.text()
                            + " is wrong: the pre-shared keys of the two sides differ");
            return;
        }
        session.setIdentities(localId, Optional.of(remoteId));
        if (Redirects.onAuth(session, payloads)) {
            return;
        }
        Optional<String> noAddress = VirtualAddresses.onReply(session, payloads);
        if (noAddress.isPresent()) {
            session.alert(AlertType.VIP_FAILURE, noAddress.get());
            Endings.endTelling(session, EndCause.FAILED, noAddress.get(), Payload.Delete.ike());
            return;
        }
        Mobike.onAuth(session, payloads);
        session.setPhase(new Phase.Established());
        session.services().established(session);
        noteTicket(session, payloads);
        CrashDetection.note(session, payloads);
        Payload.notify(payloads, NotifyType.AUTH_LIFETIME)
                .ifPresent(notify -> AuthLifetime.onNotify(session, notify));
        sent.child().ifPresent(offer -> onChild(session, sent, offer, payloads));
        queueOtherChildren(session);
    }

    private static void noteTicket(Session session, List<Payload> payloads) {
        if (session.lineage().resumed().isPresent()) {
            session.services().counters().increment(Counter.IKE_SAS_RESUMED);
        }
        if (session.services().tickets().enabled()) {
            Payload.notify(payloads, NotifyType.TICKET_LT_OPAQUE)
                    .ifPresent(notify -> session.services().tickets().receive(session, notify));
        }
    }

    private static void onChild(
            Session session, Phase.AuthSent sent, ChildOffer offer, List<Payload> payloads) {
        String name = offer.request().child().name();
        session.pendingChildren().remove(name);
        boolean answered =
                Payload.first(payloads, Payload.Sa.class).isPresent()
                        && Payload.first(payloads, Payload.TsI.class).isPresent()
                        && Payload.first(payloads, Payload.TsR.class).isPresent();
        if (!answered) {
            session.services().releaseSpi(offer.spiIn());
            onChildRefused(session, offer, payloads);
            return;
        }
        switch (ChildOffers.check(session, offer, payloads, KeyExchangeUse.IGNORED)) {
            case ChildOffers.Answer.Unacceptable(String reason) -> {
                session.services().releaseSpi(offer.spiIn());
                session.services().childFailed(session, name, reason);
                Exchanges.enqueue(session, new DisownExchange(session, offer.spiIn()));
            }
            case ChildOffers.Answer.Accepted(ChildTerms terms) -> {
                ChildSa child =
                        ChildInstaller.installInbound(
                                session,
                                terms,
                                new ChildInstaller.KeySources(
                                        Optional.empty(),
                                        sent.first().nonceI(),
                                        sent.first().nonceR(),
                                        true));
                ChildInstaller.installOutbound(session, child);
            }
        }
    }

    private static void onChildRefused(Session session, ChildOffer offer, List<Payload> payloads) {
        String name = offer.request().child().name();
        String reason = ChildOffers.refusal(payloads).orElse("the peer sent no child SA");
        boolean selectors = Payload.notify(payloads, NotifyType.TS_UNACCEPTABLE).isPresent();
        boolean proposals = Payload.notify(payloads, NotifyType.NO_PROPOSAL_CHOSEN).isPresent();
        if (selectors) {
            session.services().counters().increment(Counter.FAILED_TRAFFIC_SELECTORS);
            session.alert(
                    AlertType.TS_MISMATCH,
                    "child "
                            + name
                            + ": the peer allows none of our traffic selectors; compare local_ts and remote_ts with"
                            + " its",
                    List.of(
                            "offered: "
                                    + ChildOffers.text(offer.localSelectors())
                                    + " === "
                                    + ChildOffers.text(offer.remoteSelectors())));
        } else if (proposals) {
            session.services().counters().increment(Counter.FAILED_NO_PROPOSAL);
            session.alert(
                    AlertType.PROPOSAL_MISMATCH_CHILD,
                    "child "
                            + name
                            + ": the peer accepts none of our ESP proposals; compare esp_proposals with its",
                    offer.proposals().stream().map(p -> "ours:   " + p.displayName()).toList());
        }
        session.alert(
                AlertType.KEEP_ON_CHILD_SA_FAILURE,
                "child " + name + " failed (" + reason + "); the IKE SA stays");
        session.services().childFailed(session, name, reason);
    }

    private static void queueOtherChildren(Session session) {
        List<ChildRequest> others = List.copyOf(session.pendingChildren().values());
        session.pendingChildren().clear();
        for (ChildRequest request : others) {
            Exchanges.enqueue(session, new CreateChildExchange(session, request));
        }
        if (session.lineage().renews()) {
            Exchanges.enqueue(session, new FinishRenewal(session));
        }
        Exchanges.pump(session);
    }

    private static void onRefusal(Session session, List<Payload> payloads) {
        Optional<Payload.Notify> error = Payload.firstError(payloads);
        session.services().counters().increment(Counter.FAILED_AUTHENTICATION);
        String localId = session.localId().map(Identity::text).orElse("");
        if (error.filter(e -> e.is(NotifyType.AUTHENTICATION_FAILED)).isPresent()) {
            session.alert(
                    AlertType.LOCAL_AUTH_FAILED,
                    "the peer refused to authenticate us as "
                            + localId
                            + ": it knows no connection for these identities, or the pre-shared keys differ; compare both"
                            + " sides' ids and secrets");
        } else {
            session.alert(
                    AlertType.LOCAL_AUTH_FAILED,
                    "the peer refused IKE_AUTH with "
                            + error.map(Payload.Notify::name).orElse("no reason")
                            + "; its log should say why");
        }
        Endings.end(
                session,
                EndCause.FAILED,
                "the peer refused with " + error.map(Payload.Notify::name).orElse("no reason"));
    }

    private static void failPeer(Session session, String message) {
        session.services().counters().increment(Counter.FAILED_AUTHENTICATION);
        session.alert(AlertType.PEER_AUTH_FAILED, message);
        // RFC 7296 section 2.21.2: the responder believes that the SA is up.
        Endings.endTelling(
                session,
                EndCause.FAILED,
                "the peer is not authentic",
                Payload.Notify.of(NotifyType.AUTHENTICATION_FAILED));
    }

    /** Says which secret is missing. */
    static String noSecret(Identity local, Identity remote) {
        return "there is no pre-shared key for " + local.text() + " and " + remote.text();
    }
}
