package dev.culvert.ike.exchange;

import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.session.SessionTimer;
import java.util.Optional;

/** Moves exchanges through an IKE SA's one slot. */
public final class Exchanges {
    private static final long POSTPONE_LEAST_NS = 1_000_000_000L;
    private static final long POSTPONE_RANDOM_NS = 4_000_000_000L;

    private Exchanges() {}

    /** Queues an exchange, and starts it if the slot is free. */
    public static void enqueue(Session session, Exchange exchange) {
        session.queue().add(exchange);
        pump(session);
    }

    /** Ends an exchange, and starts the next. */
    public static void finish(Session session, Exchange exchange) {
        session.queue().finish(exchange);
        pump(session);
    }

    /**
     * Sets an exchange aside that the peer refused for the moment; chance keeps both sides from
     * trying at the same time again.
     */
    public static void postpone(Session session, Exchange exchange) {
        session.queue().finish(exchange);
        session.queue().postpone(exchange);
        long randomNs = Math.floorMod(session.services().random().nextLong(), POSTPONE_RANDOM_NS);
        session.timers()
                .set(
                        SessionTimer.QUEUE_RETRY,
                        session.services().nowNs() + POSTPONE_LEAST_NS + randomNs);
        pump(session);
    }

    /** Starts the next exchange, if the SA can. */
    public static void pump(Session session) {
        while (canStart(session)) {
            Optional<Exchange> next = session.queue().startNext();
            if (next.isEmpty()) {
                return;
            }
            next.get().start();
        }
    }

    private static boolean canStart(Session session) {
        return switch (session.phase()) {
            case Phase.Established _, Phase.Rekeyed _ ->
                    session.queue().active().isEmpty()
                            && session.lineage().undecidedWith().isEmpty();
            case Phase.Resolving _,
                    Phase.InitPreparing _,
                    Phase.InitSent _,
                    Phase.ResumeSent _,
                    Phase.InitAgreeing _,
                    Phase.AuthSent _,
                    Phase.InitAnswering _,
                    Phase.InitAnswered _,
                    Phase.Deleting _,
                    Phase.Gone _ ->
                    false;
        };
    }
}
