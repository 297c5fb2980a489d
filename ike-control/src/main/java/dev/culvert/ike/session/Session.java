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
import dev.culvert.ike.message.IkeHeader;
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

/**
 * One IKE SA: what it is made of, and how its messages leave. What messages mean is decided
 * elsewhere.
 *
 * <p>The flags of the header follow from who began: {@link #initiator()} is the original
 * initiator's side of this SA (RFC 7296 section 2.2), whoever starts an exchange on it later.
 */
public final class Session {
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
    private final Messenger messenger;
    private final Lineage lineage;
    private final RequestSlot requests = new RequestSlot();
    private final ResponseSlot responses = new ResponseSlot();
    private final Fragmenting fragmenting;
    private final Reassembly requestParts = new Reassembly();
    private final Reassembly responseParts = new Reassembly();
    private Mobility mobility = new Mobility();
    private final PeerAbilities peerAbilities = new PeerAbilities();
    private final ExchangeQueue queue = new ExchangeQueue();
    private final TimerTable<SessionTimer> timers = new TimerTable<>(SessionTimer.class);
    private final List<ChildSa> children = new ArrayList<>();
    private final Map<String, ChildRequest> pendingChildren = new LinkedHashMap<>();
    private final Set<Integer> earlyDeletions = new HashSet<>();
    private final RateLimiter hints = new RateLimiter(1, 10_000_000_000L);
    private boolean hinted;
    private boolean announced;
    private Optional<Bytes> peerCrashToken = Optional.empty();
    private boolean peerKnowsNatTraversal;
    private Configured configured = Configured.NOTHING;
    private int configuredOwner;
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
        this.localSpi = localSpi;
        this.remoteSpi = remoteSpi;
        this.connection = connection;
        this.path = path;
        this.returnPath = path;
        this.phase = phase;
        this.configuredOwner = uniqueId;
        this.fragmenting = new Fragmenting(services);
        this.messenger = new Messenger(this);
        this.lineage = new Lineage(initiator, uniqueId);
    }

    /** Sends a request in clear (IKE_SA_INIT) and waits for its response. */
    public byte[] sendPlainRequest(ExchangeType exchange, List<Payload> payloads) {
        return messenger.sendPlainRequest(exchange, payloads);
    }

    /** Sends a protected request and waits for its response. */
    public void sendRequest(ExchangeType exchange, List<Payload> payloads) {
        messenger.sendRequest(exchange, payloads);
    }

    /**
     * Sends a protected request once, without waiting for anything; the SA must not be used for
     * requests afterwards.
     */
    public void sendLastRequest(ExchangeType exchange, List<Payload> payloads) {
        messenger.sendLastRequest(exchange, payloads);
    }

    /** Sends a response in clear: to IKE_SA_INIT, or to IKE_SESSION_RESUME. */
    public byte[] sendPlainResponse(ExchangeType exchange, List<Payload> payloads) {
        return messenger.sendPlainResponse(exchange, payloads);
    }

    /** Sends a protected response to the request in work, to where that came from, and keeps it. */
    public void sendResponse(ExchangeType exchange, List<Payload> payloads) {
        messenger.sendResponse(exchange, payloads);
    }

    /** What sends its messages, and sends them again. */
    public Messenger messenger() {
        return messenger;
    }

    /** Takes the response to the outstanding request off the timer. */
    public void requestAnswered() {
        messenger.requestAnswered();
    }

    /** Takes the outstanding request back, so that another one takes its message ID. */
    public void withdrawRequest() {
        messenger.withdrawRequest();
    }

    /** Tells what is sent or received, in the RFC's notation. */
    public void trace(String verb, IkeHeader header, List<Payload> payloads) {
        messenger.trace(verb, header, payloads, "");
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
        if (!newPath.remote().getAddress().equals(path.remote().getAddress())
                || !newPath.local().getAddress().equals(path.local().getAddress())) {
            fragmenting.forgetPath();
        }
        path = newPath;
    }

    /** Where the response to the request in work goes. */
    public Path returnPath() {
        return returnPath;
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

    /** Where it comes from, and what takes its place. */
    public Lineage lineage() {
        return lineage;
    }

    /** What is known of the ways to the peer. */
    public Mobility mobility() {
        return mobility;
    }

    /** Shares what is known with the IKE SA that this one replaces. */
    public void shareMobility(Session old) {
        mobility = old.mobility;
    }

    /** What the peer announced. */
    public PeerAbilities peerAbilities() {
        return peerAbilities;
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

    /** Takes over from another IKE SA what belongs to the authentication. */
    public void inheritAuthentication(Session old) {
        lineage.inheritAuthentication(old.lineage);
        timers.set(SessionTimer.REAUTH, old.timers.get(SessionTimer.REAUTH));
        timers.set(SessionTimer.REAUTH_HARD, old.timers.get(SessionTimer.REAUTH_HARD));
        timers.set(SessionTimer.SUPERSEDED, old.timers.get(SessionTimer.SUPERSEDED));
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
