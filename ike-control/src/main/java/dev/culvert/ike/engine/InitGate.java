package dev.culvert.ike.engine;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.EngineInput;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.crypto.CookieJar;
import dev.culvert.ike.crypto.Puzzle;
import dev.culvert.ike.exchange.PuzzleNotify;
import dev.culvert.ike.exchange.Redirects;
import dev.culvert.ike.exchange.ResponderHandshake;
import dev.culvert.ike.exchange.ResumeResponder;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.Gateway;
import dev.culvert.ike.message.IkeHeader;
import dev.culvert.ike.message.IkeMessage;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.message.PayloadRules;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.proposal.PrfAlgorithm;
import dev.culvert.ike.proposal.Proposal;
import dev.culvert.ike.proposal.ProposalMismatch;
import dev.culvert.ike.proposal.ProposalSelector;
import dev.culvert.ike.proposal.ProposalSelector.Preference;
import dev.culvert.ike.proposal.Selection;
import dev.culvert.ike.proposal.Transform;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.ResponseSlot;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.session.Tickets;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Requests for new IKE SAs (RFC 7296 sections 1.2 and 2.6): recognises retransmissions, asks for
 * cookies, and keeps no state until a request passed all that can be checked without any.
 */
final class InitGate {
    private static final long COOKIE_SECRET_LIFE_NS = 60_000_000_000L;
    private static final long ONE_WITHOUT_SOLUTION_OF = 8;

    private final EngineCore core;
    private final StatelessReplies replies;
    private Optional<CookieJar> cookies = Optional.empty();

    InitGate(EngineCore core, StatelessReplies replies) {
        this.core = core;
        this.replies = replies;
    }

    /** A request for an IKE SA with a key exchange. */
    void onRequest(EngineInput.Datagram datagram, byte[] bytes, IkeMessage message) {
        enter(
                datagram,
                bytes,
                message,
                ExchangeType.IKE_SA_INIT,
                entry -> choose(datagram, bytes, message, entry));
    }

    /** A request to resume an IKE SA with a ticket (RFC 5723). */
    void onResume(EngineInput.Datagram datagram, byte[] bytes, IkeMessage message) {
        enter(
                datagram,
                bytes,
                message,
                ExchangeType.IKE_SESSION_RESUME,
                entry -> resume(datagram, bytes, message, entry));
    }

    private void enter(
            EngineInput.Datagram datagram,
            byte[] bytes,
            IkeMessage message,
            ExchangeType exchange,
            Consumer<SessionTable.HalfOpen> admitted) {
        IkeHeader header = message.header();
        if (!header.initiator() || header.messageId() != 0 || header.responderSpi() != 0) {
            core.counters().increment(Counter.DROPPED_UNEXPECTED_EXCHANGE);
            return;
        }
        InetAddress source = datagram.remote().getAddress();
        Bytes digest = digest(source, bytes);
        Optional<Session> known = core.table().byFirstMessage(digest);
        if (known.isPresent()) {
            onRetransmission(known.get(), datagram, bytes);
            return;
        }
        if (core.shuttingDown()) {
            core.counters().increment(Counter.DROPPED_SHUTTING_DOWN);
            return;
        }
        if (!PayloadRules.check(exchange, false, message.payloads()).isEmpty()) {
            core.counters().increment(Counter.DROPPED_INIT_GRAMMAR);
            return;
        }
        OptionalInt cookie = validCookie(datagram, message);
        boolean proven = cookie.isPresent();
        switch (core.gate().judge(source, proven, core.nowNs())) {
            case ASK_COOKIE -> askCookie(datagram, message);
            case REFUSE_TOTAL -> core.counters().increment(Counter.DROPPED_HALF_OPEN_LIMIT);
            case REFUSE_SOURCE -> core.counters().increment(Counter.DROPPED_HALF_OPEN_SOURCE_LIMIT);
            case ADMIT -> {
                if (core.table().size() >= core.settings().ikeSaLimit()) {
                    core.counters().increment(Counter.DROPPED_IKE_SA_LIMIT);
                } else if (core.pending().keyExchangesForStrangers()
                        >= core.settings().floods().keyExchangeLimit()) {
                    core.counters().increment(Counter.DROPPED_KEY_EXCHANGE_LIMIT);
                } else if (proven && hasToSolve(message, cookie.getAsInt())) {
                    core.counters().increment(Counter.DROPPED_PUZZLE_REQUIRED);
                    sendCookie(datagram, message);
                } else {
                    admitted.accept(new SessionTable.HalfOpen(source, proven, digest));
                }
            }
        }
    }

