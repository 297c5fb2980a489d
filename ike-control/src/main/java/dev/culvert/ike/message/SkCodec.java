package dev.culvert.ike.message;

import dev.culvert.ike.crypto.IkeKeys;
import dev.culvert.ike.crypto.RandomSource;
import dev.culvert.ike.proposal.IkeSuite;
import java.util.List;

/**
 * Protects and opens the messages of one IKE SA (RFC 7296, section 3.14; RFC 5282; RFC 7634).
 * Belongs to the SA's owner; not for several threads.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Next Payload  |C|  RESERVED   |         Payload Length        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                     Initialization Vector                     |
 * |         (length is block size for encryption algorithm)       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                    Encrypted IKE Payloads                     ~
 * +               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |               |             Padding (0-255 octets)            |
 * +-+-+-+-+-+-+-+-+                               +-+-+-+-+-+-+-+-+
 * |                                               |  Pad Length   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                    Integrity Checksum Data                    ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
@SuppressWarnings("DoNotCallSuggester")
public final class SkCodec {
    /**
     * For one IKE SA.
     *
     * @param suite the SA's algorithms
     * @param keys the SA's keys, copied; both owners destroy theirs
     * @param originalInitiator whether we are the original initiator: seals with SK_ei/SK_ai and
     *     opens with SK_er/SK_ar
     */
    public SkCodec(IkeSuite suite, IkeKeys keys, boolean originalInitiator) {
        throw new UnsupportedOperationException("soon");
    }

    /**
     * A whole protected message. Every call uses a new initialization vector, so a retransmission
     * must send the first call's bytes again.
     *
     * @param header of the message
     * @param inner payloads to protect; may be empty
     * @param random for the initialization vector and padding
     */
    public byte[] seal(IkeHeader header, List<Payload> inner, RandomSource random) {
        throw new UnsupportedOperationException("soon");
    }

    /**
     * Opens a message that ends with an SK payload. Checks integrity before anything is decrypted.
     *
     * @param datagram the very bytes that {@code message} was decoded from
     * @param message from {@link MessageDecoder#decode}
     */
    public OpenResult open(byte[] datagram, IkeMessage message) {
        throw new UnsupportedOperationException("soon");
    }

    /** Wipes the keys; afterwards nothing works. */
    public void destroy() {
        throw new UnsupportedOperationException("soon");
    }
}
