package dev.culvert.ike.message;

import dev.culvert.ike.id.Identity;
import dev.culvert.ike.proposal.ProtocolId;
import dev.culvert.ike.ts.TrafficSelector;
import dev.culvert.ike.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads the bodies of payloads. Every read stands behind a check of what is left. */
final class PayloadDecoder {
    private PayloadDecoder() {}

    /** What came of reading one body. */
    sealed interface Body {
        record Good(Payload payload) implements Body {}

        record Bad(String problem) implements Body {}
    }

    static Body decode(int type, int nextType, byte[] data, int fromIndex, int toIndex) {
        WireReader in = new WireReader(data, fromIndex, toIndex);
        Optional<PayloadType> known = PayloadType.of(type);
        if (known.isEmpty()) {
            return good(new Payload.Unknown(type, in.rest()));
        }
        return switch (known.get()) {
            case SA -> SaDecoder.decode(in);
            case KE -> ke(in);
            case IDI -> identity(in, true);
            case IDR -> identity(in, false);
            case CERT -> in.has(1) ? good(new Payload.Cert(in.u8(), in.rest())) : tooShort(1, in);
            case CERTREQ ->
                    in.has(1) ? good(new Payload.CertReq(in.u8(), in.rest())) : tooShort(1, in);
            case AUTH -> auth(in);
            case NONCE -> nonce(in);
            case NOTIFY -> notification(in);
            case DELETE -> delete(in);
            case VENDOR_ID -> good(new Payload.VendorId(in.rest()));
            case TSI -> selectors(in, true);
            case TSR -> selectors(in, false);
            case SK -> good(new Payload.Sk(nextType, in.rest()));
            case CP -> configuration(in);
            case EAP -> good(new Payload.Eap(in.rest()));
            case SKF -> fragment(in, nextType);
            case PS ->
                    in.left() > 0 && in.left() % 4 == 0
                            ? good(new Payload.Ps(in.rest()))
                            : bad(in.left() + " bytes are no four keys of one length");
        };
    }

    static Body good(Payload payload) {
        return new Body.Good(payload);
    }

    static Body bad(String problem) {
        return new Body.Bad(problem);
    }

    private static Body tooShort(int neededBytes, WireReader in) {
        return bad("at least " + neededBytes + " bytes are needed, " + in.left() + " came");
    }

    private static Body ke(WireReader in) {
        if (!in.has(5)) {
            return tooShort(5, in);
        }
        int method = in.u16();
        in.skip(2);
        return good(new Payload.Ke(method, in.rest()));
    }

    private static Body identity(WireReader in, boolean initiator) {
        if (!in.has(4)) {
            return tooShort(4, in);
        }
        int type = in.u8();
        in.skip(3);
        Identity identity = Identity.ofWire(type, in.rest());
        return good(initiator ? new Payload.IdI(identity) : new Payload.IdR(identity));
    }

    private static Body auth(WireReader in) {
        if (!in.has(4)) {
            return tooShort(4, in);
        }
        int method = in.u8();
        in.skip(3);
        return good(new Payload.Auth(method, in.rest()));
    }

    private static Body nonce(WireReader in) {
        if (in.left() < Payload.Nonce.MIN_BYTES || in.left() > Payload.Nonce.MAX_BYTES) {
            return bad("a nonce has 16 to 256 bytes, not " + in.left());
        }
        return good(new Payload.Nonce(in.rest()));
    }

    private static Body notification(WireReader in) {
        if (!in.has(4)) {
            return tooShort(4, in);
        }
        ProtocolId protocol = new ProtocolId(in.u8());
        int spiBytes = in.u8();
        int value = in.u16();
        if (!in.has(spiBytes)) {
            return bad("an SPI of " + spiBytes + " bytes is announced, " + in.left() + " are left");
        }
        return good(new Payload.Notify(protocol, in.bytes(spiBytes), value, in.rest()));
    }