    private void resume(
            EngineInput.Datagram datagram,
            byte[] bytes,
            IkeMessage message,
            SessionTable.HalfOpen entry) {
        Optional<Tickets.Ticket> ticket =
                message.notify(NotifyType.TICKET_OPAQUE)
                        .flatMap(notify -> core.tickets().find(notify.data()))
                        .filter(_ -> core.tickets().enabled());
        Optional<ConnectionConfig> connection =
                ticket.flatMap(t ->
                        core.config().connections().stream()
                                .filter(c -> c.name().equals(t.connection()))
                                .findFirst());
        if (connection.isEmpty()) {
            core.counters().increment(Counter.TICKETS_REFUSED);
            replies.send(datagram, message.header(), Payload.Notify.of(NotifyType.TICKET_NACK));
            return;
        }
        core.counters().increment(Counter.REQUESTS_HANDLED);
        Session session =
                core.newResponder(
                        datagram.local(),
                        datagram.remote(),
                        message.header().initiatorSpi(),
                        entry);
        core.confine(
                session,
                () -> {
                    session.trace("received", message.header(), message.payloads());
                    ResumeResponder.answer(session, connection.get(), ticket.get(), message, bytes);
                });
    }

    private void onRetransmission(Session session, EngineInput.Datagram datagram, byte[] bytes) {
        core.confine(
                session,
                () -> {
                    switch (session.responses().classify(0, bytes, 0)) {
                        case ResponseSlot.Kind.Answered _ ->
                                session.messenger()
                                        .resendResponse(datagram.local(), datagram.remote(), false);
                        case ResponseSlot.Kind.LimitReached _ ->
                                core.counters().increment(Counter.DROPPED_RETRANSMISSION_LIMIT);
                        case ResponseSlot.Kind.InProgress _, ResponseSlot.Kind.Next _ ->
                                core.counters().increment(Counter.DROPPED_DUPLICATE_IN_PROGRESS);
                        case ResponseSlot.Kind.Outside _,
                                ResponseSlot.Kind.Differs _,
                                ResponseSlot.Kind.OtherForm _,
                                ResponseSlot.Kind.LaterFragment _ ->
                                core.counters().increment(Counter.DROPPED_OUTSIDE_WINDOW);
                    }
                });
    }

    /**
     * Answers a request that needs a cookie and has none, without reading more of it than that
     * takes. What is odd about it is left to the way that all messages go.
     *
     * @return whether that is done
     */
    boolean answersEarly(EngineInput.Datagram datagram, byte[] bytes) {
        Optional<EarlyLook.First> first = EarlyLook.at(bytes);
        if (first.isEmpty()
                || core.shuttingDown()
                || core.gate().puzzleBits() > 0
                || core.gate().knows(datagram.remote().getAddress())
                || !core.gate().asksCookies(core.nowNs())) {
            return false;
        }
        core.gate().judge(datagram.remote().getAddress(), false, core.nowNs());
        core.counters().increment(Counter.DROPPED_COOKIE_REQUIRED);
        core.counters().increment(Counter.COOKIES_SENT);
        IkeHeader header =
                IkeHeader.request(first.get().spi(), 0, ExchangeType.IKE_SA_INIT, true, 0);
        replies.sendAlways(
                datagram, header, cookie(datagram, first.get().spi(), first.get().nonce(), 0));
        return true;
    }

    private void askCookie(EngineInput.Datagram datagram, IkeMessage message) {
        core.counters().increment(Counter.DROPPED_COOKIE_REQUIRED);
        sendCookie(datagram, message);
    }

