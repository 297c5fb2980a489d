package dev.culvert.ike.engine;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.EngineInput;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.exchange.AuthInitiator;
import dev.culvert.ike.exchange.AuthResponder;
import dev.culvert.ike.exchange.CreateChildResponder;
import dev.culvert.ike.exchange.Endings;
import dev.culvert.ike.exchange.InformationalResponder;
import dev.culvert.ike.exchange.MobikeInitiator;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.IkeHeader;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.OpenResult;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.message.PayloadRules;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Path;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.Bytes;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * The upper rungs of the ladder, for messages that are authentic: grammar, counts of payloads, and
 * who takes them.
 */
final class Dispatcher {
    private final EngineCore core;

    Dispatcher(EngineCore core) {
        this.core = core;
    }

    void onRequest(
            Session session,
            EngineInput.Datagram datagram,
            IkeHeader header,
            ExchangeType exchange,
            OpenResult result) {
        session.setReturnPath(datagram.local(), datagram.remote());
        session.noteInbound();
        switch (result) {
            case OpenResult.IntegrityFailure _ -> throw new IllegalStateException("not authentic");
            case OpenResult.ProtectedGrammarError(var fault) ->
                    refuseSyntax(session, exchange, fault.toString());
            case OpenResult.ProtectedUnknownCritical(int payloadValue) ->
                    refuseCritical(session, exchange, payloadValue);
            case OpenResult.Opened(List<Payload> payloads) -> {
                session.trace("received", header, payloads);
                List<PayloadRules.Violation> violations =
                        PayloadRules.check(exchange, false, payloads);
                if (!violations.isEmpty()) {
                    refuseSyntax(session, exchange, violations.getFirst().toString());
                    return;
                }
                core.counters().increment(Counter.REQUESTS_HANDLED);
                follow(session, datagram.local(), datagram.remote());
                handleRequest(session, exchange, payloads);
            }
        }
    }

    private static void handleRequest(
            Session session, ExchangeType exchange, List<Payload> payloads) {
        if (session.phase() instanceof Phase.InitAnswered answered) {
            AuthResponder.onRequest(session, answered, payloads);
        } else if (exchange == ExchangeType.CREATE_CHILD_SA) {
            CreateChildResponder.onRequest(session, payloads);
        } else {
            InformationalResponder.onRequest(session, payloads);
        }
    }

    void onResponse(
            Session session,
            EngineInput.Datagram datagram,
            IkeHeader header,
            ExchangeType exchange,
            OpenResult result) {
        session.noteInbound();
        switch (result) {
            case OpenResult.IntegrityFailure _ -> throw new IllegalStateException("not authentic");
            case OpenResult.ProtectedGrammarError(var fault) ->
                    endOnResponse(session, fault.toString());
            case OpenResult.ProtectedUnknownCritical(int payloadValue) ->
                    endOnResponse(session, "critical payload of unknown type " + payloadValue);
            case OpenResult.Opened(List<Payload> payloads) -> {
                session.trace("received", header, payloads);
                List<PayloadRules.Violation> violations =
                        PayloadRules.check(exchange, true, payloads);
                if (!violations.isEmpty()) {
                    endOnResponse(session, violations.getFirst().toString());
                    return;
                }
                core.counters().increment(Counter.RESPONSES_HANDLED);
                session.requestAnswered();
                MobikeInitiator.onAnswerFrom(session, datagram.local(), datagram.remote());
                follow(session, datagram.local(), datagram.remote());
                handleResponse(session, payloads);
            }
        }
    }

    private static void handleResponse(Session session, List<Payload> payloads) {
        if (session.phase() instanceof Phase.AuthSent sent) {
            AuthInitiator.onResponse(session, sent, payloads);
            return;
        }
        boolean fatal =
                Payload.notify(payloads, NotifyType.INVALID_SYNTAX).isPresent()
                        || Payload.notify(payloads, NotifyType.AUTHENTICATION_FAILED).isPresent();
        if (fatal) {
            session.alert(
                    AlertType.PARSE_ERROR_BODY,
                    "the peer cannot read what we sent, and has ended the IKE SA; its log should say why");
            Endings.end(session, EndCause.FAILED, "the peer could not read our request");
            return;
        }
        session.queue().active().ifPresent(exchange -> exchange.onResponse(payloads));
    }

    /**
     * RFC 7296 section 2.21.3: a malformed request that is authentic ends the IKE SA on both sides.
     */
    private void refuseSyntax(Session session, ExchangeType exchange, String problem) {
        core.counters().increment(Counter.DROPPED_PROTECTED_GRAMMAR);
        session.alert(
                AlertType.PARSE_ERROR_BODY,
                "the peer sent a malformed " + exchange + " request; it is at fault",
                List.of(problem));
        session.sendResponse(exchange, List.of(Payload.Notify.of(NotifyType.INVALID_SYNTAX)));
        Endings.endLingering(session, EndCause.FAILED, "the peer sent a malformed request");
    }

    private void refuseCritical(Session session, ExchangeType exchange, int payloadValue) {
        core.counters().increment(Counter.DROPPED_PROTECTED_GRAMMAR);
        session.sendResponse(
                exchange,
                List.of(
                        Payload.Notify.of(
                                NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD,
                                Bytes.of(new byte[] {(byte) payloadValue}))));
        if (!session.isEstablished()) {
            Endings.endLingering(
                    session,
                    EndCause.FAILED,
                    "the peer insists on an extension that is not known here");
        }
    }

    private void endOnResponse(Session session, String problem) {
        core.counters().increment(Counter.DROPPED_PROTECTED_GRAMMAR);
        session.alert(
                AlertType.PARSE_ERROR_BODY,
                "the peer sent a malformed response; it is at fault",
                List.of(problem));
        session.requestAnswered();
        Endings.endTelling(
                session,
                EndCause.FAILED,
                "the peer sent a malformed response",
                Payload.Delete.ike());
    }

    /**
     * An authentic message that is no retransmission shows where the peer is now (RFC 7296 section
     * 2.23).
     */
    void follow(Session session, InetSocketAddress local, InetSocketAddress remote) {
        Path path = session.path();
        if (path.local().equals(local) && path.remote().equals(remote)) {
            return;
        }
        if (session.phase() instanceof Phase.InitAnswered) {
            session.setPath(path.withAddresses(local, remote));
            return;
        }
        // With MOBIKE only what the side that began says moves the SAs (RFC 4555 section 3.8).
        if (!session.isEstablished() || !path.peerMayMove() || session.mobility().isAgreed()) {
            return;
        }
        session.traceText(
                "the peer moved from " + Path.text(path.remote()) + " to " + Path.text(remote));
        core.counters().increment(Counter.ADDRESS_UPDATES);
        session.setPath(path.withAddresses(local, remote));
        for (ChildSa child : session.children()) {
            core.emit(new EngineOutput.UpdatePath(child.childSaId(), local, remote));
        }
    }
}
