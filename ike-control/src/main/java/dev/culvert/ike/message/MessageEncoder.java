package dev.culvert.ike.message;

/** Writes IKE messages. The same message always gives the same bytes. */
@SuppressWarnings("DoNotCallSuggester")
public final class MessageEncoder {
    private MessageEncoder() {}

    /**
     * Writes a message in clear. A closed SK payload is written as it is.
     *
     * @throws IllegalArgumentException if a field does not fit its place, for example a payload
     *     above 65535 bytes
     */
    public static byte[] encode(IkeMessage message) {
        throw new UnsupportedOperationException("soon");
    }

    /**
     * The body of an ID payload, without generic header: what AUTH covers (RFC 7296, section 2.15).
     */
    public static byte[] idBody(dev.culvert.ike.id.Identity identity) {
        throw new UnsupportedOperationException("soon");
    }
}
