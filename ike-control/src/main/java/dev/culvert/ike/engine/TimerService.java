package dev.culvert.ike.engine;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.EngineSnapshot.ChildState;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.exchange.AuthResponder;
import dev.culvert.ike.exchange.CreateChildExchange;
import dev.culvert.ike.exchange.DeleteChildExchange;
import dev.culvert.ike.exchange.Endings;
import dev.culvert.ike.exchange.Exchanges;
import dev.culvert.ike.exchange.LivenessExchange;
import dev.culvert.ike.exchange.RekeyIkeExchange;
import dev.culvert.ike.exchange.Takeover;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.ChildTimer;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Path;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.RequestSlot;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.session.SessionTimer;
import java.util.List;
import java.util.Optional;

/** What happens when deadlines pass. */
final class TimerService {
    /** A rekeying that failed is tried again after this long, while the SA lives. */
    private static final long REKEY_RETRY_NS = 60_000_000_000L;

    /** More timers than this in one go mean that a deadline is set to the past over and over. */
    private static final int MOST_PER_SESSION = 1000;

    private final EngineCore core;
    private final FragmentRung fragments;
    private final Starter starter;

    TimerService(EngineCore core, FragmentRung fragments, Starter starter) {
        this.core = core;
        this.fragments = fragments;
        this.starter = starter;
    }

    /** Runs all timers of one IKE SA that have passed. */
    void run(Session session) {
        core.confine(
                session,
                () -> {
                    for (int i = 0; i < MOST_PER_SESSION; i++) {
                        Optional<SessionTimer> timer = session.timers().takeExpired(core.nowNs());
                        if (timer.isEmpty()) {
                            runChildTimers(session);
                            return;
                        }
                        onTimer(session, timer.get());
                    }
                    throw new IllegalStateException("timers that are always due");
                });
    }

    private void runChildTimers(Session session) {
        for (ChildSa child : List.copyOf(session.children())) {
            Optional<ChildTimer> timer = child.timers().takeExpired(core.nowNs());
            while (timer.isPresent()) {
                onChildTimer(session, child, timer.get());
                timer = child.timers().takeExpired(core.nowNs());
            }
        }
    }

    private void onTimer(Session session, SessionTimer timer) {
        switch (timer) {
            case RETRANSMIT -> onRetransmit(session);
            case HALF_OPEN -> onHalfOpen(session);
            case LIVENESS -> onLiveness(session);
            case KEEPALIVE -> onKeepalive(session);
            case IKE_SOFT -> onIkeSoft(session);
            case IKE_HARD -> onIkeHard(session);
            case REAUTH -> onReauth(session);
            case REAUTH_HARD -> onReauthHard(session);
            case SUPERSEDED -> AuthResponder.decide(session);
            case QUEUE_RETRY -> {
                session.queue().resume();
                Exchanges.pump(session);
            }
            case REASSEMBLY -> fragments.onTimer(session);
            case LINGER -> core.forget(session);
        }
    }

    private void onRetransmit(Session session) {
        Optional<RequestSlot.Outstanding> outstanding = session.requests().outstanding();
        if (outstanding.isEmpty()) {
            return;
        }
        if (session.messenger().retransmitRequest()) {
            return;
        }
        boolean redundant = !session.isAnnounced() && !session.isConnecting();
        if (redundant || session.phase() instanceof Phase.Rekeyed) {
            // It is not needed any more, and the peer may have forgotten it.
            Endings.end(session, EndCause.REPLACED, "rekeyed");
            return;
        }
        core.counters().increment(Counter.FAILED_TIMEOUT);
        String peer = Path.text(session.path().remote());
        if (session.isConnecting()) {
            session.alert(
                    AlertType.PEER_INIT_UNREACHABLE,
                    "no answer from "
                            + peer
                            + " to "
                            + outstanding.get().exchange()
                            + (session.lineage().attempt().hasOther()
                                    ? "; going on with its next address"
                                    : " (try "
                                            + session.lineage().attempt().round()
                                            + " of "
                                            + tries(session)
                                            + "); check that the peer runs, and that UDP ports 500 and 4500 are open on the way"));
        } else {
            session.alert(
                    AlertType.RETRANSMIT_SEND_TIMEOUT,
                    "the peer "
                            + peer
                            + " no longer answers ("
                            + outstanding.get().exchange()
                            + ")");
        }
        Endings.end(session, EndCause.PEER_LOST, "the peer does not answer");
    }

    private static String tries(Session session) {
        int tries = session.connection().map(ConnectionConfig::keyingTries).orElse(1);
        return tries == 0 ? "any number" : Integer.toString(tries);
    }

    private void onHalfOpen(Session session) {
        if (session.isEstablished()) {
            Endings.endTelling(session, EndCause.REPLACED, "redirected", Payload.Delete.ike());
            return;
        }
        core.counters().increment(Counter.FAILED_HALF_OPEN_TIMEOUT);
        core.statelessAlert(
                session.path().remote(),
                session.connectionName(),
                AlertType.HALF_OPEN_TIMEOUT,
                "the peer began but did not authenticate in time; if it is one of yours, check that UDP port 4500 is open on"
                        + " the way",
                List.of());
        Endings.end(session, EndCause.FAILED, "not authenticated in time");
    }