    private static Body delete(WireReader in) {
        if (!in.has(4)) {
            return tooShort(4, in);
        }
        ProtocolId protocol = new ProtocolId(in.u8());
        int spiBytes = in.u8();
        int count = in.u16();
        if (spiBytes * count != in.left() || (spiBytes == 0 && count > 0)) {
            return bad(
                    count
                            + " SPIs of "
                            + spiBytes
                            + " bytes are announced in "
                            + in.left()
                            + " bytes");
        }
        boolean childProtocol = protocol.equals(ProtocolId.ESP) || protocol.equals(ProtocolId.AH);
        if ((childProtocol && spiBytes != 4)
                || (protocol.equals(ProtocolId.IKE) && spiBytes != 0)) {
            return bad("SPIs of " + protocol + " cannot have " + spiBytes + " bytes");
        }
        List<Bytes> spis = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            spis.add(in.bytes(spiBytes));
        }
        return good(new Payload.Delete(protocol, spiBytes, spis));
    }

    private static Body selectors(WireReader in, boolean initiator) {
        if (!in.has(4)) {
            return tooShort(4, in);
        }
        int count = in.u8();
        in.skip(3);
        List<TrafficSelector> selectors = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            if (!in.has(4)) {
                return bad(count + " selectors are announced, " + i + " came");
            }
            int type = in.u8();
            int protocol = in.u8();
            int lengthBytes = in.u16();
            if (lengthBytes < 4 || !in.has(lengthBytes - 4)) {
                return bad("selector " + (i + 1) + " has length " + lengthBytes);
            }
            WireReader body = in.sub(lengthBytes - 4);
            // Unknown types are skipped, they only mean less in common.
            if (type == TrafficSelector.TS_IPV4_ADDR_RANGE
                    || type == TrafficSelector.TS_IPV6_ADDR_RANGE) {
                int addressBytes = type == TrafficSelector.TS_IPV4_ADDR_RANGE ? 4 : 16;
                if (body.left() != 4 + 2 * addressBytes) {
                    return bad("selector " + (i + 1) + " has length " + lengthBytes);
                }
                Optional<TrafficSelector> selector =
                        TrafficSelector.ofWire(
                                protocol,
                                body.u16(),
                                body.u16(),
                                body.bytes(addressBytes),
                                body.bytes(addressBytes));
                if (selector.isEmpty()) {
                    return bad("selector " + (i + 1) + " ends before it starts");
                }
                selectors.add(selector.get());
            }
        }
        if (in.left() != 0) {
            return bad(in.left() + " bytes after the last selector");
        }
        return good(initiator ? new Payload.TsI(selectors) : new Payload.TsR(selectors));
    }

    private static Body configuration(WireReader in) {
        if (!in.has(4)) {
            return tooShort(4, in);
        }
        int cfgType = in.u8();
        in.skip(3);
        List<Payload.CpAttribute> attributes = new ArrayList<>();
        while (in.left() > 0) {
            if (!in.has(4)) {
                return bad("only " + in.left() + " bytes are left for an attribute");
            }
            int type = in.u16() & 0x7fff;
            int lengthBytes = in.u16();
            if (!in.has(lengthBytes)) {
                return bad(
                        "attribute "
                                + type
                                + " has length "
                                + lengthBytes
                                + ", with "
                                + in.left()
                                + " bytes left");
            }
            attributes.add(new Payload.CpAttribute(type, in.bytes(lengthBytes)));
        }
        return good(new Payload.Cp(cfgType, attributes));
    }

    private static Body fragment(WireReader in, int nextType) {
        if (!in.has(4)) {
            return tooShort(4, in);
        }
        int number = in.u16();
        int total = in.u16();
        if (number == 0 || number > total) {
            return bad("fragment " + number + " of " + total);
        }
        return good(new Payload.Skf(nextType, number, total, in.rest()));
    }
}
