package dev.culvert.ike.message;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads IKE messages. Never throws, whatever the bytes; work and memory are proportional to the
 * datagram. Non-ESP markers are the host's and are not part of the bytes here.
 */
public final class MessageDecoder {
    /** Bytes 0 to 15 are the SPIs. */
    private static final int NEXT_PAYLOAD_OFFSET = 16;

    private static final int VERSION_OFFSET = 17;
    private static final int EXCHANGE_OFFSET = 18;
    private static final int FLAGS_OFFSET = 19;
    private static final int MESSAGE_ID_OFFSET = 20;
    private static final int LENGTH_OFFSET = 24;

    private static final int FLAG_RESPONSE = 0x20;
    private static final int FLAG_VERSION = 0x10;
    private static final int FLAG_INITIATOR = 0x08;

    private static final int CRITICAL_BIT = 0x80;
    private static final int MAJOR_VERSION = 2;

    private MessageDecoder() {}

    /** Reads a whole datagram. */
    public static DecodeResult decode(byte[] datagram) {
        if (datagram.length < IkeHeader.LENGTH_BYTES) {
            return new DecodeResult.HeaderError(
                    DecodeResult.HeaderError.Kind.TOO_SHORT,
                    Optional.empty(),
                    "an IKE header has "
                            + IkeHeader.LENGTH_BYTES
                            + " bytes, the datagram "
                            + datagram.length);
        }
        IkeHeader header = header(datagram);
        // The version comes first: another major version's length may mean something else.
        if (header.majorVersion() != MAJOR_VERSION) {
            return headerError(
                    DecodeResult.HeaderError.Kind.WRONG_VERSION,
                    header,
                    "major version " + header.majorVersion() + "; only 2 is spoken here");
        }
        long lengthBytes = unsigned(datagram, LENGTH_OFFSET, 4);
        if (lengthBytes != datagram.length) {
            return headerError(
                    DecodeResult.HeaderError.Kind.WRONG_LENGTH,
                    header,
                    "the header says "
                            + lengthBytes
                            + " bytes, the datagram has "
                            + datagram.length);
        }
        if (header.initiatorSpi() == 0) {
            return headerError(
                    DecodeResult.HeaderError.Kind.ZERO_INITIATOR_SPI,
                    header,
                    "the initiator's SPI is zero");
        }
        int firstType = datagram[NEXT_PAYLOAD_OFFSET] & 0xff;
        return switch (decodeChain(firstType, datagram, IkeHeader.LENGTH_BYTES, datagram.length)) {
            case Chain.Good(List<Payload> payloads) ->
                    new DecodeResult.Ok(new IkeMessage(header, payloads));
            case Chain.Bad(PayloadFault fault) -> new DecodeResult.GrammarError(header, fault);
            case Chain.Critical(int type) -> new DecodeResult.UnknownCritical(header, type);
        };
    }

    /** What came of reading payloads one after the other. */
    sealed interface Chain {
        record Good(List<Payload> payloads) implements Chain {}

        record Bad(PayloadFault fault) implements Chain {}

        record Critical(int payloadValue) implements Chain {}
    }

    /** Reads payloads from {@code fromIndex}, which have to end exactly at {@code toIndex}. */
    static Chain decodeChain(int firstType, byte[] data, int fromIndex, int toIndex) {
        List<Payload> payloads = new ArrayList<>();
        int position = fromIndex;
        int type = firstType;
        while (type != PayloadType.NONE) {
            if (toIndex - position < Payload.HEADER_BYTES) {
                return bad(
                        type, position, "only " + (toIndex - position) + " bytes are left for it");
            }
            int nextType = data[position] & 0xff;
            boolean critical = (data[position + 1] & CRITICAL_BIT) != 0;
            int lengthBytes = (int) unsigned(data, position + 2, 2);
            if (lengthBytes < Payload.HEADER_BYTES || lengthBytes > toIndex - position) {
                return bad(
                        type,
                        position,
                        "its length is "
                                + lengthBytes
                                + ", with "
                                + (toIndex - position)
                                + " bytes left");
            }
            Optional<PayloadType> known = PayloadType.of(type);
            if (known.isEmpty() && critical) {
                return new Chain.Critical(type);
            }
            int bodyStart = position + Payload.HEADER_BYTES;
            int bodyEnd = position + lengthBytes;
            switch (PayloadDecoder.decode(type, nextType, data, bodyStart, bodyEnd)) {
                case PayloadDecoder.Body.Good(Payload payload) -> payloads.add(payload);
                case PayloadDecoder.Body.Bad(String problem) -> {
                    return bad(type, position, problem);
                }
            }
            position = bodyEnd;
            // "Next payload" of these two belongs to what is inside; nothing comes after them.
            boolean last = type == PayloadType.SK.value() || type == PayloadType.SKF.value();
            if (last && position != toIndex) {
                return bad(
                        type,
                        bodyStart - Payload.HEADER_BYTES,
                        "it must be the last, but " + (toIndex - position) + " bytes follow");
            }
            type = last ? PayloadType.NONE : nextType;
        }
        if (position != toIndex) {
            return bad(
                    PayloadType.NONE,
                    position,
                    (toIndex - position) + " bytes after the last payload");
        }
        return new Chain.Good(payloads);
    }

    private static Chain bad(int type, int offset, String problem) {
        return new Chain.Bad(new PayloadFault(type, offset, problem));
    }

    private static DecodeResult headerError(
            DecodeResult.HeaderError.Kind kind, IkeHeader header, String problem) {
        return new DecodeResult.HeaderError(kind, Optional.of(header), problem);
    }

    private static IkeHeader header(byte[] datagram) {
        int flags = datagram[FLAGS_OFFSET];
        return new IkeHeader(
                unsigned(datagram, 0, 8),
                unsigned(datagram, 8, 8),
                (datagram[VERSION_OFFSET] & 0xff) >>> 4,
                datagram[VERSION_OFFSET] & 0x0f,
                datagram[EXCHANGE_OFFSET] & 0xff,
                (flags & FLAG_RESPONSE) != 0,
                (flags & FLAG_VERSION) != 0,
                (flags & FLAG_INITIATOR) != 0,
                unsigned(datagram, MESSAGE_ID_OFFSET, 4));
    }

    private static long unsigned(byte[] data, int offset, int count) {
        long value = 0;
        for (int i = 0; i < count; i++) {
            value = value << 8 | (data[offset + i] & 0xff);
        }
        return value;
    }
}
