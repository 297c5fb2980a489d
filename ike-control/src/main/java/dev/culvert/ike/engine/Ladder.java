package dev.culvert.ike.engine;

import dev.culvert.ike.EngineInput;
import dev.culvert.ike.exchange.CrashDetection;
import dev.culvert.ike.exchange.Endings;
import dev.culvert.ike.exchange.InitiatorHandshake;
import dev.culvert.ike.exchange.ResumeInitiator;
import dev.culvert.ike.message.DecodeResult;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.IkeHeader;
import dev.culvert.ike.message.IkeMessage;
import dev.culvert.ike.message.MessageDecoder;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.OpenResult;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.message.PayloadRules;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.Reassembly;
import dev.culvert.ike.session.ResponseSlot;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.session.SessionTimer;
import dev.culvert.ike.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The ladder that every datagram climbs: length, header, SPI, gate, message ID and retransmission,
 * decryption, grammar, counts of payloads, and at last meaning. Up to decryption nothing of an IKE
 * SA changes; every message that falls off is counted by exactly one counter.
 */
final class Ladder {
    private static final long HINT_DELAY_NS = 1_000_000_000L;

    private final EngineCore core;
    private final InitGate initGate;
    private final Dispatcher dispatcher;
    private final StatelessReplies replies;
    private final FragmentRung fragments;

    Ladder(
            EngineCore core,
            InitGate initGate,
            Dispatcher dispatcher,
            FragmentRung fragments,
            StatelessReplies replies) {
        this.core = core;
        this.initGate = initGate;
        this.dispatcher = dispatcher;
        this.fragments = fragments;
        this.replies = replies;
    }

    void climb(EngineInput.Datagram datagram) {
        core.counters().increment(Counter.DATAGRAMS_RECEIVED);
        byte[] bytes = datagram.message();
        if (initGate.answersEarly(datagram, bytes)) {
            return;
        }
        switch (MessageDecoder.decode(bytes)) {
            case DecodeResult.HeaderError error -> onHeaderError(datagram, error);
            case DecodeResult.GrammarError _ ->
                    core.counters().increment(Counter.DROPPED_INIT_GRAMMAR);
            case DecodeResult.UnknownCritical(IkeHeader header, int payloadValue) -> {
                core.counters().increment(Counter.DROPPED_INIT_GRAMMAR);
                if (!header.response() && header.isExchange(ExchangeType.IKE_SA_INIT)) {
                    replies.send(
                            datagram,
                            header,
                            Payload.Notify.of(
                                    NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD,
                                    Bytes.of(new byte[] {(byte) payloadValue})));
                }
            }
            case DecodeResult.Ok(IkeMessage message) -> route(datagram, bytes, message);
        }
    }

    private void onHeaderError(EngineInput.Datagram datagram, DecodeResult.HeaderError error) {
        switch (error.kind()) {
            case TOO_SHORT -> core.counters().increment(Counter.DROPPED_TOO_SHORT);
            case WRONG_LENGTH -> core.counters().increment(Counter.DROPPED_LENGTH_MISMATCH);
            case ZERO_INITIATOR_SPI -> core.counters().increment(Counter.DROPPED_ZERO_SPI);
            case WRONG_VERSION -> {
                Optional<IkeHeader> header = error.header();
                if (header.isPresent() && header.get().majorVersion() > 2) {
                    core.counters().increment(Counter.DROPPED_NEWER_VERSION);
                    if (!header.get().response()) {
                        replies.send(
                                datagram,
                                header.get(),
                                Payload.Notify.of(NotifyType.INVALID_MAJOR_VERSION));
                    }
                } else {
                    core.counters().increment(Counter.DROPPED_OLD_VERSION);
                }
            }
        }
    }

    private void route(EngineInput.Datagram datagram, byte[] bytes, IkeMessage message) {
        IkeHeader header = message.header();
        Optional<ExchangeType> exchange = header.exchange().filter(Ladder::isKnown);
        if (exchange.isEmpty()) {
            core.counters().increment(Counter.DROPPED_UNEXPECTED_EXCHANGE);
            return;
        }
        if (exchange.get() == ExchangeType.IKE_SA_INIT && !header.response()) {
            initGate.onRequest(datagram, bytes, message);
            return;
        }
        if (exchange.get() == ExchangeType.IKE_SESSION_RESUME && !header.response()) {
            initGate.onResume(datagram, bytes, message);
            return;
        }
        long ourSpi = header.initiator() ? header.responderSpi() : header.initiatorSpi();
        long peerSpi = header.initiator() ? header.initiatorSpi() : header.responderSpi();
        Optional<Session> found = core.table().bySpi(ourSpi);
        if (found.isEmpty()) {
            onUnknownSpi(datagram, header);
            return;
        }
        Session session = found.get();
        boolean peerKnown = session.remoteSpi() != 0;
        if (session.initiator() == header.initiator()
                || (peerKnown && session.remoteSpi() != peerSpi)) {
            core.counters().increment(Counter.DROPPED_PEER_SPI_MISMATCH);
            return;
        }
        core.confine(
                session,
                () -> {
                    if (header.response()) {
                        onResponse(session, datagram, bytes, message, exchange.get());
                    } else {
                        onRequest(session, datagram, bytes, message, exchange.get());
                    }
                });
    }

