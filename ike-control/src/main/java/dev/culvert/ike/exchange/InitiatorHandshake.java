package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.crypto.IkeKeys;
import dev.culvert.ike.crypto.KeyDerivation;
import dev.culvert.ike.crypto.KeyExchange;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.Gateway;
import dev.culvert.ike.message.IkeMessage;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.proposal.Proposal;
import dev.culvert.ike.proposal.ProposalSelector;
import dev.culvert.ike.proposal.Selection;
import dev.culvert.ike.session.Attempt;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.KeJobs;
import dev.culvert.ike.session.KeResult;
import dev.culvert.ike.session.Path;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.session.Tickets;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** IKE_SA_INIT as initiator (RFC 7296 section 1.2), from the peer's address to the keys. */
public final class InitiatorHandshake {
    private static final int NONCE_BYTES = 32;

    /** A round over the addresses of a name is to have an end. */
    private static final int MOST_ADDRESSES_OF_A_NAME = 16;

    /** COOKIE and INVALID_KE_PAYLOAD together may make us start again this often. */
    private static final int MOST_RETRIES = 5;

    /** How hard a puzzle we solve when the responder leaves that to us. */
    private static final int OWN_CHOICE_BITS = 12;

    private InitiatorHandshake() {}

    /** Begins: finds out the addresses, then sends IKE_SA_INIT. */
    public static void begin(Session session) {
        List<AddressSpec> specs =
                session.lineage()
                        .redirection()
                        .map(redirection -> List.of(spec(redirection.to())))
                        .orElse(session.connection().orElseThrow().remoteAddresses());
        List<AddressSpec> usable =
                specs.stream().filter(InitiatorHandshake::namesOneAddress).toList();
        if (usable.isEmpty()) {
            session.alert(
                    AlertType.PEER_ADDR_FAILED,
                    "cannot initiate: remote_addrs names no single address; give one, or let the peer initiate");
            Endings.end(session, EndCause.FAILED, "remote_addrs names no single address");
            return;
        }
        Attempt attempt = session.lineage().attempt();
        tryFirst(session, attempt.hasOther() ? attempt.rest() : usable);
    }

    private static void tryFirst(Session session, List<AddressSpec> addresses) {
        Attempt attempt = session.lineage().attempt();
        session.lineage().setAttempt(attempt.withRest(addresses.subList(1, addresses.size())));
        switch (addresses.getFirst()) {
            case AddressSpec.Single(InetAddress address) -> chooseLocal(session, address);
            case AddressSpec.Name(String name) ->
                    session.services()
                            .resolveName(
                                    session, name, found -> onRemoteResolved(session, name, found));
            case AddressSpec.Any _, AddressSpec.Range _ ->
                    throw new IllegalStateException("filtered out above");
        }
    }

    private static AddressSpec spec(Gateway gateway) {
        return switch (gateway) {
            case Gateway.Address(IpAddress address) ->
                    new AddressSpec.Single(address.toInetAddress());
            case Gateway.Name(String name) -> new AddressSpec.Name(name);
        };
    }

    private static boolean namesOneAddress(AddressSpec spec) {
        return spec instanceof AddressSpec.Single || spec instanceof AddressSpec.Name;
    }

    private static void onRemoteResolved(Session session, String name, List<InetAddress> found) {
        List<AddressSpec> rest = session.lineage().attempt().rest();
        if (found.isEmpty()) {
            giveUpAddress(
                    session,
                    "no address found for " + name,
                    "check remote_addrs and the name service");
            return;
        }
        tryFirst(
                session,
                Stream.concat(
                                found.stream()
                                        .limit(MOST_ADDRESSES_OF_A_NAME)
                                        .map(AddressSpec.Single::new),
                                rest.stream())
                        .toList());
    }

