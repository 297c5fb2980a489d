package dev.culvert.ike.message;

import dev.culvert.ike.message.PayloadDecoder.Body;
import dev.culvert.ike.proposal.Proposal;
import dev.culvert.ike.proposal.ProtocolId;
import dev.culvert.ike.proposal.Transform;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.Parsed;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads Security Association payloads (RFC 7296, section 3.3). A proposal and a transform:
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Last Substruc |   RESERVED    |         Proposal Length       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Proposal Num  |  Protocol ID  |    SPI Size   |Num  Transforms|
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                        SPI (variable)                         ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Last Substruc |   RESERVED    |        Transform Length       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Transform Type |   RESERVED    |          Transform ID         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                      Transform Attributes                     ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
final class SaDecoder {
    static final int PROPOSAL_HEADER_BYTES = 8;
    static final int TRANSFORM_HEADER_BYTES = 8;
    static final int LAST = 0;
    static final int MORE_PROPOSALS = 2;
    static final int MORE_TRANSFORMS = 3;

    private static final int ATTRIBUTE_FORMAT_BIT = 0x8000;

    private SaDecoder() {}

    static Body decode(WireReader in) {
        List<Proposal> proposals = new ArrayList<>();
        boolean more = true;
        while (more) {
            String where = "proposal " + (proposals.size() + 1);
            if (!in.has(PROPOSAL_HEADER_BYTES)) {
                return PayloadDecoder.bad("only " + in.left() + " bytes are left for " + where);
            }
            int last = in.u8();
            in.skip(1);
            int lengthBytes = in.u16();
            if (lengthBytes < PROPOSAL_HEADER_BYTES || !in.has(lengthBytes - 4)) {
                return PayloadDecoder.bad(where + " has length " + lengthBytes);
            }
            if (last != LAST && last != MORE_PROPOSALS) {
                return PayloadDecoder.bad(where + " says " + last + " where 0 or 2 belongs");
            }
            switch (proposal(in.sub(lengthBytes - 4))) {
                case Parsed.Ok<Proposal>(Proposal proposal) -> proposals.add(proposal);
                case Parsed.Failed<Proposal>(String problem) -> {
                    return PayloadDecoder.bad(where + ": " + problem);
                }
            }
            more = last == MORE_PROPOSALS;
        }
        if (in.left() != 0) {
            return PayloadDecoder.bad(in.left() + " bytes after the last proposal");
        }
        return PayloadDecoder.good(new Payload.Sa(proposals));
    }

    private static Parsed<Proposal> proposal(WireReader in) {
        int number = in.u8();
        ProtocolId protocol = new ProtocolId(in.u8());
        int spiBytes = in.u8();
        int count = in.u8();
        if (!in.has(spiBytes)) {
            return Parsed.failed(
                    "an SPI of " + spiBytes + " bytes is announced, " + in.left() + " are left");
        }
        if (!isPossibleSpiLength(protocol, spiBytes)) {
            return Parsed.failed("an SPI of " + protocol + " cannot have " + spiBytes + " bytes");
        }
        Bytes spi = in.bytes(spiBytes);
        List<Transform> transforms = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String where = "transform " + (i + 1);
            if (!in.has(TRANSFORM_HEADER_BYTES)) {
                return Parsed.failed("only " + in.left() + " bytes are left for " + where);
            }
            int last = in.u8();
            in.skip(1);
            int lengthBytes = in.u16();
            if (lengthBytes < TRANSFORM_HEADER_BYTES || !in.has(lengthBytes - 4)) {
                return Parsed.failed(where + " has length " + lengthBytes);
            }
            if (last != (i == count - 1 ? LAST : MORE_TRANSFORMS)) {
                return Parsed.failed(
                        where + " of " + count + " says " + last + " about whether more follow");
            }
            switch (transform(in.sub(lengthBytes - 4))) {
                case Parsed.Ok<Transform>(Transform transform) -> transforms.add(transform);
                case Parsed.Failed<Transform>(String problem) -> {
                    return Parsed.failed(where + ": " + problem);
                }
            }
        }
        if (in.left() != 0) {
            return Parsed.failed(in.left() + " bytes after the last transform");
        }
        return Parsed.ok(new Proposal(number, protocol, spi, transforms));
    }

    private static boolean isPossibleSpiLength(ProtocolId protocol, int spiBytes) {
        if (protocol.equals(ProtocolId.IKE)) {
            return spiBytes == 0 || spiBytes == 8;
        }
        return spiBytes == 4
                || !(protocol.equals(ProtocolId.ESP) || protocol.equals(ProtocolId.AH));
    }

    private static Parsed<Transform> transform(WireReader in) {
        int type = in.u8();
        in.skip(1);
        int id = in.u16();
        List<Transform.Attribute> attributes = new ArrayList<>();
        while (in.left() > 0) {
            if (!in.has(4)) {
                return Parsed.failed("only " + in.left() + " bytes are left for an attribute");
            }
            int formatAndType = in.u16();
            int attributeType = formatAndType & ~ATTRIBUTE_FORMAT_BIT;
            if ((formatAndType & ATTRIBUTE_FORMAT_BIT) != 0) {
                attributes.add(new Transform.Attribute(attributeType, true, in.bytes(2)));
            } else {
                int lengthBytes = in.u16();
                if (!in.has(lengthBytes)) {
                    return Parsed.failed(
                            "attribute " + attributeType + " has length " + lengthBytes);
                }
                attributes.add(
                        new Transform.Attribute(attributeType, false, in.bytes(lengthBytes)));
            }
        }
        return Parsed.ok(Transform.ofWire(type, id, attributes));
    }
}