    private void onLiveness(Session session) {
        long delayNs = session.connection().map(ConnectionConfig::dpdDelayNs).orElse(0L);
        if (delayNs == 0 || !session.isEstablished()) {
            return;
        }
        long dueNs = session.lastInboundNs() + delayNs;
        boolean asked = session.requests().outstanding().isPresent();
        if (dueNs > core.nowNs() && !wasHinted(session, dueNs)) {
            session.timers().set(SessionTimer.LIVENESS, dueNs);
            return;
        }
        session.timers().set(SessionTimer.LIVENESS, core.nowNs() + delayNs);
        if (!asked && session.queue().active().isEmpty()) {
            Exchanges.enqueue(session, new LivenessExchange(session));
        }
    }

    /**
     * Whether the timer was brought forward by a hint that the peer has lost the SA, and nothing
     * was heard since.
     */
    private boolean wasHinted(Session session, long dueNs) {
        return session.takeHint() && dueNs > core.nowNs();
    }

    private void onKeepalive(Session session) {
        if (!session.isEstablished() || !session.path().natLocal()) {
            return;
        }
        long dueNs = session.lastOutboundNs() + core.settings().natKeepaliveNs();
        if (dueNs > core.nowNs()) {
            session.timers().set(SessionTimer.KEEPALIVE, dueNs);
            return;
        }
        core.emit(new EngineOutput.Keepalive(session.path().local(), session.path().remote()));
        session.noteOutbound();
        session.timers()
                .set(SessionTimer.KEEPALIVE, core.nowNs() + core.settings().natKeepaliveNs());
    }

    /** Rekeys an IKE SA, or makes it anew with authentication. */
    void renewIke(Session session, boolean reauth) {
        if (reauth) {
            onReauth(session);
        } else {
            onIkeSoft(session);
        }
    }

    private void onIkeSoft(Session session) {
        if (session.isEstablished()
                && !session.queue().contains(RekeyIkeExchange.class::isInstance)) {
            Exchanges.enqueue(session, new RekeyIkeExchange(session));
        }
    }

    private void onIkeHard(Session session) {
        if (session.phase() instanceof Phase.Rekeyed) {
            Endings.end(session, EndCause.REPLACED, "rekeyed");
            return;
        }
        session.alert(
                AlertType.IKE_SA_EXPIRED,
                "the IKE SA reached the end of its life without being rekeyed; it is set up again where configured");
        Endings.endTelling(session, EndCause.EXPIRED, "its life has ended", Payload.Delete.ike());
    }

    /**
     * Makes a new IKE SA beside the old one, with the same children; the old one goes when the new
     * one works. As responder this side can only wait for the peer, which was told when to do it.
     */
    private void onReauth(Session session) {
        if (!session.isEstablished()
                || !session.lineage().authenticatedAsInitiator()
                || session.lineage().renewal().isPresent()) {
            return;
        }
        session.timers().set(SessionTimer.REAUTH, core.nowNs() + REKEY_RETRY_NS);
        session.traceText("reauthentication begins");
        session.lineage().setRenewal(starter.renew(session));
    }

    private void onReauthHard(Session session) {
        if (!session.isEstablished()) {
            return;
        }
        session.alert(
                AlertType.IKE_SA_EXPIRED,
                session.lineage().authenticatedAsInitiator()
                        ? "the IKE SA could not be reauthenticated in time; it is set up again where"
                                + " configured"
                        : "the peer did not reauthenticate in time (reauth_time, over_time)");
        Endings.endTelling(
                session, EndCause.EXPIRED, "not reauthenticated in time", Payload.Delete.ike());
    }

    private void onChildTimer(Session session, ChildSa child, ChildTimer timer) {
        switch (timer) {
            case SOFT -> rekeyChild(session, child);
            case HARD -> expireChild(session, child);
            case INACTIVITY -> onInactivity(session, child);
            case TAKEOVER -> {
                if (child.isCurrent()) {
                    Takeover.peerUses(session, child);
                }
            }
        }
    }

    /** The soft limit: a new child SA takes over. */
    void rekeyChild(Session session, ChildSa child) {
        if (child.state() != ChildState.INSTALLED || !session.isEstablished()) {
            return;
        }
        child.timers().set(ChildTimer.SOFT, core.nowNs() + REKEY_RETRY_NS);
        boolean queued =
                session.queue()
                        .contains(exchange ->
                                exchange instanceof CreateChildExchange create
                                        && create.replaced().filter(c -> c == child).isPresent());
        if (!queued) {
            Exchanges.enqueue(session, new CreateChildExchange(session, child));
        }
    }

    /** The hard limit: the child SA goes at once, and then at the peer. */
    void expireChild(Session session, ChildSa child) {
        boolean replaced = child.state() == ChildState.REKEYED;
        if (replaced) {
            Takeover.predecessorGone(session, child.name());
        }
        Endings.removeChild(
                session,
                child,
                replaced ? EndCause.REPLACED : EndCause.EXPIRED,
                "its life has ended");
        DeleteChildExchange.tellPeer(session, child.spiIn());
    }

    private void onInactivity(Session session, ChildSa child) {
        long dueNs =
                Math.max(child.lastInboundNs(), child.lastOutboundNs())
                        + child.config().inactivityNs();
        if (dueNs > core.nowNs()) {
            child.timers().set(ChildTimer.INACTIVITY, dueNs);
            return;
        }
        DeleteChildExchange.enqueue(session, child, EndCause.OPERATOR, "unused for too long");
    }
}