    /** Nothing was sent yet, so the same IKE SA can turn to the peer's next address. */
    private static void giveUpAddress(Session session, String reason, String advice) {
        Attempt attempt = session.lineage().attempt();
        if (attempt.hasOther()) {
            session.traceText(reason + "; going on with the peer's next address");
            tryFirst(session, attempt.rest());
            return;
        }
        session.alert(AlertType.PEER_ADDR_FAILED, "cannot initiate: " + reason + "; " + advice);
        Endings.end(session, EndCause.FAILED, reason);
    }

    private static void chooseLocal(Session session, InetAddress remote) {
        List<AddressSpec> local = session.connection().orElseThrow().localAddresses();
        Optional<InetAddress> configured =
                local.stream()
                        .filter(AddressSpec.Single.class::isInstance)
                        .map(spec -> ((AddressSpec.Single) spec).address())
                        .filter(own ->
                                (own instanceof Inet4Address) == (remote instanceof Inet4Address))
                        .findFirst();
        if (configured.isPresent()) {
            onAddresses(session, configured.get(), remote);
            return;
        }
        if (!local.isEmpty() && local.stream().allMatch(AddressSpec.Single.class::isInstance)) {
            giveUpAddress(
                    session,
                    "local_addrs has no address of the IP version of " + IpAddress.of(remote),
                    "add one, or choose another peer address");
            return;
        }
        session.services()
                .resolveSource(
                        session,
                        remote,
                        found -> {
                            if (found.isEmpty()) {
                                giveUpAddress(
                                        session,
                                        "no route to " + IpAddress.of(remote),
                                        "check the routing table, or set local_addrs");
                            } else {
                                onAddresses(session, found.getFirst(), remote);
                            }
                        });
    }

    private static void onAddresses(Session session, InetAddress local, InetAddress remote) {
        ConnectionConfig connection = session.connection().orElseThrow();
        EngineSettings settings = session.services().settings();
        // A peer that listens elsewhere than on the port without marker is spoken to with marker
        // from the start.
        boolean marker = connection.remotePort() != settings.ikePort();
        int localPort =
                marker && connection.localPort() == settings.ikePort()
                        ? settings.nattPort()
                        : connection.localPort();
        session.setPath(
                new Path(
                        new InetSocketAddress(local, localPort),
                        new InetSocketAddress(remote, connection.remotePort()),
                        false,
                        false));
        Optional<Tickets.Ticket> ticket = session.services().ticketFor(session);
        if (ticket.isPresent()) {
            ResumeInitiator.begin(session, ticket.get());
        } else {
            beginFully(session);
        }
    }

    /** Begins with a key exchange. */
    static void beginFully(Session session) {
        ConnectionConfig connection = session.connection().orElseThrow();
        List<Proposal> proposals = new ArrayList<>();
        for (Proposal proposal : connection.proposals()) {
            proposals.add(proposal.withNumber(proposals.size() + 1));
        }
        Optional<KeyExchangeMethod> method =
                proposals.stream().flatMap(p -> p.keyExchangeMethods().stream()).findFirst();
        if (method.isEmpty()) {
            session.alert(
                    AlertType.PROPOSAL_MISMATCH_IKE,
                    "cannot initiate: no IKE proposal of the connection has a key exchange method; add one, such as x25519");
            Endings.end(session, EndCause.FAILED, "no key exchange method in the proposals");
            return;
        }
        Bytes nonce = Bytes.of(session.services().random().bytes(NONCE_BYTES));
        prepare(
                session,
                new Phase.InitOffer(
                        proposals, method.get(), nonce, Optional.empty(), Optional.empty(), 0));
    }

    private static void prepare(Session session, Phase.InitOffer offer) {
        session.setPhase(new Phase.InitPreparing(offer));
        session.services()
                .startCrypto(
                        session,
                        KeJobs.generate(offer.method(), session.services().random()),
                        result -> {
                            if (result instanceof KeResult.Generated(KeyExchange ours)) {
                                send(session, offer, ours);
                            } else {
                                result.discard();
                                failKeyExchange(
                                        session,
                                        "the key exchange could not be computed: " + result);
                            }
                        });
    }

