package dev.culvert.ike.engine;

import dev.culvert.ike.EngineInput;
import dev.culvert.ike.EngineInput.DataplaneEvent;
import dev.culvert.ike.EngineOutputs;
import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.IkeEngine;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.crypto.RandomSource;
import dev.culvert.ike.exchange.Mobike;
import dev.culvert.ike.exchange.MobikeResponder;
import dev.culvert.ike.lease.SavedLease;
import dev.culvert.ike.session.Attempt;
import dev.culvert.ike.session.ChildRequest;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Redirection;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.session.Snapshots;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The IKEv2 engine (RFC 7296), in both roles. */
public final class DefaultIkeEngine implements IkeEngine {
    /** After a set-up failed, packets do not start it again for this long. */
    private static final long ACQUIRE_HOLD_OFF_NS = 1_000_000_000L;

    private final EngineCore core;
    private final Ladder ladder;
    private final Dispatcher dispatcher;
    private final TimerService timers;
    private final Starter starter;
    private final Keeper keeper;
    private final Commander commander;
    private final ChildUse childUse;
    private final Map<ChildKey, Long> heldOffUntilNs = new HashMap<>();

    /**
     * An engine without connections; the first {@link EngineInput.Command.Configure} brings them.
     *
     * @param random for keys, nonces, SPIs and jitter; the host passes a {@code SecureRandom}
     */
    public DefaultIkeEngine(EngineSettings settings, RandomSource random) {
        core = new EngineCore(settings, random, new CrashTokens(settings.crashSecret()));
        StatelessReplies replies = new StatelessReplies(core);
        dispatcher = new Dispatcher(core);
        FragmentRung fragments = new FragmentRung(core);
        ladder = new Ladder(core, new InitGate(core, replies), dispatcher, fragments, replies);
        starter = new Starter(core);
        timers = new TimerService(core, fragments, starter);
        keeper = new Keeper(core, starter);
        commander = new Commander(core, starter, keeper, timers);
        childUse = new ChildUse(core);
        core.setListener(new Happenings());
    }

    @Override
    public void handle(EngineInput input, long nowNs, EngineOutputs outputs) {
        core.begin(nowNs, outputs);
        core.guard(() -> take(input));
        core.end();
    }

    private void take(EngineInput input) {
        switch (input) {
            case EngineInput.Datagram datagram -> ladder.climb(datagram);
            case EngineInput.Tick _ -> tick();
            case EngineInput.CryptoDone done -> core.pending().onCryptoDone(done);
            case EngineInput.NameResolved resolved -> core.pending().onNameResolved(resolved);
            case EngineInput.NetworkChanged(List<InetAddress> localAddresses) ->
                    onNetworkChanged(localAddresses);
            case EngineInput.Command command -> commander.onCommand(command);
            case DataplaneEvent event -> onDataplane(event);
        }
    }

    private void tick() {
        Optional<Integer> expired = core.deadlines().firstExpired(core.nowNs());
        while (expired.isPresent()) {
            // It comes back with its next deadline when the input ends.
            core.deadlines().set(expired.get(), NO_DEADLINE);
            core.table().byId(expired.get()).ifPresent(timers::run);
            expired = core.deadlines().firstExpired(core.nowNs());
        }
        keeper.onTick();
        commander.onTick();
        core.lateRemovals().run(core, false);
    }

    private void onDataplane(DataplaneEvent event) {
        switch (event) {
            case DataplaneEvent.Acquire acquire -> onAcquire(acquire);
            case DataplaneEvent.SoftLimit(long childSaId) ->
                    withChild(childSaId, (session, child) -> timers.rekeyChild(session, child));
            case DataplaneEvent.HardLimit(long childSaId) ->
                    withChild(childSaId, (session, child) -> timers.expireChild(session, child));
            case DataplaneEvent.PeerMoved moved ->
                    withChild(
                            moved.childSaId(),
                            (session, child) -> onEspFrom(session, moved.remote()));
            case DataplaneEvent.SaUse use ->
                    withChild(
                            use.childSaId(),
                            (session, child) -> childUse.onUse(session, child, use));
        }
    }

    private void onEspFrom(Session session, InetSocketAddress remote) {
        if (session.mobility().isAgreed()) {
            MobikeResponder.onEspFrom(session, remote);
        } else {
            dispatcher.follow(session, session.path().local(), remote);
        }
    }

    private void onNetworkChanged(List<InetAddress> localAddresses) {
        core.setLocalAddresses(localAddresses);
        for (Session session : core.table().all()) {
            core.confine(session, () -> Mobike.onNetworkChanged(session));
        }
    }

