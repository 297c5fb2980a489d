package dev.culvert.ike.engine;

import dev.culvert.ike.CryptoJob;
import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.EngineOutputs;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.EngineConfig;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.crypto.IkeKeys;
import dev.culvert.ike.crypto.RandomSource;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.exchange.DeleteIkeExchange;
import dev.culvert.ike.exchange.Endings;
import dev.culvert.ike.exchange.Takeover;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.lease.LeaseBook;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.Counters;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.KeResult;
import dev.culvert.ike.session.Path;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.RateLimiter;
import dev.culvert.ike.session.Redirection;
import dev.culvert.ike.session.Services;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.session.SessionTimer;
import dev.culvert.ike.session.Snapshots;
import dev.culvert.ike.session.Tickets;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The engine's own state, and what it offers to its IKE SAs. What follows from announcements is
 * left to its listener.
 */
final class EngineCore implements Services {
    private final EngineSettings settings;
    private final RandomSource random;
    private final LeaseBook leases = new LeaseBook();

    /** What peers have assigned to this side last, by connection: asked for again. */
    private final Map<String, List<IpAddress>> lastVirtualIps = new HashMap<>();

    private final CrashTokens crashTokens;
    private final Counters counters = new Counters();
    private final Numbers numbers;
    private final SessionTable table = new SessionTable();
    private final HalfOpenGate gate;
    private final DeadlineIndex deadlines = new DeadlineIndex();
    private final Tickets tickets = new Tickets(this);
    private final PendingWork pending = new PendingWork(this);
    private final LifeTimers lifeTimers = new LifeTimers(this);
    private final Announcements announcements = new Announcements(this);
    private final LateRemovals lateRemovals = new LateRemovals();
    private final Set<Session> touched = new LinkedHashSet<>();
    private final Deque<Runnable> deferred = new ArrayDeque<>();
    private final RateLimiter statelessAlerts = new RateLimiter(20, 1_000_000_000L);
    private EngineConfig config = new EngineConfig(List.of(), List.of());
    private EngineOutputs outputs = output -> {};
    private long nowNs;
    private List<InetAddress> localAddresses = List.of();
    private boolean shuttingDown;

    EngineCore(EngineSettings settings, RandomSource random, CrashTokens crashTokens) {
        this.crashTokens = crashTokens;
        this.settings = settings;
        this.random = random;
        this.numbers = new Numbers(random);
        this.gate = new HalfOpenGate(settings);
    }

    void setListener(Announcements.Listener listener) {
        announcements.setListener(listener);
    }

    void begin(long inputNs, EngineOutputs inputOutputs) {
        nowNs = inputNs;
        outputs = inputOutputs;
    }

    /** Does what was left for the end of the input, and brings the deadlines up to date. */
    void end() {
        Runnable next = deferred.poll();
        while (next != null) {
            guard(next);
            next = deferred.poll();
        }
        for (Session session : touched) {
            boolean known = table.byId(session.uniqueId()).isPresent();
            deadlines.set(
                    session.uniqueId(),
                    known ? session.earliestDeadlineNs() : dev.culvert.ike.IkeEngine.NO_DEADLINE);
        }
        touched.clear();
        outputs = output -> {};
    }

