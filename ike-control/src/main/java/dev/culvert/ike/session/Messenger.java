package dev.culvert.ike.session;

import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.IkeHeader;
import dev.culvert.ike.message.IkeMessage;
import dev.culvert.ike.message.MessageEncoder;
import dev.culvert.ike.message.Payload;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** How the messages of one IKE SA leave, the first time and again. */
public final class Messenger {
    /** A size of fragments is tried this often (RFC 7383 section 2.5.2: a few retries). */
    private static final int PROBE_SENDINGS = 3;

    /** And no longer than this each time, so that all sizes are tried within seconds. */
    private static final long PROBE_WAIT_NS = 1_000_000_000L;

    /** A lost packet is no reason to suspect the path, two in a row are. */
    private static final int SENDINGS_BEFORE_OTHER_PATHS = 3;

    private static final int RETRANSMISSIONS_BEFORE_NEXT_ADDRESS = 2;

    private final Session session;
    private final Services services;

    Messenger(Session session) {
        this.session = session;
        this.services = session.services();
    }

    /** Sends a request in clear (IKE_SA_INIT) and waits for its response. */
    byte[] sendPlainRequest(ExchangeType exchange, List<Payload> payloads) {
        IkeHeader header = requestHeader(exchange);
        byte[] message = MessageEncoder.encode(new IkeMessage(header, payloads));
        startRequest(exchange, new Sealed(header, payloads, List.of(message)));
        return message;
    }

    /** Sends a protected request and waits for its response. */
    void sendRequest(ExchangeType exchange, List<Payload> payloads) {
        startRequest(
                exchange, session.fragmenting().seal(session, requestHeader(exchange), payloads));
    }

    /**
     * Sends a protected request once, without waiting for anything; the SA must not be used for
     * requests afterwards.
     */
    void sendLastRequest(ExchangeType exchange, List<Payload> payloads) {
        if (session.requests().outstanding().isPresent()) {
            // A message ID is never used for two different session.requests().
            requestAnswered();
        }
        Sealed sealed = session.fragmenting().seal(session, requestHeader(exchange), payloads);
        traceSending(sealed);
        transmit(session.path(), sealed);
    }

    /** Sends a response in clear: to IKE_SA_INIT, or to IKE_SESSION_RESUME. */
    byte[] sendPlainResponse(ExchangeType exchange, List<Payload> payloads) {
        IkeHeader header = responseHeader(exchange);
        byte[] message = MessageEncoder.encode(new IkeMessage(header, payloads));
        finishResponse(new Sealed(header, payloads, List.of(message)));
        return message;
    }

    /** Sends a protected response to the request in work, to where that came from, and keeps it. */
    void sendResponse(ExchangeType exchange, List<Payload> payloads) {
        finishResponse(session.fragmenting().seal(session, responseHeader(exchange), payloads));
    }

    /**
     * Sends the outstanding request again, to where the peer is now: cut smaller, if it went
     * unanswered for long enough to suspect the path (RFC 7383 section 2.5.2).
     *
     * @return false if it was sent often enough
     */
    public boolean retransmitRequest() {
        RequestSlot.Outstanding outstanding = session.requests().outstanding().orElseThrow();
        Optional<Sealed> smaller =
                outstanding.sendings() < PROBE_SENDINGS
                        ? Optional.empty()
                        : session.fragmenting().cutSmaller(session, outstanding.message());
        if (smaller.isPresent()) {
            session.requests().recut(smaller.get());
        } else if (outstanding.sendings() > mostRetransmissions(outstanding.exchange())) {
            return false;
        } else {
            session.requests().sentAgain();
        }
        RequestSlot.Outstanding now = session.requests().outstanding().orElseThrow();
        services.counters().increment(Counter.REQUESTS_RETRANSMITTED);
        session.traceText(
                "sending "
                        + now.exchange()
                        + " request "
                        + now.messageId()
                        + " again"
                        + now.message().inFragments()
                        + " ("
                        + now.sendings()
                        + " of "
                        + mostRetransmissions(now.exchange())
                        + ")");
        transmit(session.path(), now.message());
        tryOtherPaths(now);
        armRetransmission(now);
        return true;
    }

    /** A first message is given up sooner when the peer may be found at another address. */
    private int mostRetransmissions(ExchangeType exchange) {
        int tries = services.settings().retransmit().tries();
        boolean first =
                exchange == ExchangeType.IKE_SA_INIT || exchange == ExchangeType.IKE_SESSION_RESUME;
        return first && session.lineage().attempt().hasOther()
                ? Math.min(tries, RETRANSMISSIONS_BEFORE_NEXT_ADDRESS)
                : tries;
    }