    private static void send(Session session, Phase.InitOffer offer, KeyExchange keyExchange) {
        List<Payload> payloads = new ArrayList<>();
        offer.cookie()
                .ifPresent(cookie -> payloads.add(Payload.Notify.of(NotifyType.COOKIE, cookie)));
        offer.solution().ifPresent(solution -> payloads.add(new Payload.Ps(solution)));
        payloads.add(new Payload.Sa(offer.proposals()));
        payloads.add(new Payload.Ke(keyExchange.method(), keyExchange.publicValue()));
        payloads.add(new Payload.Nonce(offer.nonce()));
        payloads.addAll(
                Nat.payloads(
                        session.initiatorSpi(),
                        0,
                        session.path(),
                        session.connection().orElseThrow().encap(),
                        session.services().random()));
        payloads.addAll(announcements(session));
        byte[] request = session.sendPlainRequest(ExchangeType.IKE_SA_INIT, payloads);
        session.setPhase(new Phase.InitSent(offer, keyExchange, request));
    }

    /** What this side can do, beyond what everybody can. */
    static List<Payload> announcements(Session session) {
        List<Payload> payloads = new ArrayList<>();
        if (session.connection().orElseThrow().fragmentation().isAnnounced()) {
            payloads.add(Payload.Notify.of(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED));
        }
        Redirects.announcement(session).ifPresent(payloads::add);
        return payloads;
    }

    /**
     * Takes a response to IKE_SA_INIT. It is not authentic: what makes no sense is dropped, as the
     * real one may still come.
     *
     * @param datagram its bytes
     */
    public static void onResponse(
            Session session, Phase.InitSent sent, IkeMessage message, byte[] datagram) {
        Optional<Payload.Notify> cookie = message.notify(NotifyType.COOKIE);
        Optional<Payload.Notify> error = Payload.firstError(message.payloads());
        Optional<Payload.Notify> redirect = message.notify(NotifyType.REDIRECT);
        if (redirect.isPresent()) {
            if (!Redirects.onInit(session, redirect.get(), sent.offer().nonce())) {
                session.traceText("ignoring a redirect that does not fit our request");
            }
        } else if (cookie.isPresent() && sent.offer().retries() < MOST_RETRIES) {
            session.withdrawRequest();
            onCookie(session, sent, cookie.get().data(), message.notify(NotifyType.PUZZLE));
        } else if (cookie.isPresent()) {
            fail(session, EndCause.FAILED, "the peer asks for cookies again and again");
        } else if (error.isPresent()) {
            onError(session, sent, error.get());
        } else {
            onAnswer(session, sent, message, datagram);
        }
    }

    /**
     * Tries again with the cookie, once the puzzle is solved that came with it. One that is too
     * hard is left alone: now and then, a responder lets those in that know no puzzles.
     */
    private static void onCookie(
            Session session, Phase.InitSent sent, Bytes cookie, Optional<Payload.Notify> notify) {
        int mostBits = session.services().settings().floods().puzzleMostBits();
        Optional<PuzzleNotify> puzzle =
                notify.flatMap(PuzzleNotify::read).filter(p -> p.bits() <= mostBits);
        if (puzzle.isEmpty()) {
            if (notify.isPresent()) {
                session.traceText("the puzzle is left unsolved: it is too hard, or unreadable");
            }
            send(session, sent.offer().withCookie(cookie, Optional.empty()), sent.keyExchange());
            return;
        }
        int bits = puzzle.get().bits() == 0 ? OWN_CHOICE_BITS : puzzle.get().bits();
        session.traceText("solving a puzzle of " + bits + " bits");
        session.services()
                .startCrypto(
                        session,
                        KeJobs.solve(puzzle.get().prf(), bits, cookie),
                        result -> {
                            Optional<Bytes> solution =
                                    result instanceof KeResult.Solved(Optional<Bytes> keys)
                                            ? keys
                                            : Optional.empty();
                            send(
                                    session,
                                    sent.offer().withCookie(cookie, solution),
                                    sent.keyExchange());
                        });
    }

