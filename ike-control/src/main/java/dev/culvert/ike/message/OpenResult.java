package dev.culvert.ike.message;

import java.util.List;

/** What came of opening an SK payload. */
public sealed interface OpenResult {
    /**
     * Authentic and well-formed.
     *
     * @param payloads of the message: those in clear before SK (usually none), then those inside
     */
    record Opened(List<Payload> payloads) implements OpenResult {
        /** Copies the list. */
        public Opened {
            payloads = List.copyOf(payloads);
        }
    }

    /**
     * Not authentic: to be dropped and counted, without an answer (RFC 7296, section 2.21).
     *
     * @param problem for debugging
     */
    record IntegrityFailure(String problem) implements OpenResult {}

    /**
     * Authentic, but the peer sent something that has no meaning: answered with INVALID_SYNTAX, and
     * ends the IKE SA.
     *
     * @param fault first one found
     */
    record ProtectedGrammarError(PayloadFault fault) implements OpenResult {}

    /**
     * Authentic, with a critical payload of unknown type: answered with
     * UNSUPPORTED_CRITICAL_PAYLOAD.
     *
     * @param payloadValue the type
     */
    record ProtectedUnknownCritical(int payloadValue) implements OpenResult {}
}