    private static boolean isKnown(ExchangeType type) {
        return type == ExchangeType.IKE_SA_INIT
                || type == ExchangeType.IKE_SESSION_RESUME
                || type == ExchangeType.IKE_AUTH
                || type == ExchangeType.CREATE_CHILD_SA
                || type == ExchangeType.INFORMATIONAL;
    }

    private void onUnknownSpi(EngineInput.Datagram datagram, IkeHeader header) {
        if (header.response()) {
            core.counters().increment(Counter.DROPPED_UNKNOWN_SPI_RESPONSE);
            return;
        }
        core.counters().increment(Counter.DROPPED_UNKNOWN_SPI);
        List<Payload> answer = new ArrayList<>();
        answer.add(Payload.Notify.of(NotifyType.INVALID_IKE_SPI));
        core.crashToken(header.initiatorSpi(), header.responderSpi())
                .filter(_ -> header.responderSpi() != 0)
                .map(token -> Payload.Notify.of(NotifyType.QUICK_CRASH_DETECTION, token))
                .ifPresent(answer::add);
        replies.send(datagram, header, answer);
    }

    private void onResponse(
            Session session,
            EngineInput.Datagram datagram,
            byte[] bytes,
            IkeMessage message,
            ExchangeType exchange) {
        IkeHeader header = message.header();
        if (!session.requests().expects(header.messageId(), exchange.value())) {
            core.counters().increment(Counter.DROPPED_UNEXPECTED_RESPONSE);
            return;
        }
        if (session.phase() instanceof Phase.InitSent sent) {
            if (!PayloadRules.check(exchange, true, message.payloads()).isEmpty()) {
                core.counters().increment(Counter.DROPPED_INIT_GRAMMAR);
                return;
            }
            session.trace("received", header, message.payloads());
            core.counters().increment(Counter.RESPONSES_HANDLED);
            InitiatorHandshake.onResponse(session, sent, message, bytes);
            return;
        }
        if (session.phase() instanceof Phase.ResumeSent sent) {
            if (!PayloadRules.check(exchange, true, message.payloads()).isEmpty()) {
                core.counters().increment(Counter.DROPPED_INIT_GRAMMAR);
                return;
            }
            session.trace("received", header, message.payloads());
            core.counters().increment(Counter.RESPONSES_HANDLED);
            ResumeInitiator.onResponse(session, sent, message, bytes);
            return;
        }
        if (isFragment(message)) {
            fragments
                    .take(session, session.responseParts(), bytes, message)
                    .ifPresent(whole ->
                            dispatcher.onResponse(
                                    session, datagram, header, exchange, whole.result()));
            return;
        }
        if (message.first(Payload.Sk.class).isEmpty()) {
            onUnprotected(session, message);
            return;
        }
        open(session, bytes, message)
                .ifPresent(result -> {
                    fragments.forget(session.responseParts());
                    dispatcher.onResponse(session, datagram, header, exchange, result);
                });
    }

    /**
     * A response in clear proves nothing; that the peer may have lost the SA is reason to ask it
     * soon (RFC 7296 section 2.4).
     */
    private void onUnprotected(Session session, IkeMessage message) {
        boolean hint = message.notify(NotifyType.INVALID_IKE_SPI).isPresent();
        if (hint && CrashDetection.proves(session, message.payloads())) {
            core.counters().increment(Counter.CRASHES_DETECTED);
            session.traceText("the peer has lost the IKE SA: its crash token is right (RFC 6290)");
            Endings.end(session, EndCause.PEER_LOST, "the peer has started again");
            return;
        }
        core.counters()
                .increment(hint ? Counter.DROPPED_UNPROTECTED_HINT : Counter.DROPPED_NOT_ENCRYPTED);
        long soonNs = core.nowNs() + HINT_DELAY_NS;
        if (hint
                && session.isEstablished()
                && session.timers().isSet(SessionTimer.LIVENESS)
                && session.timers().get(SessionTimer.LIVENESS) > soonNs
                && session.mayFollowHint()) {
            session.timers().set(SessionTimer.LIVENESS, soonNs);
        }
    }