    private static void onError(Session session, Phase.InitSent sent, Payload.Notify error) {
        if (error.is(NotifyType.INVALID_KE_PAYLOAD)) {
            onInvalidKe(session, sent, error);
            return;
        }
        if (error.is(NotifyType.NO_PROPOSAL_CHOSEN)) {
            session.services().counters().increment(Counter.FAILED_NO_PROPOSAL);
            session.alert(
                    AlertType.PROPOSAL_MISMATCH_IKE,
                    "the peer accepts none of our IKE proposals, or has no connection for our address; compare proposals and"
                            + " remote_addrs with its",
                    sent.offer().proposals().stream()
                            .map(p -> "ours:   " + p.displayName())
                            .toList());
        } else {
            session.alert(
                    AlertType.PEER_INIT_UNREACHABLE,
                    "the peer refused IKE_SA_INIT with "
                            + error.name()
                            + "; its log should say why");
        }
        fail(session, EndCause.FAILED, "the peer refused IKE_SA_INIT with " + error.name());
    }

    private static void onInvalidKe(Session session, Phase.InitSent sent, Payload.Notify error) {
        Optional<KeyExchangeMethod> wanted =
                error.data().lengthBytes() == 2
                        ? KeyExchangeMethod.of((int) error.data().toUnsignedLong())
                        : Optional.empty();
        boolean offered =
                wanted.isPresent()
                        && sent.offer().proposals().stream()
                                .anyMatch(p -> p.keyExchangeMethods().contains(wanted.get()));
        if (!offered
                || wanted.get() == sent.offer().method()
                || sent.offer().retries() >= MOST_RETRIES) {
            session.services().counters().increment(Counter.FAILED_INVALID_KE);
            session.alert(
                    AlertType.PROPOSAL_MISMATCH_IKE,
                    "the peer wants the key exchange method "
                            + wanted.map(KeyExchangeMethod::displayName).orElse("(unreadable)")
                            + ", which we do not offer or have tried; add it to proposals",
                    sent.offer().proposals().stream()
                            .map(p -> "ours:   " + p.displayName())
                            .toList());
            fail(session, EndCause.FAILED, "no key exchange method that both sides allow");
            return;
        }
        session.withdrawRequest();
        sent.keyExchange().destroy();
        prepare(session, sent.offer().withMethod(wanted.get()));
    }

    private static void onAnswer(
            Session session, Phase.InitSent sent, IkeMessage message, byte[] datagram) {
        List<Proposal> answered = message.first(Payload.Sa.class).orElseThrow().proposals();
        switch (ProposalSelector.acceptIke(sent.offer().proposals(), answered)) {
            case Selection.None<IkeSuite>(var mismatch) -> {
                session.services().counters().increment(Counter.FAILED_NO_PROPOSAL);
                session.alert(
                        AlertType.PROPOSAL_MISMATCH_IKE,
                        "the peer chose algorithms that were not offered; it is at fault",
                        mismatch.describe().lines().toList());
                fail(session, EndCause.FAILED, "the peer chose algorithms that were not offered");
            }
            case Selection.Chosen<IkeSuite>(IkeSuite suite, Bytes _, Proposal _) -> {
                Payload.Ke theirs = message.first(Payload.Ke.class).orElseThrow();
                if (suite.keyExchange() != sent.offer().method()
                        || !theirs.method().equals(Optional.of(suite.keyExchange()))
                        || message.header().responderSpi() == 0) {
                    session.traceText(
                            "ignoring a response whose KE payload does not fit its SA payload");
                    return;
                }
                agree(session, sent, suite, theirs, message, datagram);
            }
        }
    }