    private void sendCookie(EngineInput.Datagram datagram, IkeMessage message) {
        core.counters().increment(Counter.COOKIES_SENT);
        Optional<PrfAlgorithm> prf = puzzlePrf(message);
        int bits = prf.isPresent() ? core.gate().puzzleBits() : 0;
        List<Payload.Notify> answer = new ArrayList<>();
        answer.add(cookie(datagram, message.header().initiatorSpi(), nonce(message), bits));
        if (bits > 0) {
            core.counters().increment(Counter.PUZZLES_SENT);
            answer.add(PuzzleNotify.of(prf.get(), bits));
        }
        replies.sendAlways(datagram, message.header(), answer.toArray(Payload.Notify[]::new));
    }

    private Payload.Notify cookie(
            EngineInput.Datagram datagram, long initiatorSpi, Bytes nonce, int bits) {
        return Payload.Notify.of(
                NotifyType.COOKIE,
                jar().issue(
                                core.nowNs(),
                                nonce,
                                IpAddress.of(datagram.remote().getAddress()),
                                datagram.remote().getPort(),
                                initiatorSpi,
                                bits));
    }

    private OptionalInt validCookie(EngineInput.Datagram datagram, IkeMessage message) {
        Optional<Payload.Notify> cookie = message.notify(NotifyType.COOKIE);
        return cookie.isEmpty()
                ? OptionalInt.empty()
                : jar().verify(
                                core.nowNs(),
                                cookie.get().data(),
                                nonce(message),
                                IpAddress.of(datagram.remote().getAddress()),
                                datagram.remote().getPort(),
                                message.header().initiatorSpi());
    }

    /**
     * Whether a puzzle stands between a peer with a valid cookie and its IKE SA. Those that know no
     * puzzles are let in now and then (RFC 8019 section 7.1.1.1).
     *
     * @param askedBits how hard the puzzle was that went with the cookie
     */
    private boolean hasToSolve(IkeMessage message, int askedBits) {
        if (core.gate().puzzleBits() == 0) {
            return false;
        }
        Optional<Payload.Ps> solution = message.first(Payload.Ps.class);
        Optional<PrfAlgorithm> prf = puzzlePrf(message);
        if (prf.isEmpty() || solution.isEmpty()) {
            return core.random().nextLong() % ONE_WITHOUT_SOLUTION_OF != 0;
        }
        Bytes string = message.notify(NotifyType.COOKIE).orElseThrow().data();
        boolean solved =
                askedBits > 0
                        && Puzzle.isSolution(prf.get(), askedBits, string, solution.get().keys());
        core.counters().increment(solved ? Counter.PUZZLES_SOLVED : Counter.PUZZLES_SOLVED_WRONGLY);
        return !solved;
    }

    /** A PRF that both sides know, always the same one for the same offer. */
    private static Optional<PrfAlgorithm> puzzlePrf(IkeMessage message) {
        Set<PrfAlgorithm> offered =
                message.all(Payload.Sa.class).stream()
                        .flatMap(sa -> sa.proposals().stream())
                        .flatMap(proposal -> proposal.transforms().stream())
                        .filter(Transform.Prf.class::isInstance)
                        .map(transform -> ((Transform.Prf) transform).algorithm())
                        .collect(Collectors.toSet());
        return PuzzleNotify.KNOWN.stream().filter(offered::contains).findFirst();
    }

    private void choose(
            EngineInput.Datagram datagram,
            byte[] bytes,
            IkeMessage message,
            SessionTable.HalfOpen entry) {
        core.counters().increment(Counter.REQUESTS_HANDLED);
        Optional<Gateway> elsewhere =
                Redirects.destination(
                        core.settings().redirects(),
                        EngineSettings.Redirects.When.INIT,
                        message.payloads(),
                        core.table().size());
        if (elsewhere.isPresent()) {
            core.counters().increment(Counter.REDIRECTS_SENT);
            replies.sendAlways(
                    datagram,
                    message.header(),
                    Payload.Notify.of(NotifyType.REDIRECT, elsewhere.get().encode(nonce(message))));
            return;
        }
        List<ConnectionConfig> connections =
                core.connectionsFor(datagram.local().getAddress(), datagram.remote().getAddress());
        List<Proposal> offered = message.first(Payload.Sa.class).orElseThrow().proposals();
        List<ProposalMismatch> mismatches = new ArrayList<>();
        for (ConnectionConfig connection : connections) {
            switch (ProposalSelector.selectIke(connection.proposals(), offered, Preference.OURS)) {
                case Selection.None<IkeSuite>(ProposalMismatch mismatch) ->
                        mismatches.add(mismatch);
                case Selection.Chosen<IkeSuite>(IkeSuite suite, Bytes _, Proposal answer) -> {
                    admit(
                            datagram,
                            entry,
                            new ResponderHandshake.Admission(
                                    connection, suite, answer, message, bytes));
                    return;
                }
            }
        }
        refuse(datagram, message, connections, mismatches);
    }