    private void onRequest(
            Session session,
            EngineInput.Datagram datagram,
            byte[] bytes,
            IkeMessage message,
            ExchangeType exchange) {
        int fragment = message.first(Payload.Skf.class).map(Payload.Skf::fragmentNumber).orElse(0);
        switch (session.responses().classify(message.header().messageId(), bytes, fragment)) {
            case ResponseSlot.Kind.Outside _ ->
                    core.counters().increment(Counter.DROPPED_OUTSIDE_WINDOW);
            case ResponseSlot.Kind.Differs _ ->
                    core.counters().increment(Counter.DROPPED_RETRANSMISSION_DIFFERS);
            case ResponseSlot.Kind.LimitReached _ ->
                    core.counters().increment(Counter.DROPPED_RETRANSMISSION_LIMIT);
            case ResponseSlot.Kind.InProgress _ ->
                    core.counters().increment(Counter.DROPPED_DUPLICATE_IN_PROGRESS);
            case ResponseSlot.Kind.LaterFragment _ ->
                    core.counters().increment(Counter.DROPPED_FRAGMENT_ANSWERED);
            case ResponseSlot.Kind.Answered _ ->
                    session.messenger().resendResponse(datagram.local(), datagram.remote(), false);
            case ResponseSlot.Kind.OtherForm _ -> onOtherForm(session, datagram, bytes, message);
            case ResponseSlot.Kind.Next _ ->
                    onNextRequest(session, datagram, bytes, message, exchange);
        }
    }

    /**
     * A request that was answered, in other fragments: the response goes out again, once it is
     * known that the peer sent this.
     */
    private void onOtherForm(
            Session session, EngineInput.Datagram datagram, byte[] bytes, IkeMessage message) {
        if (!fragments.isAuthentic(session, bytes, message)) {
            core.counters().increment(Counter.DROPPED_INTEGRITY);
        } else if (session.responses().acceptForm(bytes) instanceof ResponseSlot.Kind.Answered) {
            session.messenger().resendResponse(datagram.local(), datagram.remote(), true);
        } else {
            core.counters().increment(Counter.DROPPED_RETRANSMISSION_LIMIT);
        }
    }

    private static boolean isFragment(IkeMessage message) {
        return message.first(Payload.Skf.class).isPresent();
    }

    private void onNextRequest(
            Session session,
            EngineInput.Datagram datagram,
            byte[] bytes,
            IkeMessage message,
            ExchangeType exchange) {
        if (!admits(session, exchange)) {
            core.counters().increment(Counter.DROPPED_UNEXPECTED_EXCHANGE);
            return;
        }
        if (isFragment(message)) {
            fragments
                    .take(session, session.requestParts(), bytes, message)
                    .ifPresent(whole -> onWhole(session, datagram, message, exchange, whole));
            return;
        }
        if (message.first(Payload.Sk.class).isEmpty()) {
            core.counters().increment(Counter.DROPPED_NOT_ENCRYPTED);
            return;
        }
        open(session, bytes, message)
                .ifPresent(result -> {
                    fragments.forget(session.requestParts());
                    session.responses().begin(bytes, false);
                    dispatcher.onRequest(session, datagram, message.header(), exchange, result);
                });
    }

    private void onWhole(
            Session session,
            EngineInput.Datagram datagram,
            IkeMessage message,
            ExchangeType exchange,
            Reassembly.Whole whole) {
        if (whole.fragments() > 1) {
            // The way back is no wider, as far as the peer knows.
            session.fragmenting().limitTo(whole.longestBytes(), session.path());
        }
        session.responses().begin(whole.first(), true);
        dispatcher.onRequest(session, datagram, message.header(), exchange, whole.result());
    }

    /** Whether an exchange of the peer has a place in this state at all. */
    private static boolean admits(Session session, ExchangeType exchange) {
        return switch (session.phase()) {
            case Phase.InitAnswered _ -> exchange == ExchangeType.IKE_AUTH;
            case Phase.Established _, Phase.Rekeyed _, Phase.Deleting _ ->
                    exchange == ExchangeType.CREATE_CHILD_SA
                            || exchange == ExchangeType.INFORMATIONAL;
            case Phase.Resolving _,
                    Phase.InitPreparing _,
                    Phase.InitSent _,
                    Phase.ResumeSent _,
                    Phase.InitAgreeing _,
                    Phase.AuthSent _,
                    Phase.InitAnswering _,
                    Phase.Gone _ ->
                    false;
        };
    }

    private Optional<OpenResult> open(Session session, byte[] bytes, IkeMessage message) {
        if (session.codec().isEmpty()) {
            core.counters().increment(Counter.DROPPED_UNEXPECTED_EXCHANGE);
            return Optional.empty();
        }
        OpenResult result = session.codec().get().open(bytes, message);
        if (result instanceof OpenResult.IntegrityFailure) {
            core.counters().increment(Counter.DROPPED_INTEGRITY);
            return Optional.empty();
        }
        return Optional.of(result);
    }
}