    private interface ChildWork {
        void run(Session session, ChildSa child);
    }

    private void withChild(long childSaId, ChildWork work) {
        core.table()
                .ownerOf(childSaId)
                .ifPresent(session ->
                        core.confine(
                                session,
                                () -> work.run(session, session.child(childSaId).orElseThrow())));
    }

    private void onAcquire(DataplaneEvent.Acquire acquire) {
        ChildKey key = new ChildKey(acquire.connection(), acquire.child());
        long heldOff = heldOffUntilNs.getOrDefault(key, 0L);
        if (core.shuttingDown() || heldOff > core.nowNs() || starter.find(key).isEmpty()) {
            return;
        }
        heldOffUntilNs.remove(key);
        starter.start(
                key,
                Optional.of(new ChildRequest.Trigger(acquire.source(), acquire.destination())));
    }

    @Override
    public long nextDeadlineNs() {
        return Math.min(core.deadlines().earliestNs(), otherDeadlineNs());
    }

    private long otherDeadlineNs() {
        return Math.min(
                core.lateRemovals().earliestNs(),
                Math.min(keeper.earliestNs(), commander.earliestNs()));
    }

    @Override
    public EngineSnapshot snapshot(long nowNs) {
        List<EngineSnapshot.IkeSa> ikeSas =
                core.table().all().stream()
                        .filter(session -> !session.isGone())
                        .map(Snapshots::of)
                        .toList();
        return new EngineSnapshot(
                ikeSas, core.gate().total(), core.counters().toMap(), core.leases().snapshot());
    }

    @Override
    public long leaseVersion() {
        return core.leases().version();
    }

    @Override
    public List<SavedLease> leases() {
        return core.leases().saved();
    }

    /** Does something with all IKE SAs that are up, for tests whose peers do what they must not. */
    void withEstablished(long nowNs, EngineOutputs outputs, Consumer<Session> work) {
        core.begin(nowNs, outputs);
        core.table().all().stream()
                .filter(Session::isEstablished)
                .forEach(session -> core.confine(session, () -> work.accept(session)));
        core.end();
    }

    /** How many entries all tables together hold, for tests that bound memory. */
    int heldEntries() {
        return core.heldEntries() + keeper.size() + commander.size() + heldOffUntilNs.size();
    }

    /** The earliest deadline, computed afresh, for tests that compare. */
    long recomputedDeadlineNs() {
        long earliest = otherDeadlineNs();
        for (Session session : core.table().all()) {
            earliest = Math.min(earliest, session.earliestDeadlineNs());
        }
        return earliest;
    }

    /** Passes on what happened to SAs. */
    private final class Happenings implements Announcements.Listener {
        @Override
        public void childUp(ChildKey key) {
            keeper.onUp(key);
            commander.onUp(key);
        }

        @Override
        public void childFailed(ChildKey key, String reason) {
            heldOffUntilNs.put(key, core.nowNs() + ACQUIRE_HOLD_OFF_NS);
            keeper.onFailed(key);
            commander.onFailed(key, reason);
        }

        @Override
        public void childDown(ChildKey key, ChildSa child, EndCause cause) {
            commander.onChildDown(child);
            keeper.onDown(key, child.config(), cause);
        }

        @Override
        public void sessionDown(
                Session session, EndCause cause, String reason, boolean wasConnecting) {
            if (wasConnecting && session.initiator()) {
                afterFailedSetUp(session, cause, reason);
            }
            commander.onSessionDown(session);
        }

        @Override
        public void restartChild(ChildKey key) {
            if (!core.shuttingDown() && starter.find(key).isPresent()) {
                starter.start(key, Optional.empty());
            }
        }

        @Override
        public void redirected(
                ConnectionConfig connection,
                Map<String, ChildRequest> children,
                Redirection redirection) {
            if (!core.shuttingDown()) {
                starter.beginElsewhere(connection, children, redirection);
            }
        }

        private void afterFailedSetUp(Session session, EndCause cause, String reason) {
            ConnectionConfig connection = session.connection().orElseThrow();
            Map<String, ChildRequest> children = new LinkedHashMap<>(session.pendingChildren());
            session.pendingChildren().clear();
            if (session.lineage().renews()) {
                // The old one is still up, and tries again.
                return;
            }
            Attempt attempt = session.lineage().attempt();
            if (cause == EndCause.PEER_LOST
                    && attempt.mayGoOn(connection.keyingTries())
                    && !children.isEmpty()
                    && !core.shuttingDown()) {
                starter.beginNext(session, connection, children);
                return;
            }
            children.keySet()
                    .forEach(child -> childFailed(new ChildKey(connection.name(), child), reason));
        }
    }
}