    private void admit(
            EngineInput.Datagram datagram,
            SessionTable.HalfOpen entry,
            ResponderHandshake.Admission admission) {
        IkeMessage message = admission.request();
        Payload.Ke ke = message.first(Payload.Ke.class).orElseThrow();
        if (!ke.method().equals(Optional.of(admission.suite().keyExchange()))) {
            core.counters().increment(Counter.INVALID_KE_SENT);
            int wanted = admission.suite().keyExchange().id();
            replies.sendAlways(
                    datagram,
                    message.header(),
                    Payload.Notify.of(
                            NotifyType.INVALID_KE_PAYLOAD,
                            Bytes.of(new byte[] {(byte) (wanted >>> 8), (byte) wanted})));
            return;
        }
        boolean natDetection =
                message.notify(NotifyType.NAT_DETECTION_SOURCE_IP).isPresent()
                        && message.notify(NotifyType.NAT_DETECTION_DESTINATION_IP).isPresent();
        if (!natDetection) {
            core.counters().increment(Counter.FAILED_NO_PROPOSAL);
            core.statelessAlert(
                    datagram.remote(),
                    Optional.of(admission.connection().name()),
                    AlertType.PEER_ADDR_FAILED,
                    "the peer takes no part in NAT detection and would send plain ESP, which a user-space endpoint cannot"
                            + " receive; switch on NAT traversal at the peer",
                    List.of());
            replies.send(
                    datagram, message.header(), Payload.Notify.of(NotifyType.NO_PROPOSAL_CHOSEN));
            return;
        }
        Session session =
                core.newResponder(
                        datagram.local(),
                        datagram.remote(),
                        message.header().initiatorSpi(),
                        entry);
        core.confine(
                session,
                () -> {
                    session.trace("received", message.header(), message.payloads());
                    ResponderHandshake.begin(session, admission);
                });
    }

    private void refuse(
            EngineInput.Datagram datagram,
            IkeMessage message,
            List<ConnectionConfig> connections,
            List<ProposalMismatch> mismatches) {
        core.counters().increment(Counter.FAILED_NO_PROPOSAL);
        if (connections.isEmpty()) {
            core.statelessAlert(
                    datagram.remote(),
                    Optional.empty(),
                    AlertType.PROPOSAL_MISMATCH_IKE,
                    "no connection is configured between "
                            + IpAddress.of(datagram.local().getAddress())
                            + " and "
                            + IpAddress.of(datagram.remote().getAddress())
                            + "; check local_addrs and remote_addrs",
                    List.of());
        } else {
            core.statelessAlert(
                    datagram.remote(),
                    Optional.of(connections.getFirst().name()),
                    AlertType.PROPOSAL_MISMATCH_IKE,
                    "no IKE proposal of the peer fits ours; make the proposals of both sides overlap",
                    mismatches.getFirst().describe().lines().toList());
        }
        replies.send(datagram, message.header(), Payload.Notify.of(NotifyType.NO_PROPOSAL_CHOSEN));
    }

    private CookieJar jar() {
        if (cookies.isEmpty()) {
            cookies =
                    Optional.of(new CookieJar(core.random(), COOKIE_SECRET_LIFE_NS, core.nowNs()));
        }
        return cookies.get();
    }

    private static Bytes nonce(IkeMessage message) {
        return message.first(Payload.Nonce.class).orElseThrow().data();
    }

    private static Bytes digest(InetAddress source, byte[] message) {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(source.getAddress());
        both.writeBytes(message);
        return Bytes.of(ResponseSlot.sha256(both.toByteArray()));
    }
}
