package dev.culvert.ike.exchange;

import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.session.SessionTimer;
import dev.culvert.ike.wire.Bytes;
import java.util.Optional;

/**
 * How long the responder lets an authentication last (RFC 4478): it tells the initiator, which
 * reauthenticates in time.
 *
 * <pre>
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                      Lifetime in seconds                      |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
final class AuthLifetime {
    private static final long SECOND_NS = 1_000_000_000L;

    private AuthLifetime() {}

    /** What a responder tells, when it limits the authentication. */
    static Optional<Payload> payload(Session session) {
        long dueNs = session.timers().get(SessionTimer.REAUTH);
        if (!session.timers().isSet(SessionTimer.REAUTH)) {
            return Optional.empty();
        }
        long seconds = Math.max(1, (dueNs - session.services().nowNs()) / SECOND_NS);
        return Optional.of(
                Payload.Notify.of(
                        NotifyType.AUTH_LIFETIME,
                        Bytes.ofInt((int) Math.min(seconds, Integer.MAX_VALUE))));
    }

    /**
     * Takes what the responder tells, in IKE_AUTH or later. Reauthentication begins before the end,
     * by a tenth and a part that chance decides; what this side is configured to may be sooner.
     */
    static void onNotify(Session session, Payload.Notify notify) {
        if (notify.data().lengthBytes() != 4 || !session.lineage().authenticatedAsInitiator()) {
            return;
        }
        long lifetimeNs = notify.data().toUnsignedLong() * SECOND_NS;
        long tenthNs = lifetimeNs / 10;
        long earlierNs =
                tenthNs == 0
                        ? 0
                        : tenthNs + Math.floorMod(session.services().random().nextLong(), tenthNs);
        long dueNs = session.services().nowNs() + lifetimeNs - earlierNs;
        if (dueNs < session.timers().get(SessionTimer.REAUTH)) {
            session.timers().set(SessionTimer.REAUTH, dueNs);
            session.traceText(
                    "the peer limits the authentication to " + lifetimeNs / SECOND_NS + " s");
        }
    }
}
