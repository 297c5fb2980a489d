package dev.culvert.ike.message;

import dev.culvert.ike.id.Identity;
import java.util.List;

/** Writes IKE messages. The same message always gives the same bytes. */
public final class MessageEncoder {
    private static final int LENGTH_OFFSET = 24;

    private MessageEncoder() {}

    /**
     * Writes a message in clear. A closed SK or SKF payload is written as it is; it has to be the
     * last.
     *
     * @throws IllegalArgumentException if a field does not fit its place, for example a payload
     *     above 65535 bytes
     */
    public static byte[] encode(IkeMessage message) {
        WireWriter out = new WireWriter();
        List<Payload> payloads = message.payloads();
        header(out, message.header(), firstType(payloads));
        chain(out, payloads);
        out.patch32(LENGTH_OFFSET, out.position());
        return out.toArray();
    }

    /**
     * The body of an ID payload, without generic header: what AUTH covers (RFC 7296, section 2.15).
     */
    public static byte[] idBody(Identity identity) {
        WireWriter out = new WireWriter();
        PayloadEncoder.identity(out, identity);
        return out.toArray();
    }

    /**
     * The message up to and including the SK payload's generic header, with the lengths that it is
     * going to have.
     */
    static byte[] skPrefix(IkeHeader header, int firstInnerType, int bodyBytes) {
        int skBytes = Payload.HEADER_BYTES + bodyBytes;
        if (skBytes > 0xffff) {
            throw new IllegalArgumentException(
                    "an SK payload of " + skBytes + " bytes; at most 65535 can be sent");
        }
        WireWriter out = new WireWriter();
        header(out, header, PayloadType.SK.value());
        out.u8(firstInnerType);
        out.u8(0);
        out.u16(skBytes);
        out.patch32(LENGTH_OFFSET, out.position() + bodyBytes);
        return out.toArray();
    }

    /** Likewise through the numbers of an SKF payload (RFC 7383, section 2.5). */
    static byte[] skfPrefix(
            IkeHeader header, int firstInnerType, int number, int total, int bodyBytes) {
        WireWriter out = new WireWriter();
        header(out, header, PayloadType.SKF.value());
        out.u8(firstInnerType);
        out.u8(0);
        out.u16(Payload.Skf.HEADER_BYTES + bodyBytes);
        out.u16(number);
        out.u16(total);
        out.patch32(LENGTH_OFFSET, out.position() + bodyBytes);
        return out.toArray();
    }

    static int firstType(List<Payload> payloads) {
        return payloads.isEmpty() ? PayloadType.NONE : payloads.getFirst().typeValue();
    }

    static void chain(WireWriter out, List<Payload> payloads) {
        for (int i = 0; i < payloads.size(); i++) {
            Payload payload = payloads.get(i);
            boolean last = i == payloads.size() - 1;
            int start = out.position();
            out.u8(
                    nextType(
                            payload,
                            last ? PayloadType.NONE : payloads.get(i + 1).typeValue(),
                            last));
            out.u8(0);
            out.u16(0);
            PayloadEncoder.body(out, payload);
            out.patchLength16(start + 2, start, payload.name() + " payload");
        }
    }

    private static int nextType(Payload payload, int following, boolean last) {
        int inner =
                switch (payload) {
                    case Payload.Sk sk -> sk.firstInnerType();
                    case Payload.Skf skf -> skf.firstInnerType();
                    case Payload.Sa _,
                            Payload.Ke _,
                            Payload.IdI _,
                            Payload.IdR _,
                            Payload.Cert _,
                            Payload.CertReq _,
                            Payload.Auth _,
                            Payload.Nonce _,
                            Payload.Notify _,
                            Payload.Delete _,
                            Payload.VendorId _,
                            Payload.TsI _,
                            Payload.TsR _,
                            Payload.Cp _,
                            Payload.Eap _,
                            Payload.Ps _,
                            Payload.Unknown _ ->
                            -1;
                };
        if (inner >= 0 && !last) {
            throw new IllegalArgumentException(payload.name() + " has to be the last payload");
        }
        return inner >= 0 ? inner : following;
    }

    private static void header(WireWriter out, IkeHeader header, int firstType) {
        out.u64(header.initiatorSpi());
        out.u64(header.responderSpi());
        out.u8(firstType);
        out.u8(header.majorVersion() << 4 | header.minorVersion());
        out.u8(header.exchangeValue());
        out.u8(
                (header.response() ? 0x20 : 0)
                        | (header.higherVersion() ? 0x10 : 0)
                        | (header.initiator() ? 0x08 : 0));
        out.u32(header.messageId());
        out.u32(0);
    }
}