    private static void agree(
            Session session,
            Phase.InitSent sent,
            IkeSuite suite,
            Payload.Ke theirs,
            IkeMessage message,
            byte[] datagram) {
        session.requestAnswered();
        noteResponder(session, message);
        Bytes nonceR = message.first(Payload.Nonce.class).orElseThrow().data();
        Phase.FirstMessages first =
                new Phase.FirstMessages(sent.request(), datagram, sent.offer().nonce(), nonceR);
        session.setPhase(new Phase.InitAgreeing(suite, first));
        session.services()
                .startCrypto(
                        session,
                        KeJobs.agree(sent.keyExchange(), theirs.data()),
                        result -> {
                            if (result
                                    instanceof KeResult.Agreed(Bytes _, SecretBytes sharedSecret)) {
                                onAgreed(session, suite, first, sharedSecret);
                            } else {
                                result.discard();
                                failKeyExchange(
                                        session, "the peer's key exchange value is not acceptable");
                            }
                        });
    }

    /** Notes what the first response says about the responder and the path. */
    static void noteResponder(Session session, IkeMessage message) {
        session.setRemoteSpi(message.header().responderSpi());
        Nat.Finding nat =
                Nat.evaluate(
                        message.header(),
                        message.payloads(),
                        session.path().local(),
                        session.path().remote());
        session.setPeerKnowsNatTraversal(nat.peerTakesPart());
        session.setPath(session.path().withNat(nat.natLocal(), nat.natRemote()));
        if (session.connection().orElseThrow().fragmentation().isAnnounced()
                && message.notify(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED).isPresent()) {
            session.fragmenting().agree();
        }
        if (message.notify(NotifyType.CHILDLESS_IKEV2_SUPPORTED).isPresent()) {
            session.peerAbilities().noteChildless();
        }
    }

    private static void onAgreed(
            Session session, IkeSuite suite, Phase.FirstMessages first, SecretBytes sharedSecret) {
        IkeKeys keys =
                KeyDerivation.ikeKeys(
                        suite,
                        sharedSecret,
                        first.nonceI(),
                        first.nonceR(),
                        session.initiatorSpi(),
                        session.responderSpi());
        sharedSecret.destroy();
        session.setKeys(suite, keys);
        authenticate(session, first);
    }

    /** Goes on to IKE_AUTH, now that there are keys. */
    static void authenticate(Session session, Phase.FirstMessages first) {
        if (!session.peerKnowsNatTraversal()) {
            session.alert(
                    AlertType.PEER_ADDR_FAILED,
                    "the peer takes no part in NAT detection and would send plain ESP, which a user-space endpoint cannot"
                            + " receive; switch on NAT traversal at the peer");
            fail(session, EndCause.FAILED, "the peer does not know NAT traversal");
            return;
        }
        boolean childlessOnly =
                session.connection().orElseThrow().childless() == ConnectionConfig.Childless.FORCE;
        if (childlessOnly && !session.peerAbilities().isChildless()) {
            session.alert(
                    AlertType.PEER_INIT_UNREACHABLE,
                    "the peer does not accept IKE SAs without a child SA; set childless = prefer or allow here, or another"
                            + " value than never at the peer");
            fail(session, EndCause.FAILED, "the peer does not accept childless IKE SAs");
            return;
        }
        floatPorts(session);
        AuthInitiator.send(session, first);
    }

    /** From here on with the marker, so that ESP can share the ports (RFC 7296 section 2.23). */
    private static void floatPorts(Session session) {
        EngineSettings settings = session.services().settings();
        InetSocketAddress local = session.path().local();
        InetSocketAddress remote = session.path().remote();
        if (remote.getPort() != settings.ikePort()) {
            return;
        }
        int localPort =
                local.getPort() == settings.ikePort() ? settings.nattPort() : local.getPort();
        session.setPath(
                session.path()
                        .withAddresses(
                                new InetSocketAddress(local.getAddress(), localPort),
                                new InetSocketAddress(remote.getAddress(), settings.nattPort())));
    }

    private static void failKeyExchange(Session session, String reason) {
        session.services().counters().increment(Counter.FAILED_KEY_EXCHANGE);
        session.alert(AlertType.PEER_INIT_UNREACHABLE, "IKE_SA_INIT failed: " + reason);
        fail(session, EndCause.FAILED, reason);
    }

    private static void fail(Session session, EndCause cause, String reason) {
        Endings.end(session, cause, reason);
    }
}
