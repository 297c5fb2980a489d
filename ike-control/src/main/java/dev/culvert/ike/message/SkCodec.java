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
 * Protects and opens the messages of one IKE SA (RFC 7296, section 3.14; RFC 5282; RFC 7634; for
 * fragments RFC 7383, section 2.5). Belongs to the SA's owner; not for several threads.
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
 *
 * In a fragment, this stands between the generic header and the initialization vector:
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |        Fragment Number        |        Total Fragments        |
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

    /**
     * A protected message in fragments, each of which is protected for itself.
     *
     * @param header of the message
     * @param inner payloads to protect; may be empty
     * @param mostBytes how long each of them may be, in bytes, above 127
     * @param random for initialization vectors
     * @return at least one fragment
     * @throws IllegalArgumentException if more fragments were needed than there are numbers
     */
    public List<byte[]> sealFragments(
            IkeHeader header, List<Payload> inner, int mostBytes, RandomSource random) {
        WireWriter out = new WireWriter();
        MessageEncoder.chain(out, inner);
        byte[] plainText = out.toArray();
        int overheadBytes =
                IkeHeader.LENGTH_BYTES
                        + Payload.Skf.HEADER_BYTES
                        + outbound.ivBytes()
                        + outbound.icvBytes();
        int block = outbound.blockBytes();
        // The pad length takes the last byte.
        int chunkBytes = (mostBytes - overheadBytes) / block * block - 1;
        if (chunkBytes < 1) {
            throw new IllegalArgumentException("nothing fits into " + mostBytes + " bytes");
        }
        int total = Math.max(1, (plainText.length + chunkBytes - 1) / chunkBytes);
        if (total > 0xffff) {
            throw new IllegalArgumentException(total + " fragments; 65535 have a number");
        }
        List<byte[]> fragments = new ArrayList<>();
        for (int number = 1; number <= total; number++) {
            int from = (number - 1) * chunkBytes;
            byte[] chunk =
                    Arrays.copyOfRange(
                            plainText, from, Math.min(plainText.length, from + chunkBytes));
            int firstInnerType = number == 1 ? MessageEncoder.firstType(inner) : PayloadType.NONE;
            fragments.add(sealFragment(header, firstInnerType, number, total, chunk, random));
            Arrays.fill(chunk, (byte) 0);
        }
        Arrays.fill(plainText, (byte) 0);
        return fragments;
    }

    private byte[] sealFragment(
            IkeHeader header,
            int firstInnerType,
            int number,
            int total,
            byte[] chunk,
            RandomSource random) {
        byte[] padded = padded(chunk);
        int bodyBytes = outbound.ivBytes() + padded.length + outbound.icvBytes();
        byte[] prefix = MessageEncoder.skfPrefix(header, firstInnerType, number, total, bodyBytes);
        byte[] message = sealed(prefix, padded, random);
        Arrays.fill(padded, (byte) 0);
        return message;
    }

    /** Protects bytes that need not be payloads. */
    byte[] sealRaw(IkeHeader header, int firstInnerType, byte[] inner, RandomSource random) {
        byte[] plainText = padded(inner);
        int bodyBytes = outbound.ivBytes() + plainText.length + outbound.icvBytes();
        byte[] prefix = MessageEncoder.skPrefix(header, firstInnerType, bodyBytes);
        byte[] message = sealed(prefix, plainText, random);
        Arrays.fill(plainText, (byte) 0);
        return message;
    }

    private byte[] sealed(byte[] prefix, byte[] padded, RandomSource random) {
        byte[] body = outbound.seal(prefix, padded, random);
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
        Optional<byte[]> opened = open(datagram, body);
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

    /**
     * Opens a fragment. Checks integrity before anything is decrypted.
     *
     * @param datagram the very bytes that {@code skf} was decoded from
     * @param skf its last payload
     */
    public FragmentResult openFragment(byte[] datagram, Payload.Skf skf) {
        Optional<byte[]> opened = open(datagram, skf.body());
        if (opened.isEmpty()) {
            return new FragmentResult.IntegrityFailure(
                    "the integrity check value does not fit fragment %d of %d"
                            .formatted(skf.fragmentNumber(), skf.totalFragments()));
        }
        byte[] plainText = opened.get();
        int endIndex = endIndex(plainText);
        if (endIndex < 0) {
            return new FragmentResult.Malformed(
                    new PayloadFault(
                            PayloadType.SKF.value(), 0, "its padding is longer than it is"));
        }
        byte[] part = Arrays.copyOf(plainText, endIndex);
        Arrays.fill(plainText, (byte) 0);
        return new FragmentResult.Opened(part);
    }

    /**
     * Reads what the fragments of a message held.
     *
     * @param firstInnerType from the first fragment
     * @param plainText of all fragments, in order
     * @param outer payloads in clear in front of the first fragment, usually none
     */
    public static OpenResult readFragments(
            int firstInnerType, byte[] plainText, List<Payload> outer) {
        return read(firstInnerType, plainText, plainText.length, outer);
    }

    /** Wipes the keys; afterwards nothing works. */
    public void destroy() {
        outbound.destroy();
        inbound.destroy();
    }

    private Optional<byte[]> open(byte[] datagram, Bytes body) {
        byte[] associated = Arrays.copyOf(datagram, datagram.length - body.lengthBytes());
        return inbound.open(associated, body.toArray());
    }

    /** Where the padding begins; below 0 if it makes no sense. */
    private static int endIndex(byte[] plainText) {
        return plainText.length == 0
                ? -1
                : plainText.length - 1 - (plainText[plainText.length - 1] & 0xff);
    }

    private static OpenResult inside(byte[] plainText, Payload.Sk sk, List<Payload> outer) {
        if (plainText.length == 0) {
            return fault(0, "there is no pad length");
        }
        int endIndex = endIndex(plainText);
        if (endIndex < 0) {
            return fault(
                    plainText.length - 1,
                    "%d bytes of padding in %d bytes"
                            .formatted(
                                    plainText[plainText.length - 1] & 0xff, plainText.length - 1));
        }
        return read(sk.firstInnerType(), plainText, endIndex, outer.subList(0, outer.size() - 1));
    }

    private static OpenResult read(
            int firstInnerType, byte[] plainText, int endIndex, List<Payload> outer) {
        return switch (MessageDecoder.decodeChain(firstInnerType, plainText, 0, endIndex)) {
            case MessageDecoder.Chain.Good(List<Payload> inner) -> {
                List<Payload> all = new ArrayList<>(outer);
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
