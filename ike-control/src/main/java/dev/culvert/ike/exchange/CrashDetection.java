package dev.culvert.ike.exchange;

import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.Bytes;
import java.util.List;
import java.util.Optional;

/**
 * Tokens of quick crash detection (RFC 6290). Each side gives the other one when they are
 * authenticated, and again when the IKE SA is rekeyed, because it belongs to the SPIs.
 */
public final class CrashDetection {
    private static final int SHORTEST_BYTES = 16;
    private static final int LONGEST_BYTES = 128;

    private CrashDetection() {}

    /** Our token for an IKE SA. */
    static Optional<Payload> payload(Session session) {
        return payload(session, session.initiatorSpi(), session.responderSpi());
    }

    /** Our token for an IKE SA that is being made. */
    static Optional<Payload> payload(Session session, long initiatorSpi, long responderSpi) {
        return session.services()
                .crashToken(initiatorSpi, responderSpi)
                .map(token -> Payload.Notify.of(NotifyType.QUICK_CRASH_DETECTION, token));
    }

    /** Keeps the peer's token, if the protected message has one. */
    static void note(Session session, List<Payload> payloads) {
        Payload.notify(payloads, NotifyType.QUICK_CRASH_DETECTION)
                .map(Payload.Notify::data)
                .filter(token ->
                        token.lengthBytes() >= SHORTEST_BYTES
                                && token.lengthBytes() <= LONGEST_BYTES)
                .ifPresent(session::setPeerCrashToken);
    }

    /** Whether a message in clear shows that the peer has lost the IKE SA. */
    public static boolean proves(Session session, List<Payload> payloads) {
        Optional<Bytes> shown =
                Payload.notify(payloads, NotifyType.QUICK_CRASH_DETECTION)
                        .map(Payload.Notify::data);
        return shown.isPresent()
                && session.peerCrashToken().filter(token -> isSame(token, shown.get())).isPresent();
    }

    private static boolean isSame(Bytes one, Bytes other) {
        return java.security.MessageDigest.isEqual(one.toArray(), other.toArray());
    }
}