    /** Runs what concerns no IKE SA in particular. A fault in it is told, and goes no further. */
    void guard(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            counters.increment(Counter.FAILED_INTERNAL_ERROR);
            emit(
                    new EngineOutput.Notify(
                            new EngineEvent.Alert(
                                    Optional.empty(),
                                    Optional.empty(),
                                    AlertType.INTERNAL_ERROR,
                                    "a fault in this program; please report it",
                                    describe(e))));
        }
    }

    private static List<String> describe(RuntimeException e) {
        StackTraceElement[] trace = e.getStackTrace();
        return List.of(e.toString(), trace.length == 0 ? "(no stack)" : "at " + trace[0]);
    }

    /** Runs what concerns one IKE SA. A fault in it ends that SA and nothing else. */
    void confine(Session session, Runnable work) {
        touch(session);
        try {
            work.run();
        } catch (RuntimeException e) {
            counters.increment(Counter.FAILED_INTERNAL_ERROR);
            session.alert(
                    AlertType.INTERNAL_ERROR,
                    "a fault in this program ended " + session + "; please report it",
                    describe(e));
            abandon(session);
        }
    }

    private void abandon(Session session) {
        try {
            Endings.end(session, EndCause.FAILED, "internal error");
        } catch (RuntimeException e) {
            // Its own state is broken beyond an orderly end.
            counters.increment(Counter.FAILED_INTERNAL_ERROR);
            session.setPhase(new Phase.Gone());
            forget(session);
        }
    }

    void defer(Runnable work) {
        deferred.add(work);
    }

    /** A new IKE SA that this side begins. */
    Session newInitiator(
            ConnectionConfig connection, InetSocketAddress local, InetSocketAddress remote) {
        Session session =
                new Session(
                        this,
                        numbers.nextSessionId(),
                        true,
                        allocateIkeSpi(),
                        0,
                        Optional.of(connection),
                        new Path(local, remote, false, false),
                        new Phase.Resolving());
        table.add(session);
        touch(session);
        return session;
    }

    /** A new IKE SA that a peer begins. */
    Session newResponder(
            InetSocketAddress local,
            InetSocketAddress remote,
            long peerSpi,
            SessionTable.HalfOpen entry) {
        Session session =
                new Session(
                        this,
                        numbers.nextSessionId(),
                        false,
                        allocateIkeSpi(),
                        peerSpi,
                        Optional.empty(),
                        new Path(local, remote, false, false),
                        new Phase.InitAnswering());
        table.addHalfOpen(session, entry);
        gate.enter(entry.source(), entry.proven());
        session.timers().set(SessionTimer.HALF_OPEN, nowNs + settings.halfOpenTimeoutNs());
        touch(session);
        return session;
    }

    /** Forgets an IKE SA altogether. */
    void forget(Session session) {
        leaveHalfOpen(session);
        session.destroy();
        table.remove(session);
        touch(session);
        pending.forget(session);
    }

    private void leaveHalfOpen(Session session) {
        table.leaveHalfOpen(session).ifPresent(entry -> gate.leave(entry.source(), entry.proven()));
    }

    /** Alerts that anybody can cause are few. */
    void statelessAlert(
            InetSocketAddress remote,
            Optional<String> connection,
            AlertType type,
            String message,
            List<String> details) {
        if (statelessAlerts.tryTake(nowNs)) {
            emit(
                    new EngineOutput.Notify(
                            new EngineEvent.Alert(
                                    connection, Optional.of(remote), type, message, details)));
        }
    }

    SessionTable table() {
        return table;
    }

    PendingWork pending() {
        return pending;
    }

    HalfOpenGate gate() {
        return gate;
    }

    DeadlineIndex deadlines() {
        return deadlines;
    }

    EngineConfig config() {
        return config;
    }

    void setConfig(EngineConfig newConfig) {
        config = newConfig;
        leases.configure(newConfig.pools());
        lastVirtualIps
                .keySet()
                .retainAll(newConfig.connections().stream().map(ConnectionConfig::name).toList());
    }

    boolean shuttingDown() {
        return shuttingDown;
    }

    void shutDown() {
        shuttingDown = true;
        lateRemovals.run(this, true);
    }

    LateRemovals lateRemovals() {
        return lateRemovals;
    }

    /** How many entries the engine's maps hold, for tests that bound them. */
    int heldEntries() {
        return table.heldEntries()
                + pending.size()
                + numbers.spis()
                + gate.sources()
                + deadlines.size()
                + lateRemovals.size();
    }

    @Override
    public long nowNs() {
        return nowNs;
    }

    @Override
    public RandomSource random() {
        return random;
    }

    @Override
    public EngineSettings settings() {
        return settings;
    }

    @Override
    public Counters counters() {
        return counters;
    }

    @Override
    public void touch(Session session) {
        touched.add(session);
    }

    @Override
    public void emit(EngineOutput output) {
        outputs.accept(output);
    }

    @Override
    public void startCrypto(Session session, CryptoJob job, Consumer<KeResult> then) {
        pending.startCrypto(session, job, then);
    }

    @Override
    public void resolveName(Session session, String name, Consumer<List<InetAddress>> then) {
        pending.resolveName(session, name, then);
    }

    @Override
    public void resolveSource(
            Session session, InetAddress remote, Consumer<List<InetAddress>> then) {
        pending.resolveSource(session, remote, then);
    }

    @Override
    public int allocateSpi() {
        return numbers.allocateSpi();
    }

    @Override
    public void releaseSpi(int spi) {
        numbers.releaseSpi(spi);
    }

    @Override
    public void handOver(Session session, ChildSa child) {
        for (Session other : table.all()) {
            if (other != session && other.connectionName().equals(session.connectionName())) {
                Takeover.predecessorGone(other, child.name());
            }
        }
    }

    @Override
    public void uninstall(ChildSa child, EndCause cause) {
        if (cause == EndCause.REPLACED && !shuttingDown) {
            emit(new EngineOutput.RemoveOutbound(child.childSaId()));
            lateRemovals.add(nowNs, child.childSaId(), child.spiIn());
        } else {
            releaseSpi(child.spiIn());
            emit(new EngineOutput.RemoveSa(child.childSaId(), cause.removal()));
        }
    }

    @Override
    public long allocateIkeSpi() {
        return numbers.allocateIkeSpi(table);
    }

    @Override
    public long nextChildSaId() {
        return numbers.nextChildSaId();
    }

    @Override
    public int nextChildUniqueId() {
        return numbers.nextChildUniqueId();
    }

    @Override
    public int reqid(String connection, ChildConfig child) {
        return numbers.reqid(connection, child);
    }

    @Override
    public Optional<SecretBytes> sharedSecret(Identity local, Identity remote) {
        return SecretSelector.find(config.secrets(), local, remote);
    }

    @Override
    public List<ConnectionConfig> connectionsFor(InetAddress local, InetAddress remote) {
        return ConnectionSelector.byAddresses(config.connections(), local, remote);
    }

    @Override
    public List<Session> duplicatesOf(Session session) {
        return table.duplicatesOf(session);
    }

    @Override
    public boolean hasOtherWith(Session session, Identity local, Identity remote) {
        return table.hasOtherWith(session, local, remote);
    }

    @Override
    public LeaseBook leases() {
        return leases;
    }

    @Override
    public List<IpAddress> virtualIpsOf(ConnectionConfig connection) {
        List<IpAddress> present =
                table.establishedOf(connection.name()).stream()
                        .flatMap(session -> session.configured().localVips().stream())
                        .distinct()
                        .toList();
        return present.isEmpty()
                ? lastVirtualIps.getOrDefault(connection.name(), List.of())
                : present;
    }

    @Override
    public void noteVirtualIps(ConnectionConfig connection, List<IpAddress> addresses) {
        lastVirtualIps.put(connection.name(), List.copyOf(addresses));
    }

    @Override
    public void established(Session session) {
        leaveHalfOpen(session);
        session.setAnnounced();
        session.setEstablishedNs(nowNs);
        session.noteInbound();
        lifeTimers.begin(session);
        counters.increment(Counter.IKE_SAS_ESTABLISHED);
        emit(new EngineOutput.Notify(new EngineEvent.IkeUp(Snapshots.of(session))));
        session.lineage().redirection().ifPresent(this::endRedirected);
    }

    /** The IKE SA that a redirect replaces goes, after the new one's children are installed. */
    private void endRedirected(Redirection redirection) {
        redirection.replaces().stream()
                .mapToObj(table::byId)
                .flatMap(Optional::stream)
                .filter(old -> !old.isGone())
                .forEach(old ->
                        defer(() ->
                                confine(
                                        old,
                                        () ->
                                                DeleteIkeExchange.enqueue(
                                                        old, EndCause.REPLACED, "redirected"))));
    }

    @Override
    public Session successor(
            Session old,
            boolean initiator,
            long localSpi,
            long remoteSpi,
            IkeSuite suite,
            IkeKeys keys) {
        Session session =
                new Session(
                        this,
                        numbers.nextSessionId(),
                        initiator,
                        localSpi,
                        remoteSpi,
                        old.connection(),
                        old.path(),
                        new Phase.Established());
        table.add(session);
        touch(session);
        touch(old);
        session.setKeys(suite, keys);
        session.setIdentities(old.localId().orElseThrow(), old.remoteId());
        session.setPeerKnowsNatTraversal(true);
        session.fragmenting().inherit(old.fragmenting());
        session.peerAbilities().inherit(old.peerAbilities());
        session.shareMobility(old);
        session.lineage().setOriginId(old.lineage().originId());
        old.lineage().redirection().ifPresent(session.lineage()::setRedirection);
        session.setEstablishedNs(nowNs);
        session.noteInbound();
        lifeTimers.renew(session);
        counters.increment(Counter.IKE_SAS_ESTABLISHED);
        return session;
    }

    void setLocalAddresses(List<InetAddress> addresses) {
        localAddresses = addresses;
    }

    @Override
    public List<InetAddress> localAddresses() {
        return localAddresses;
    }

    @Override
    public List<Session> relativesOf(Session session) {
        return table.relativesOf(session);
    }

    @Override
    public void childUp(Session session, ChildSa child) {
        announcements.childUp(session, child);
    }

    @Override
    public void childFailed(Session session, String child, String reason) {
        announcements.childFailed(session, child, reason);
    }

    @Override
    public void childDown(Session session, ChildSa child, EndCause cause) {
        table.forgetChild(child.childSaId());
        announcements.childDown(session, child, cause);
    }

    @Override
    public void sessionDown(Session session, EndCause cause, String reason, boolean wasConnecting) {
        if (session.timers().isSet(SessionTimer.LINGER)) {
            touch(session);
        } else {
            forget(session);
        }
        announcements.sessionDown(session, cause, reason, wasConnecting);
    }

    @Override
    public Tickets tickets() {
        return tickets;
    }

    @Override
    public Optional<Tickets.Ticket> ticketFor(Session session) {
        String connection = session.connectionName().orElseThrow();
        boolean another =
                table.establishedOf(connection).stream().anyMatch(other -> other != session);
        return another || session.lineage().redirection().isPresent()
                ? Optional.empty()
                : tickets.take(connection);
    }

    @Override
    public int ikeSas() {
        return table.size();
    }

    @Override
    public void redirected(Session session, Redirection redirection) {
        announcements.redirected(session, redirection);
    }

    @Override
    public Optional<Bytes> crashToken(long initiatorSpi, long responderSpi) {
        return crashTokens.token(initiatorSpi, responderSpi);
    }

    @Override
    public List<Session> renewedBy(Session session) {
        return table.renewedBy(session);
    }

    @Override
    public void restartChild(String connection, String child) {
        announcements.restartChild(connection, child);
    }
}
