package dev.culvert.ike.engine;

import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.Lifetime;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.session.SessionTimer;

/** Sets the timers that an IKE SA lives by once it is established. */
final class LifeTimers {
    private final EngineCore core;

    LifeTimers(EngineCore core) {
        this.core = core;
    }

    /** For an IKE SA whose sides have just authenticated each other. */
    void begin(Session session) {
        session.timers().cancel(SessionTimer.HALF_OPEN);
        renew(session);
        setLife(
                session,
                session.connection().orElseThrow().reauthNs(),
                SessionTimer.REAUTH,
                SessionTimer.REAUTH_HARD);
    }

    /** For an IKE SA that takes over from another: nobody authenticated anew. */
    void renew(Session session) {
        ConnectionConfig connection = session.connection().orElseThrow();
        setLife(session, connection.rekeyNs(), SessionTimer.IKE_SOFT, SessionTimer.IKE_HARD);
        if (connection.dpdDelayNs() > 0) {
            session.timers().set(SessionTimer.LIVENESS, core.nowNs() + connection.dpdDelayNs());
        }
        long natKeepaliveNs = core.settings().natKeepaliveNs();
        if (natKeepaliveNs > 0 && session.path().natLocal()) {
            session.timers().set(SessionTimer.KEEPALIVE, core.nowNs() + natKeepaliveNs);
        }
    }

    private void setLife(
            Session session, Lifetime life, SessionTimer softTimer, SessionTimer hardTimer) {
        if (life.soft() > 0) {
            session.timers().set(softTimer, core.nowNs() + soft(life));
        }
        if (life.hard() > 0) {
            session.timers().set(hardTimer, core.nowNs() + life.hard());
        }
    }

    private long soft(Lifetime life) {
        long off =
                life.random() == 0 ? 0 : Math.floorMod(core.random().nextLong(), life.random() + 1);
        return Math.max(1, life.soft() - off);
    }
}
