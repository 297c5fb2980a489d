package dev.culvert.ike.message;

/** What came of opening an SKF payload. */
public sealed interface FragmentResult {
    /**
     * Authentic.
     *
     * @param plainText its part of the message, without padding; the receiver's own, to wipe
     */
    record Opened(byte[] plainText) implements FragmentResult {}

    /**
     * Not authentic: to be dropped and counted, without an answer.
     *
     * @param problem for debugging
     */
    record IntegrityFailure(String problem) implements FragmentResult {}

    /**
     * Authentic, but without meaning.
     *
     * @param fault what is wrong
     */
    record Malformed(PayloadFault fault) implements FragmentResult {}
}
