package dev.culvert.ike.session;

import dev.culvert.ike.Configured;
import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.crypto.IkeKeys;
import dev.culvert.ike.crypto.WiresharkKeys;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.Gateway;
import dev.culvert.ike.message.IkeHeader;
import dev.culvert.ike.message.IkeMessage;
import dev.culvert.ike.message.MessageEncoder;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.message.SkCodec;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.wire.Bytes;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One IKE SA: what it is made of, and how its messages leave. What messages mean is decided
 * elsewhere.
 *
 * <p>The flags of the header follow from who began: {@link #initiator()} is the original
 * initiator's side of this SA (RFC 7296 section 2.2), whoever starts an exchange on it later.
 */
public final class Session {
    /** A size of fragments is tried this often (RFC 7383 section 2.5.2: a few retries). */
    private static final int PROBE_SENDINGS = 3;

    /** And no longer than this each time, so that all sizes are tried within seconds. */
    private static final long PROBE_WAIT_NS = 1_000_000_000L;

    private final Services services;
    private final int uniqueId;
    private final boolean initiator;
    private final long localSpi;
    private long remoteSpi;
    private Optional<ConnectionConfig> connection;
    private Path path;
    private Path returnPath;
    private Phase phase;
    private Optional<Identity> localId = Optional.empty();
    private Optional<Identity> remoteId = Optional.empty();
    private Optional<IkeSuite> suite = Optional.empty();
    private Optional<IkeKeys> keys = Optional.empty();
    private Optional<SkCodec> codec = Optional.empty();
    private final RequestSlot requests = new RequestSlot();
    private final ResponseSlot responses = new ResponseSlot();
    private final Fragmenting fragmenting;
    private final Reassembly requestParts = new Reassembly();
    private final Reassembly responseParts = new Reassembly();
    private final PeerAbilities peerAbilities = new PeerAbilities();
    private Optional<Tickets.Ticket> resumed = Optional.empty();
    private int originId;
    private Optional<Redirection> redirection = Optional.empty();
    private Optional<Gateway> redirectPeerTo = Optional.empty();
    private final ExchangeQueue queue = new ExchangeQueue();
    private final TimerTable<SessionTimer> timers = new TimerTable<>(SessionTimer.class);
    private final List<ChildSa> children = new ArrayList<>();
    private final Map<String, ChildRequest> pendingChildren = new LinkedHashMap<>();
    private final Set<Integer> earlyDeletions = new HashSet<>();
    private final RateLimiter hints = new RateLimiter(1, 10_000_000_000L);
    private boolean hinted;
    private Optional<Session> undecidedWith = Optional.empty();
    private boolean announced;
    private boolean authenticatedAsInitiator;
    private Optional<Session> renewal = Optional.empty();
    private boolean renews;
    private Optional<Bytes> peerCrashToken = Optional.empty();
    private boolean peerKnowsNatTraversal;
    private Configured configured = Configured.NOTHING;
    private int configuredOwner;
    private int attempt = 1;
    private long establishedNs;
    private long lastInboundNs;
    private long lastOutboundNs;

    /**
     * A new IKE SA.
     *
     * @param uniqueId its number for operators
     * @param initiator whether this side began it
     * @param localSpi the SPI that this side chose
     * @param remoteSpi the peer's, or 0 while it is not known
     */
    public Session(
            Services services,
            int uniqueId,
            boolean initiator,
            long localSpi,
            long remoteSpi,
            Optional<ConnectionConfig> connection,
            Path path,
            Phase phase) {
        this.services = services;
        this.uniqueId = uniqueId;
        this.initiator = initiator;
        this.authenticatedAsInitiator = initiator;
        this.localSpi = localSpi;
        this.remoteSpi = remoteSpi;
        this.connection = connection;
        this.path = path;
        this.returnPath = path;
        this.phase = phase;
        this.configuredOwner = uniqueId;
        this.fragmenting = new Fragmenting(services);
        this.originId = uniqueId;
    }

    /** Sends a request in clear (IKE_SA_INIT) and waits for its response. */
    public byte[] sendPlainRequest(ExchangeType exchange, List<Payload> payloads) {
        IkeHeader header = requestHeader(exchange);
        byte[] message = MessageEncoder.encode(new IkeMessage(header, payloads));
        startRequest(exchange, new Sealed(header, payloads, List.of(message)));
        return message;
    }

    /** Sends a protected request and waits for its response. */
    public void sendRequest(ExchangeType exchange, List<Payload> payloads) {
        startRequest(exchange, fragmenting.seal(this, requestHeader(exchange), payloads));
    }

    /**
     * Sends a protected request once, without waiting for anything; the SA must not be used for
     * requests afterwards.
     */
    public void sendLastRequest(ExchangeType exchange, List<Payload> payloads) {
        if (requests.outstanding().isPresent()) {
            // A message ID is never used for two different requests.
            requestAnswered();
        }
        Sealed sealed = fragmenting.seal(this, requestHeader(exchange), payloads);
        traceSending(sealed);
        transmit(path, sealed);
    }

    /** Sends a response in clear: to IKE_SA_INIT, or to IKE_SESSION_RESUME. */
    public byte[] sendPlainResponse(ExchangeType exchange, List<Payload> payloads) {
        IkeHeader header = responseHeader(exchange);
        byte[] message = MessageEncoder.encode(new IkeMessage(header, payloads));
        finishResponse(new Sealed(header, payloads, List.of(message)));
        return message;
    }

    /** Sends a protected response to the request in work, to where that came from, and keeps it. */
    public void sendResponse(ExchangeType exchange, List<Payload> payloads) {
        finishResponse(fragmenting.seal(this, responseHeader(exchange), payloads));
    }

    /**
     * Sends the outstanding request again, to where the peer is now: cut smaller, if it went
     * unanswered for long enough to suspect the path (RFC 7383 section 2.5.2).
     *
     * @return false if it was sent often enough
     */
    public boolean retransmitRequest() {
        RequestSlot.Outstanding outstanding = requests.outstanding().orElseThrow();
        Optional<Sealed> smaller =
                outstanding.sendings() < PROBE_SENDINGS
                        ? Optional.empty()
                        : fragmenting.cutSmaller(this, outstanding.message());
        if (smaller.isPresent()) {
            requests.recut(smaller.get());
        } else if (outstanding.sendings() > services.settings().retransmit().tries()) {
            return false;
        } else {
            requests.sentAgain();
        }
        RequestSlot.Outstanding now = requests.outstanding().orElseThrow();
        services.counters().increment(Counter.REQUESTS_RETRANSMITTED);
        traceText(
                "sending "
                        + now.exchange()
                        + " request "
                        + now.messageId()
                        + " again"
                        + now.message().inFragments()
                        + " ("
                        + now.sendings()
                        + " of "
                        + services.settings().retransmit().tries()
                        + ")");
        transmit(path, now.message());
        armRetransmission(now);
        return true;
    }

    /**
     * Sends the kept response again; smaller each second time, as the peer seems not to get it.
     *
     * @param otherForm whether the peer itself has cut its request smaller
     */
    public void resendResponse(
            InetSocketAddress local, InetSocketAddress remote, boolean otherForm) {
        services.counters().increment(Counter.RESPONSES_RETRANSMITTED);
        if (otherForm || responses.resends() % 2 == 0) {
            fragmenting
                    .cutSmaller(this, responses.response().orElseThrow())
                    .ifPresent(responses::recut);
        }
        transmit(path.withAddresses(local, remote), responses.response().orElseThrow());
    }

    /** Takes the response to the outstanding request off the timer. */
    public void requestAnswered() {
        requests.answered();
        timers.cancel(SessionTimer.RETRANSMIT);
    }

    /** Takes the outstanding request back, so that another one takes its message ID. */
    public void withdrawRequest() {
        requests.withdraw();
        timers.cancel(SessionTimer.RETRANSMIT);
    }

    private void startRequest(ExchangeType exchange, Sealed message) {
        requests.sent(exchange, message);
        traceSending(message);
        transmit(path, message);
        armRetransmission(requests.outstanding().orElseThrow());
    }

    private void finishResponse(Sealed message) {
        responses.answer(message);
        traceSending(message);
        transmit(returnPath, message);
    }

    private void armRetransmission(RequestSlot.Outstanding outstanding) {
        double chance = (services.random().nextLong() >>> 11) * 0x1.0p-53;
        long waitNs =
                Retransmission.waitNs(
                        services.settings().retransmit(), outstanding.sendings(), chance);
        if (fragmenting.canBeSmaller(this, outstanding.message())) {
            waitNs = Math.min(waitNs, PROBE_WAIT_NS);
        }
        timers.set(SessionTimer.RETRANSMIT, services.nowNs() + waitNs);
    }

    private void transmit(Path to, Sealed message) {
        services.counters().increment(Counter.MESSAGES_SENT);
        lastOutboundNs = services.nowNs();
        services.touch(this);
        for (byte[] datagram : message.datagrams()) {
            if (message.datagrams().size() > 1) {
                services.counters().increment(Counter.FRAGMENTS_SENT);
            }
            services.emit(new EngineOutput.Transmit(to.local(), to.remote(), datagram));
        }
    }

    private IkeHeader requestHeader(ExchangeType exchange) {
        return IkeHeader.request(
                initiatorSpi(), responderSpi(), exchange, initiator, requests.nextId());
    }

    private IkeHeader responseHeader(ExchangeType exchange) {
        return IkeHeader.response(
                initiatorSpi(), responderSpi(), exchange, initiator, responses.nextId());
    }

    private void traceSending(Sealed sealed) {
        trace("sending", sealed.header(), sealed.payloads(), sealed.inFragments());
    }

    /** Tells what is sent or received, in the RFC's notation. */
    public void trace(String verb, IkeHeader header, List<Payload> payloads) {
        trace(verb, header, payloads, "");
    }

    private void trace(String verb, IkeHeader header, List<Payload> payloads, String after) {
        traceText(
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

    /** Tells a step on the way. */
    public void traceText(String message) {
        services.emit(
                new EngineOutput.Notify(
                        new EngineEvent.Trace(
                                connectionName(), Optional.of(path.remote()), message)));
    }

    /** Tells that something went wrong. */
    public void alert(AlertType type, String message, List<String> details) {
        services.emit(
                new EngineOutput.Notify(
                        new EngineEvent.Alert(
                                connectionName(),
                                Optional.of(path.remote()),
                                type,
                                message,
                                details)));
    }

    /** Tells that something went wrong, without further lines. */
    public void alert(AlertType type, String message) {
        alert(type, message, List.of());
    }

    /** Takes keys over, and with them the ability to protect messages. */
    public void setKeys(IkeSuite newSuite, IkeKeys newKeys) {
        suite = Optional.of(newSuite);
        keys = Optional.of(newKeys);
        codec = Optional.of(new SkCodec(newSuite, newKeys, initiator));
        if (services.settings().exportKeys()) {
            services.emit(
                    new EngineOutput.Notify(
                            new EngineEvent.KeyMaterial(
                                    connectionName(),
                                    EngineEvent.KeyFile.IKEV2_DECRYPTION_TABLE,
                                    WiresharkKeys.ikeLine(
                                            initiatorSpi(), responderSpi(), newSuite, newKeys))));
        }
    }

    /** Wipes all secrets. */
    public void destroy() {
        keys.ifPresent(IkeKeys::destroy);
        keys = Optional.empty();
        codec.ifPresent(SkCodec::destroy);
        codec = Optional.empty();
        if (phase instanceof Phase.InitSent sent) {
            sent.keyExchange().destroy();
        } else if (phase instanceof Phase.ResumeSent sent) {
            sent.offer().ticket().skD().destroy();
        }
        children.forEach(ChildSa::destroy);
        requestParts.clear();
        responseParts.clear();
    }

    /** The engine around it. */
    public Services services() {
        return services;
    }

    /** Its number for operators. */
    public int uniqueId() {
        return uniqueId;
    }

    /** Whether this side is the original initiator. */
    public boolean initiator() {
        return initiator;
    }

    /** The SPI that this side chose. */
    public long localSpi() {
        return localSpi;
    }

    /** The SPI that the peer chose; 0 while it is not known. */
    public long remoteSpi() {
        return remoteSpi;
    }

    /** Notes the responder's SPI. */
    public void setRemoteSpi(long spi) {
        remoteSpi = spi;
    }

    /** The original initiator's SPI. */
    public long initiatorSpi() {
        return initiator ? localSpi : remoteSpi;
    }

    /** The original responder's SPI. */
    public long responderSpi() {
        return initiator ? remoteSpi : localSpi;
    }

    /** Its connection; empty while a responder has not chosen one. */
    public Optional<ConnectionConfig> connection() {
        return connection;
    }

    /** Chooses a connection, or another one. */
    public void setConnection(ConnectionConfig chosen) {
        connection = Optional.of(chosen);
    }

    /** The connection's name, as far as it is known. */
    public Optional<String> connectionName() {
        return connection.map(ConnectionConfig::name);
    }

    /** Where messages go. */
    public Path path() {
        return path;
    }

    /** Sends messages elsewhere from now on. */
    public void setPath(Path newPath) {
        if (!newPath.remote().getAddress().equals(path.remote().getAddress())) {
            fragmenting.forgetPath();
        }
        path = newPath;
    }

    /** Notes where the request in work came from: its response goes there. */
    public void setReturnPath(InetSocketAddress local, InetSocketAddress remote) {
        returnPath = path.withAddresses(local, remote);
    }

    /** Where it is on its line of states. */
    public Phase phase() {
        return phase;
    }

    /** Moves on. */
    public void setPhase(Phase next) {
        phase = next;
    }

    /** Whether both sides are authenticated and neither ends it. */
    public boolean isEstablished() {
        return phase instanceof Phase.Established;
    }

    /** Whether it is still being set up. */
    public boolean isConnecting() {
        return switch (phase) {
            case Phase.Resolving _,
                    Phase.InitPreparing _,
                    Phase.InitSent _,
                    Phase.ResumeSent _,
                    Phase.InitAgreeing _,
                    Phase.AuthSent _,
                    Phase.InitAnswering _,
                    Phase.InitAnswered _ ->
                    true;
            case Phase.Established _, Phase.Rekeyed _, Phase.Deleting _, Phase.Gone _ -> false;
        };
    }

    /** Whether it is over. */
    public boolean isGone() {
        return phase instanceof Phase.Gone;
    }

    /** This side's identity, once it is chosen. */
    public Optional<Identity> localId() {
        return localId;
    }

    /** The peer's identity, once it is proven. */
    public Optional<Identity> remoteId() {
        return remoteId;
    }

    /** Notes the identities. */
    public void setIdentities(Identity local, Optional<Identity> remote) {
        localId = Optional.of(local);
        remoteId = remote;
    }

    /** Its algorithms, once they are agreed. */
    public Optional<IkeSuite> suite() {
        return suite;
    }

    /** Its keys, once they are derived. */
    public Optional<IkeKeys> keys() {
        return keys;
    }

    /** What protects its messages, once there are keys. */
    public Optional<SkCodec> codec() {
        return codec;
    }

    /** Our requests. */
    public RequestSlot requests() {
        return requests;
    }

    /** The peer's requests. */
    public ResponseSlot responses() {
        return responses;
    }

    /** How it cuts what it sends. */
    public Fragmenting fragmenting() {
        return fragmenting;
    }

    /** Fragments of a request of the peer. */
    public Reassembly requestParts() {
        return requestParts;
    }

    /** Fragments of a response of the peer. */
    public Reassembly responseParts() {
        return responseParts;
    }

    /** The ticket that it was resumed with; its key is wiped. */
    public Optional<Tickets.Ticket> resumed() {
        return resumed;
    }

    /** Notes that it is resumed. */
    public void setResumed(Tickets.Ticket ticket) {
        resumed = Optional.of(ticket);
    }

    /** The number of the first IKE SA of which this one is the successor. */
    public int originId() {
        return originId;
    }

    /** Notes of which IKE SA it is the successor. */
    public void setOriginId(int value) {
        originId = value;
    }

    /** What the peer announced. */
    public PeerAbilities peerAbilities() {
        return peerAbilities;
    }

    /** As initiator: that it goes elsewhere than its connection says. */
    public Optional<Redirection> redirection() {
        return redirection;
    }

    /** As responder: where the peer is sent once it has authenticated. */
    public Optional<Gateway> redirectPeerTo() {
        return redirectPeerTo;
    }

    /** Notes where the peer is to be sent. */
    public void setRedirectPeerTo(Gateway gateway) {
        redirectPeerTo = Optional.of(gateway);
    }

    /** Sends it elsewhere, before it begins. */
    public void setRedirection(Redirection value) {
        redirection = Optional.of(value);
    }

    /** The exchanges that we start. */
    public ExchangeQueue queue() {
        return queue;
    }

    /** Its deadlines. */
    public TimerTable<SessionTimer> timers() {
        return timers;
    }

    /** Its child SAs, the oldest first. To be changed by its owners only. */
    public List<ChildSa> children() {
        return children;
    }

    /** As initiator: the children that are to be set up as soon as it is established, by name. */
    public Map<String, ChildRequest> pendingChildren() {
        return pendingChildren;
    }

    /** The child SA with a number. */
    public Optional<ChildSa> child(long childSaId) {
        return children.stream().filter(c -> c.childSaId() == childSaId).findFirst();
    }

    /** Whether a child of this name carries traffic, or is about to. */
    public boolean hasCurrentChild(String name) {
        return children.stream().anyMatch(c -> c.isCurrent() && c.name().equals(name));
    }

    /** Takes a token for acting on an unprotected hint that the peer has lost the SA. */
    public boolean mayFollowHint() {
        hinted = hints.tryTake(services.nowNs());
        return hinted;
    }

    /** Whether there was such a hint since this was last asked. */
    public boolean takeHint() {
        boolean taken = hinted;
        hinted = false;
        return taken;
    }

    /**
     * SPIs of child SAs that the peer deleted before its response that creates them came: the two
     * may overtake each other.
     */
    public Set<Integer> earlyDeletions() {
        return earlyDeletions;
    }

    /**
     * The IKE SA that this one replaces for the peer, while it is not known yet whether it does:
     * our own rekeying of that one is under way too (RFC 7296 section 2.8.2).
     */
    public Optional<Session> undecidedWith() {
        return undecidedWith;
    }

    /** Starts no exchanges on this IKE SA until it is known whether it stays. */
    public void holdUndecided(Session old) {
        undecidedWith = Optional.of(old);
    }

    /** It is known now whether it stays. */
    public void decide() {
        undecidedWith = Optional.empty();
    }

    /**
     * Whether this side began when the two were authenticated; unlike {@link #initiator()} the same
     * over rekeyings.
     */
    public boolean authenticatedAsInitiator() {
        return authenticatedAsInitiator;
    }

    /** Takes over from another IKE SA what belongs to the authentication. */
    public void inheritAuthentication(Session old) {
        authenticatedAsInitiator = old.authenticatedAsInitiator;
        renewal = old.renewal;
        timers.set(SessionTimer.REAUTH, old.timers.get(SessionTimer.REAUTH));
        timers.set(SessionTimer.REAUTH_HARD, old.timers.get(SessionTimer.REAUTH_HARD));
        timers.set(SessionTimer.SUPERSEDED, old.timers.get(SessionTimer.SUPERSEDED));
    }

    /** The IKE SA that is to take this one's place, with an authentication of its own. */
    public Optional<Session> renewal() {
        return renewal.filter(session -> !session.isGone());
    }

    /** Notes which one takes its place. */
    public void setRenewal(Session session) {
        renewal = Optional.of(session);
        session.renews = true;
    }

    /** Whether this one is to take another's place. */
    public boolean renews() {
        return renews;
    }

    /** What the peer shows when it has lost this IKE SA (RFC 6290), if it told. */
    public Optional<Bytes> peerCrashToken() {
        return peerCrashToken;
    }

    /** Notes it. */
    public void setPeerCrashToken(Bytes token) {
        peerCrashToken = Optional.of(token);
    }

    /** Whether its coming up was told, so that its end has to be told, too. */
    public boolean isAnnounced() {
        return announced;
    }

    /** Notes that its coming up is told. */
    public void setAnnounced() {
        announced = true;
    }

    /** Whether the peer sent NAT detection payloads. */
    public boolean peerKnowsNatTraversal() {
        return peerKnowsNatTraversal;
    }

    /** Notes whether it did. */
    public void setPeerKnowsNatTraversal(boolean value) {
        peerKnowsNatTraversal = value;
    }

    /** What was agreed in configuration payloads. */
    public Configured configured() {
        return configured;
    }

    /** Notes what was agreed. */
    public void setConfigured(Configured value) {
        configured = value;
    }

    /**
     * The number under which leases and configuration are held, the same over rekeyings; 0 once
     * they were handed over.
     */
    public int configuredOwner() {
        return configuredOwner;
    }

    /** Takes over the addresses of the IKE SA that this one replaces. */
    public void inheritConfigured(Session old) {
        configured = old.configured;
        configuredOwner = old.configuredOwner;
        old.configured = Configured.NOTHING;
        old.configuredOwner = 0;
    }

    /** As initiator: which try of {@code keyingtries} this is, from 1. */
    public int attempt() {
        return attempt;
    }

    /** Notes which try this is. */
    public void setAttempt(int value) {
        attempt = value;
    }

    /** When it was established, in nanoseconds; 0 before. */
    public long establishedNs() {
        return establishedNs;
    }

    /** Notes when it was established. */
    public void setEstablishedNs(long value) {
        establishedNs = value;
    }

    /** When the peer was last heard: IKE, or ESP of any child. */
    public long lastInboundNs() {
        long last = lastInboundNs;
        for (ChildSa child : children) {
            last = Math.max(last, child.lastInboundNs());
        }
        return last;
    }

    /** Notes that an authentic message came. */
    public void noteInbound() {
        lastInboundNs = services.nowNs();
    }

    /** When anything was last sent to the peer: IKE, or ESP of any child. */
    public long lastOutboundNs() {
        long last = lastOutboundNs;
        for (ChildSa child : children) {
            last = Math.max(last, child.lastOutboundNs());
        }
        return last;
    }

    /** Notes that something was sent that is no IKE message. */
    public void noteOutbound() {
        lastOutboundNs = services.nowNs();
    }

    /** The earliest deadline of the SA and its children, in nanoseconds. */
    public long earliestDeadlineNs() {
        long earliest = timers.earliestNs();
        for (ChildSa child : children) {
            earliest = Math.min(earliest, child.timers().earliestNs());
        }
        return earliest;
    }

    @Override
    public String toString() {
        return String.format(
                "IKE SA %s[%d] %016x_i%s %016x_r%s",
                connectionName().orElse("(no connection)"),
                uniqueId,
                initiatorSpi(),
                initiator ? "*" : "",
                responderSpi(),
                initiator ? "" : "*");
    }
}
