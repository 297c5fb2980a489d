package dev.culvert.ike.message;

import dev.culvert.ike.crypto.IkeKeys;
import dev.culvert.ike.crypto.MessageProtection;
import dev.culvert.ike.crypto.RandomSource;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.wire.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

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
public final class SkCodec {
    private final MessageProtection outbound;
    private final MessageProtection inbound;

    /**
     * For one IKE SA.
     *
     * @param suite the SA's algorithms
     * @param keys the SA's keys, copied; both owners destroy theirs
     * @param originalInitiator whether we are the original initiator: seals with SK_ei/SK_ai and
     *     opens with SK_er/SK_ar
     */
    public SkCodec(IkeSuite suite, IkeKeys keys, boolean originalInitiator) {
        MessageProtection initiator = MessageProtection.of(suite, keys.skEi(), keys.skAi());
        MessageProtection responder = MessageProtection.of(suite, keys.skEr(), keys.skAr());
        this.outbound = originalInitiator ? initiator : responder;
        this.inbound = originalInitiator ? responder : initiator;
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
        WireWriter out = new WireWriter();
        MessageEncoder.chain(out, inner);
        return sealRaw(header, MessageEncoder.firstType(inner), out.toArray(), random);
    }

    /** Protects bytes that need not be payloads. */
    byte[] sealRaw(IkeHeader header, int firstInnerType, byte[] inner, RandomSource random) {
        byte[] plainText = padded(inner);
        int bodyBytes = outbound.ivBytes() + plainText.length + outbound.icvBytes();
        byte[] prefix = MessageEncoder.skPrefix(header, firstInnerType, bodyBytes);
        byte[] body = outbound.seal(prefix, plainText, random);
        Arrays.fill(plainText, (byte) 0);
        byte[] message = Arrays.copyOf(prefix, prefix.length + body.length);
        System.arraycopy(body, 0, message, prefix.length, body.length);
        return message;
    }

    /**
     * Opens a message that ends with an SK payload. Checks integrity before anything is decrypted.
     *
     * @param datagram the very bytes that {@code message} was decoded from
     * @param message from {@link MessageDecoder#decode}
     */
    public OpenResult open(byte[] datagram, IkeMessage message) {
        if (message.payloads().isEmpty()
                || !(message.payloads().getLast() instanceof Payload.Sk sk)) {
            return new OpenResult.IntegrityFailure("there is no SK payload");
        }
        Bytes body = sk.body();
        byte[] associated = Arrays.copyOf(datagram, datagram.length - body.lengthBytes());
        Optional<byte[]> opened = inbound.open(associated, body.toArray());
        if (opened.isEmpty()) {
            return new OpenResult.IntegrityFailure(
                    "the integrity check value does not fit the %d bytes of the SK payload"
                            .formatted(body.lengthBytes()));
        }
        byte[] plainText = opened.get();
        OpenResult result = inside(plainText, sk, message.payloads());
        Arrays.fill(plainText, (byte) 0);
        return result;
    }

    /** Wipes the keys; afterwards nothing works. */
    public void destroy() {
        outbound.destroy();
        inbound.destroy();
    }

    private static OpenResult inside(byte[] plainText, Payload.Sk sk, List<Payload> outer) {
        if (plainText.length == 0) {
            return fault(0, "there is no pad length");
        }
        int padBytes = plainText[plainText.length - 1] & 0xff;
        int endIndex = plainText.length - 1 - padBytes;
        if (endIndex < 0) {
            return fault(
                    plainText.length - 1,
                    "%d bytes of padding in %d bytes".formatted(padBytes, plainText.length - 1));
        }
        return switch (MessageDecoder.decodeChain(sk.firstInnerType(), plainText, 0, endIndex)) {
            case MessageDecoder.Chain.Good(List<Payload> inner) -> {
                List<Payload> all = new ArrayList<>(outer.subList(0, outer.size() - 1));
                all.addAll(inner);
                yield new OpenResult.Opened(all);
            }
            case MessageDecoder.Chain.Bad(PayloadFault fault) ->
                    new OpenResult.ProtectedGrammarError(fault);
            case MessageDecoder.Chain.Critical(int type) ->
                    new OpenResult.ProtectedUnknownCritical(type);
        };
    }

    private static OpenResult fault(int offset, String problem) {
        return new OpenResult.ProtectedGrammarError(
                new PayloadFault(PayloadType.SK.value(), offset, problem));
    }

    /** Zeros up to a full block, and their count. */
    private byte[] padded(byte[] inner) {
        int block = outbound.blockBytes();
        int padBytes = (block - (inner.length + 1) % block) % block;
        byte[] plainText = Arrays.copyOf(inner, inner.length + padBytes + 1);
        plainText[plainText.length - 1] = (byte) padBytes;
        return plainText;
    }
}
