package dev.culvert.ike.message;

/**
 * Reads IKE messages. Never throws, whatever the bytes; work and memory are proportional to the
 * datagram. Non-ESP markers are the host's and are not part of the bytes here.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class MessageDecoder {
    private MessageDecoder() {}

    /** Reads a whole datagram. */
    public static DecodeResult decode(byte[] datagram) {
        throw new UnsupportedOperationException("soon");
    }
}
