package dev.culvert.ike.engine;

import dev.culvert.ike.CryptoJob;
import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.EngineInput;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.EngineOutputs;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.EngineConfig;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.config.Lifetime;
import dev.culvert.ike.crypto.IkeKeys;
import dev.culvert.ike.crypto.RandomSource;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.exchange.DeleteIkeExchange;
import dev.culvert.ike.exchange.Endings;
import dev.culvert.ike.exchange.Takeover;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.lease.LeaseBook;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.session.ChildRequest;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.Counters;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.KeResult;
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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The engine's own state, and what it offers to its IKE SAs. What follows from happenings is left
 * to its listener.
 */
final class EngineCore implements Services {
    /** Hears what happens to SAs; called when the input is handled, not in the middle of it. */
    interface Listener {
        void childUp(ChildKey key);

        void childFailed(ChildKey key, String reason);

        void childDown(ChildKey key, ChildSa child, EndCause cause);

        void sessionDown(Session session, EndCause cause, String reason, boolean wasConnecting);

        void restartChild(ChildKey key);

        void redirected(
                ConnectionConfig connection,
                Map<String, ChildRequest> children,
                Redirection redirection);
    }

    private record PendingJob(Session session, Consumer<KeResult> then) {}

    private record PendingLookup(Session session, Consumer<List<InetAddress>> then) {}

    private final EngineSettings settings;
    private final RandomSource random;
    private final LeaseBook leases = new LeaseBook();
    private final CrashTokens crashTokens;
    private final Counters counters = new Counters();
    private final SessionTable table = new SessionTable();
    private final HalfOpenGate gate;
    private final DeadlineIndex deadlines = new DeadlineIndex();
    private final Tickets tickets = new Tickets(this);
    private final Map<Long, PendingJob> jobs = new HashMap<>();
    private final Map<Long, PendingLookup> lookups = new HashMap<>();
    private final Set<Integer> spis = new HashSet<>();
    private final LateRemovals lateRemovals = new LateRemovals();
    private final Map<Long, Session> childOwners = new HashMap<>();
    private final Map<ChildKey, Integer> reqids = new HashMap<>();
    private final Set<Session> touched = new LinkedHashSet<>();
    private final Deque<Runnable> deferred = new ArrayDeque<>();
    private final RateLimiter statelessAlerts = new RateLimiter(20, 1_000_000_000L);
    private EngineConfig config = new EngineConfig(List.of(), List.of());
    private Optional<Listener> listener = Optional.empty();
    private EngineOutputs outputs = output -> {};
    private long nowNs;
    private long lastJobId;
    private long lastChildSaId;
    private int lastChildUniqueId;
    private int lastSessionId;
    private int lastReqid;
    private boolean shuttingDown;

    EngineCore(EngineSettings settings, RandomSource random, CrashTokens crashTokens) {
        this.crashTokens = crashTokens;
        this.settings = settings;
        this.random = random;
        this.gate = new HalfOpenGate(settings);
    }

