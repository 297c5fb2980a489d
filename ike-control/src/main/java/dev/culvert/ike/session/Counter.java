package dev.culvert.ike.session;

import java.util.Locale;

/**
 * What the engine counts. Every message that is dropped adds one to exactly one of the counters of
 * drops.
 */
public enum Counter {
    // What went well.
    DATAGRAMS_RECEIVED,
    MESSAGES_SENT,
    REQUESTS_HANDLED,
    RESPONSES_HANDLED,
    REQUESTS_RETRANSMITTED,
    RESPONSES_RETRANSMITTED,
    COOKIES_SENT,
    INVALID_KE_SENT,
    IKE_SAS_ESTABLISHED,
    CHILD_SAS_ESTABLISHED,
    LIVENESS_CHECKS,
    ADDRESS_UPDATES,

    // Drops, in the order of the ladder.
    DROPPED_TOO_SHORT,
    DROPPED_LENGTH_MISMATCH,
    DROPPED_HEADER,
    DROPPED_OLD_VERSION,
    DROPPED_NEWER_VERSION,
    DROPPED_ZERO_SPI,
    DROPPED_UNKNOWN_SPI,
    DROPPED_UNKNOWN_SPI_RESPONSE,
    DROPPED_PEER_SPI_MISMATCH,
    DROPPED_INIT_GRAMMAR,
    DROPPED_COOKIE_REQUIRED,
    DROPPED_HALF_OPEN_LIMIT,
    DROPPED_HALF_OPEN_SOURCE_LIMIT,
    DROPPED_IKE_SA_LIMIT,
    DROPPED_SHUTTING_DOWN,
    DROPPED_DUPLICATE_IN_PROGRESS,
    DROPPED_RETRANSMISSION_DIFFERS,
    DROPPED_RETRANSMISSION_LIMIT,
    DROPPED_OUTSIDE_WINDOW,
    DROPPED_UNEXPECTED_RESPONSE,
    DROPPED_UNEXPECTED_EXCHANGE,
    DROPPED_NOT_ENCRYPTED,
    DROPPED_INTEGRITY,
    DROPPED_PROTECTED_GRAMMAR,
    DROPPED_UNPROTECTED_HINT,
    DROPPED_INTERNAL_ERROR,

    // Failures of negotiations.
    FAILED_NO_PROPOSAL,
    FAILED_INVALID_KE,
    FAILED_AUTHENTICATION,
    FAILED_TRAFFIC_SELECTORS,
    FAILED_VIRTUAL_ADDRESS,
    FAILED_TIMEOUT,
    FAILED_HALF_OPEN_TIMEOUT,
    FAILED_KEY_EXCHANGE,
    FAILED_INTERNAL_ERROR,
    REPLIES_RATE_LIMITED,
    STALE_CRYPTO_RESULTS;

    private final String publicName = "ike_" + name().toLowerCase(Locale.ROOT);

    /** The name in {@link dev.culvert.ike.EngineSnapshot#counters()}. */
    public String publicName() {
        return publicName;
    }

    /** Whether this counts messages that were dropped. */
    public boolean isDrop() {
        return name().startsWith("DROPPED_");
    }
}
