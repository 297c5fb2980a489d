package dev.culvert.ike.message;

import java.util.Optional;

/** What came of reading a datagram. Nothing in it is authenticated yet. */
public sealed interface DecodeResult {
    /**
     * A message.
     *
     * @param message well-formed; an SK payload in it is still closed
     */
    record Ok(IkeMessage message) implements DecodeResult {}

    /**
     * Not even a header.
     *
     * @param kind of error
     * @param header if at least the fixed fields could be read: for an answer to another major
     *     version
     * @param problem what was expected and what came
     */
    record HeaderError(Kind kind, Optional<IkeHeader> header, String problem)
            implements DecodeResult {
        /** What is wrong with the header. */
        public enum Kind {
            /** Shorter than a header. */
            TOO_SHORT,
            /** The length field does not say the datagram's length. */
            WRONG_LENGTH,
            /** Major version is not 2; the header is present. */
            WRONG_VERSION,
            /** The initiator's SPI is zero. */
            ZERO_INITIATOR_SPI
        }
    }

    /**
     * The header is good, the payloads are not.
     *
     * @param header as received
     * @param fault first one found
     */
    record GrammarError(IkeHeader header, PayloadFault fault) implements DecodeResult {}

    /**
     * A payload of unknown type has the critical bit: the message as a whole must be refused with
     * UNSUPPORTED_CRITICAL_PAYLOAD (RFC 7296, section 2.5).
     *
     * @param header as received
     * @param payloadValue the type, the notification's one byte of data
     */
    record UnknownCritical(IkeHeader header, int payloadValue) implements DecodeResult {}
}