    /**
     * The path may be dead: the same request goes over all others, too, and where its answer comes
     * from shows which of them works (RFC 4555 sections 3.10 and 3.11).
     */
    private void tryOtherPaths(RequestSlot.Outstanding outstanding) {
        Mobility mobility = session.mobility();
        boolean suspect =
                mobility.isLost() || outstanding.sendings() >= SENDINGS_BEFORE_OTHER_PATHS;
        if (!suspect
                || !session.isEstablished()
                || !mobility.isAgreed()
                || !session.lineage().authenticatedAsInitiator()) {
            return;
        }
        List<Path> others = mobility.otherPaths(session);
        mobility.setProbed(others);
        others.forEach(path -> transmit(path, outstanding.message()));
        if (outstanding.sendings() == SENDINGS_BEFORE_OTHER_PATHS && !others.isEmpty()) {
            services.emit(
                    new EngineOutput.Notify(
                            new EngineEvent.PathChange(
                                    Snapshots.of(session),
                                    EngineEvent.PathStep.PROBE,
                                    "no answer over the path "
                                            + Path.text(session.path().local())
                                            + " to "
                                            + Path.text(session.path().remote())
                                            + "; trying "
                                            + others.size()
                                            + " other pairs of addresses")));
        }
    }

    /**
     * The path is another one: what waits for an answer goes there at once, and has all its tries
     * again (RFC 4555 section 3.5).
     */
    public void sendOnNewPath() {
        session.requests()
                .outstanding()
                .ifPresent(waiting -> {
                    session.requests().recut(waiting.message());
                    services.counters().increment(Counter.REQUESTS_RETRANSMITTED);
                    session.traceText(
                            "sending "
                                    + waiting.exchange()
                                    + " request "
                                    + waiting.messageId()
                                    + " again, on the new path");
                    transmit(session.path(), waiting.message());
                    armRetransmission(session.requests().outstanding().orElseThrow());
                });
    }

    /**
     * Sends the kept response again; smaller each second time, as the peer seems not to get it.
     *
     * @param otherForm whether the peer itself has cut its request smaller
     */
    public void resendResponse(
            InetSocketAddress local, InetSocketAddress remote, boolean otherForm) {
        services.counters().increment(Counter.RESPONSES_RETRANSMITTED);
        if (otherForm || session.responses().resends() % 2 == 0) {
            session.fragmenting()
                    .cutSmaller(session, session.responses().response().orElseThrow())
                    .ifPresent(session.responses()::recut);
        }
        transmit(
                session.path().withAddresses(local, remote),
                session.responses().response().orElseThrow());
    }

    /** Takes the response to the outstanding request off the timer. */
    void requestAnswered() {
        session.requests().answered();
        session.timers().cancel(SessionTimer.RETRANSMIT);
    }

    /** Takes the outstanding request back, so that another one takes its message ID. */
    void withdrawRequest() {
        session.requests().withdraw();
        session.timers().cancel(SessionTimer.RETRANSMIT);
    }

    private void startRequest(ExchangeType exchange, Sealed message) {
        session.requests().sent(exchange, message);
        traceSending(message);
        transmit(session.path(), message);
        if (session.mobility().isLost()) {
            tryOtherPaths(session.requests().outstanding().orElseThrow());
        }
        armRetransmission(session.requests().outstanding().orElseThrow());
    }

    private void finishResponse(Sealed message) {
        session.responses().answer(message);
        traceSending(message);
        transmit(session.returnPath(), message);
    }

    private void armRetransmission(RequestSlot.Outstanding outstanding) {
        double chance = (services.random().nextLong() >>> 11) * 0x1.0p-53;
        long waitNs =
                Retransmission.waitNs(
                        services.settings().retransmit(), outstanding.sendings(), chance);
        if (session.fragmenting().canBeSmaller(session, outstanding.message())) {
            waitNs = Math.min(waitNs, PROBE_WAIT_NS);
        }
        session.timers().set(SessionTimer.RETRANSMIT, services.nowNs() + waitNs);
    }

    private void transmit(Path to, Sealed message) {
        services.counters().increment(Counter.MESSAGES_SENT);
        session.noteOutbound();
        services.touch(session);
        int dscp = session.connection().map(ConnectionConfig::dscp).orElse(0);
        for (byte[] datagram : message.datagrams()) {
            if (message.datagrams().size() > 1) {
                services.counters().increment(Counter.FRAGMENTS_SENT);
            }
            services.emit(new EngineOutput.Transmit(to.local(), to.remote(), datagram, dscp));
        }
    }

    private IkeHeader requestHeader(ExchangeType exchange) {
        return IkeHeader.request(
                session.initiatorSpi(),
                session.responderSpi(),
                exchange,
                session.initiator(),
                session.requests().nextId());
    }

    private IkeHeader responseHeader(ExchangeType exchange) {
        return IkeHeader.response(
                session.initiatorSpi(),
                session.responderSpi(),
                exchange,
                session.initiator(),
                session.responses().nextId());
    }

    private void traceSending(Sealed sealed) {
        trace("sending", sealed.header(), sealed.payloads(), sealed.inFragments());
    }

    void trace(String verb, IkeHeader header, List<Payload> payloads, String after) {
        session.traceText(
                verb
                        + " "
                        + header.exchange().map(ExchangeType::name).orElse("unknown exchange")
                        + (header.response() ? " response " : " request ")
                        + header.messageId()
                        + payloads.stream()
                                .map(Payload::name)
                                .collect(Collectors.joining(" ", " [ ", " ]"))
                        + after);
    }
}