    void setListener(Listener newListener) {
        listener = Optional.of(newListener);
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

    void onCryptoDone(EngineInput.CryptoDone done) {
        PendingJob job = jobs.remove(done.jobId());
        if (!(done.result() instanceof KeResult result)) {
            counters.increment(Counter.STALE_CRYPTO_RESULTS);
            return;
        }
        if (job == null || job.session().isGone()) {
            counters.increment(Counter.STALE_CRYPTO_RESULTS);
            result.discard();
            return;
        }
        confine(job.session(), () -> job.then().accept(result));
    }

    void onNameResolved(EngineInput.NameResolved resolved) {
        PendingLookup lookup = lookups.remove(resolved.jobId());
        if (lookup == null || lookup.session().isGone()) {
            counters.increment(Counter.STALE_CRYPTO_RESULTS);
            return;
        }
        confine(lookup.session(), () -> lookup.then().accept(resolved.addresses()));
    }

    /** A new IKE SA that this side begins. */
    Session newInitiator(
            ConnectionConfig connection, InetSocketAddress local, InetSocketAddress remote) {
        Session session =
                new Session(
                        this,
                        ++lastSessionId,
                        true,
                        allocateIkeSpi(),
                        0,
                        Optional.of(connection),
                        new dev.culvert.ike.session.Path(local, remote, false, false),
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
                        ++lastSessionId,
                        false,
                        allocateIkeSpi(),
                        peerSpi,
                        Optional.empty(),
                        new dev.culvert.ike.session.Path(local, remote, false, false),
                        new Phase.InitAnswering());
        table.addHalfOpen(session, entry);
        gate.enter(entry.source(), entry.proven());
        session.timers().set(SessionTimer.HALF_OPEN, nowNs + settings.halfOpenTimeoutNs());
        touch(session);
        return session;
    }

    /** How many key exchanges are being computed for peers that are not authenticated. */
    long keyExchangesForStrangers() {
        return jobs.values().stream()
                .filter(job -> job.session().phase() instanceof Phase.InitAnswering)
                .count();
    }

    /** Forgets an IKE SA altogether. */
    void forget(Session session) {
        leaveHalfOpen(session);
        session.destroy();
        table.remove(session);
        touch(session);
        jobs.values().removeIf(job -> job.session() == session);
        lookups.values().removeIf(lookup -> lookup.session() == session);
    }

    private void leaveHalfOpen(Session session) {
        table.leaveHalfOpen(session).ifPresent(entry -> gate.leave(entry.source(), entry.proven()));
    }

    /** The IKE SA that has a child SA. */
    Optional<Session> ownerOf(long childSaId) {
        Session known = childOwners.get(childSaId);
        if (known != null && known.child(childSaId).isPresent()) {
            return Optional.of(known);
        }
        Optional<Session> found =
                table.all().stream()
                        .filter(session -> session.child(childSaId).isPresent())
                        .findFirst();
        found.ifPresent(session -> childOwners.put(childSaId, session));
        return found;
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
        return table.size()
                + jobs.size()
                + lookups.size()
                + spis.size()
                + gate.sources()
                + deadlines.size()
                + lateRemovals.size()
                + childOwners.size();
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
        long jobId = ++lastJobId;
        jobs.put(jobId, new PendingJob(session, then));
        emit(new EngineOutput.StartCrypto(jobId, job));
    }

    @Override
    public void resolveName(Session session, String name, Consumer<List<InetAddress>> then) {
        long jobId = ++lastJobId;
        lookups.put(jobId, new PendingLookup(session, then));
        emit(new EngineOutput.ResolveName(jobId, name));
    }

    @Override
    public void resolveSource(
            Session session, InetAddress remote, Consumer<List<InetAddress>> then) {
        long jobId = ++lastJobId;
        lookups.put(jobId, new PendingLookup(session, then));
        emit(new EngineOutput.ResolveSource(jobId, remote));
    }

    @Override
    public int allocateSpi() {
        while (true) {
            // RFC 4303 section 2.1 reserves 1 to 255, and 0 for local use.
            int spi = (int) random.nextLong();
            if (Integer.compareUnsigned(spi, 255) > 0 && spis.add(spi)) {
                return spi;
            }
        }
    }

    @Override
    public void releaseSpi(int spi) {
        spis.remove(spi);
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
        while (true) {
            long spi = random.nextIkeSpi();
            if (!table.isUsedSpi(spi)) {
                return spi;
            }
        }
    }

    @Override
    public long nextChildSaId() {
        return ++lastChildSaId;
    }

    @Override
    public int nextChildUniqueId() {
        return ++lastChildUniqueId;
    }

    @Override
    public int reqid(String connection, ChildConfig child) {
        if (child.reqid() != 0) {
            return child.reqid();
        }
        return reqids.computeIfAbsent(new ChildKey(connection, child.name()), _ -> ++lastReqid);
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
        return table.all().stream()
                .filter(other -> other != session && other.isEstablished())
                .filter(other -> other.localId().equals(session.localId()))
                .filter(other -> other.remoteId().equals(session.remoteId()))
                .toList();
    }

    @Override
    public boolean hasOtherWith(Session session, Identity local, Identity remote) {
        return table.all().stream()
                .filter(other -> other != session)
                .filter(other -> other.isEstablished() || other.phase() instanceof Phase.AuthSent)
                .filter(other -> other.localId().equals(Optional.of(local)))
                .anyMatch(other ->
                        other.remoteId()
                                .or(() -> other.connection().map(ConnectionConfig::remoteId))
                                .filter(id -> id.matches(remote) || id.equals(remote))
                                .isPresent());
    }

    @Override
    public LeaseBook leases() {
        return leases;
    }

    @Override
    public List<IpAddress> virtualIpsOf(ConnectionConfig connection) {
        return table.all().stream()
                .filter(Session::isEstablished)
                .filter(session -> session.connectionName().equals(Optional.of(connection.name())))
                .flatMap(session -> session.configured().localVips().stream())
                .toList();
    }

    @Override
    public void established(Session session) {
        leaveHalfOpen(session);
        session.setAnnounced();
        session.setEstablishedNs(nowNs);
        session.noteInbound();
        session.timers().cancel(SessionTimer.HALF_OPEN);
        setLifeTimers(session);
        setLife(
                session,
                session.connection().orElseThrow().reauthNs(),
                SessionTimer.REAUTH,
                SessionTimer.REAUTH_HARD);
        counters.increment(Counter.IKE_SAS_ESTABLISHED);
        emit(new EngineOutput.Notify(new EngineEvent.IkeUp(Snapshots.of(session))));
        session.redirection().ifPresent(this::endRedirected);
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

    private void setLifeTimers(Session session) {
        ConnectionConfig connection = session.connection().orElseThrow();
        setLife(session, connection.rekeyNs(), SessionTimer.IKE_SOFT, SessionTimer.IKE_HARD);
        if (connection.dpdDelayNs() > 0) {
            session.timers().set(SessionTimer.LIVENESS, nowNs + connection.dpdDelayNs());
        }
        if (settings.natKeepaliveNs() > 0 && session.path().natLocal()) {
            session.timers().set(SessionTimer.KEEPALIVE, nowNs + settings.natKeepaliveNs());
        }
    }

    private void setLife(
            Session session, Lifetime life, SessionTimer softTimer, SessionTimer hardTimer) {
        if (life.soft() > 0) {
            session.timers().set(softTimer, nowNs + soft(life));
        }
        if (life.hard() > 0) {
            session.timers().set(hardTimer, nowNs + life.hard());
        }
    }

    private long soft(Lifetime life) {
        long off = life.random() == 0 ? 0 : Math.floorMod(random.nextLong(), life.random() + 1);
        return Math.max(1, life.soft() - off);
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
                        ++lastSessionId,
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
        session.setOriginId(old.originId());
        old.redirection().ifPresent(session::setRedirection);
        session.setEstablishedNs(nowNs);
        session.noteInbound();
        setLifeTimers(session);
        counters.increment(Counter.IKE_SAS_ESTABLISHED);
        return session;
    }

    @Override
    public void childUp(Session session, ChildSa child) {
        tell(session, key(session, child.name()), Listener::childUp);
    }

    @Override
    public void childFailed(Session session, String child, String reason) {
        tell(session, key(session, child), (to, key) -> to.childFailed(key, reason));
    }

    @Override
    public void childDown(Session session, ChildSa child, EndCause cause) {
        childOwners.remove(child.childSaId());
        tell(session, key(session, child.name()), (to, key) -> to.childDown(key, child, cause));
    }

    @Override
    public void sessionDown(Session session, EndCause cause, String reason, boolean wasConnecting) {
        if (session.timers().isSet(SessionTimer.LINGER)) {
            touch(session);
        } else {
            forget(session);
        }
        listener.ifPresent(
                to -> defer(() -> to.sessionDown(session, cause, reason, wasConnecting)));
    }

    @Override
    public Tickets tickets() {
        return tickets;
    }

    @Override
    public Optional<Tickets.Ticket> ticketFor(Session session) {
        String connection = session.connectionName().orElseThrow();
        boolean another =
                table.all().stream()
                        .filter(other -> other != session && other.isEstablished())
                        .anyMatch(other -> other.connectionName().equals(Optional.of(connection)));
        return another || session.redirection().isPresent()
                ? Optional.empty()
                : tickets.take(connection);
    }

    @Override
    public int ikeSas() {
        return table.size();
    }

    @Override
    public void redirected(Session session, Redirection redirection) {
        ConnectionConfig connection = session.connection().orElseThrow();
        Map<String, ChildRequest> children = new LinkedHashMap<>();
        for (ChildSa child : session.children()) {
            if (child.isCurrent()) {
                children.put(child.name(), new ChildRequest(child.config(), Optional.empty()));
            }
        }
        children.putAll(session.pendingChildren());
        session.pendingChildren().clear();
        listener.ifPresent(to -> defer(() -> to.redirected(connection, children, redirection)));
    }

    @Override
    public Optional<Bytes> crashToken(long initiatorSpi, long responderSpi) {
        return crashTokens.token(initiatorSpi, responderSpi);
    }

    @Override
    public List<Session> renewedBy(Session session) {
        return table.all().stream()
                .filter(old -> old.isEstablished())
                .filter(old -> old.renewal().filter(r -> r == session).isPresent())
                .toList();
    }

    @Override
    public void restartChild(String connection, String child) {
        listener.ifPresent(to -> defer(() -> to.restartChild(new ChildKey(connection, child))));
    }

    private void tell(
            Session session, ChildKey key, java.util.function.BiConsumer<Listener, ChildKey> what) {
        touch(session);
        listener.ifPresent(to -> defer(() -> what.accept(to, key)));
    }

    private static ChildKey key(Session session, String child) {
        return new ChildKey(session.connectionName().orElse(""), child);
    }
}
