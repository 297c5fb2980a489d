package dev.culvert.ike.message;

import dev.culvert.ike.id.Identity;
import dev.culvert.ike.proposal.Proposal;
import dev.culvert.ike.proposal.Transform;
import dev.culvert.ike.ts.TrafficSelector;
import java.util.List;

/** Writes the bodies of payloads. */
final class PayloadEncoder {
    private PayloadEncoder() {}

    static void body(WireWriter out, Payload payload) {
        switch (payload) {
            case Payload.Sa sa -> sa(out, sa);
            case Payload.Ke ke -> {
                out.u16(ke.methodValue());
                out.u16(0);
                out.bytes(ke.data());
            }
            case Payload.IdI id -> identity(out, id.identity());
            case Payload.IdR id -> identity(out, id.identity());
            case Payload.Cert cert -> {
                out.u8(cert.encoding());
                out.bytes(cert.data());
            }
            case Payload.CertReq request -> {
                out.u8(request.encoding());
                out.bytes(request.authorities());
            }
            case Payload.Auth auth -> {
                out.u8(auth.method());
                out.zeros(3);
                out.bytes(auth.data());
            }
            case Payload.Nonce nonce -> out.bytes(nonce.data());
            case Payload.Notify notification -> {
                out.u8(notification.protocol().value());
                out.u8(checked(notification.spi().lengthBytes(), 0xff, "SPI length"));
                out.u16(notification.value());
                out.bytes(notification.spi());
                out.bytes(notification.data());
            }
            case Payload.Delete delete -> delete(out, delete);
            case Payload.VendorId vendor -> out.bytes(vendor.data());
            case Payload.TsI ts -> selectors(out, ts.selectors());
            case Payload.TsR ts -> selectors(out, ts.selectors());
            case Payload.Sk sk -> out.bytes(sk.body());
            case Payload.Cp cp -> configuration(out, cp);
            case Payload.Eap eap -> out.bytes(eap.message());
            case Payload.Skf skf -> {
                out.u16(skf.fragmentNumber());
                out.u16(skf.totalFragments());
                out.bytes(skf.body());
            }
            case Payload.Ps ps -> out.bytes(ps.keys());
            case Payload.Unknown unknown -> out.bytes(unknown.body());
        }
    }

    static void identity(WireWriter out, Identity identity) {
        if (identity instanceof Identity.Any) {
            throw new IllegalArgumentException("a pattern for any identity cannot be sent");
        }
        out.u8(identity.typeValue());
        out.zeros(3);
        out.bytes(identity.wireData());
    }

    private static void sa(WireWriter out, Payload.Sa sa) {
        for (int i = 0; i < sa.proposals().size(); i++) {
            Proposal proposal = sa.proposals().get(i);
            int start = out.position();
            out.u8(i == sa.proposals().size() - 1 ? SaDecoder.LAST : SaDecoder.MORE_PROPOSALS);
            out.u8(0);
            out.u16(0);
            out.u8(proposal.number());
            out.u8(proposal.protocol().value());
            out.u8(checked(proposal.spi().lengthBytes(), 0xff, "SPI length"));
            out.u8(checked(proposal.transforms().size(), 0xff, "number of transforms"));
            out.bytes(proposal.spi());
            for (int j = 0; j < proposal.transforms().size(); j++) {
                transform(out, proposal.transforms().get(j), j == proposal.transforms().size() - 1);
            }
            out.patchLength16(start + 2, start, "proposal " + proposal.number());
        }
    }

    private static void transform(WireWriter out, Transform transform, boolean last) {
        int start = out.position();
        out.u8(last ? SaDecoder.LAST : SaDecoder.MORE_TRANSFORMS);
        out.u8(0);
        out.u16(0);
        out.u8(transform.typeValue());
        out.u8(0);
        out.u16(transform.id());
        for (Transform.Attribute attribute : transform.attributes()) {
            out.u16(attribute.type() | (attribute.fixed() ? 0x8000 : 0));
            if (!attribute.fixed()) {
                out.u16(checked(attribute.value().lengthBytes(), 0xffff, "attribute length"));
            }
            out.bytes(attribute.value());
        }
        out.patchLength16(start + 2, start, transform.displayName());
    }

    private static void delete(WireWriter out, Payload.Delete delete) {
        out.u8(delete.protocol().value());
        out.u8(checked(delete.spiBytes(), 0xff, "SPI length"));
        out.u16(checked(delete.spis().size(), 0xffff, "number of SPIs"));
        delete.spis().forEach(out::bytes);
    }

    private static void selectors(WireWriter out, List<TrafficSelector> selectors) {
        out.u8(checked(selectors.size(), 0xff, "number of selectors"));
        out.zeros(3);
        for (TrafficSelector selector : selectors) {
            byte[] start = selector.start().toBytes();
            out.u8(
                    selector.version() == 4
                            ? TrafficSelector.TS_IPV4_ADDR_RANGE
                            : TrafficSelector.TS_IPV6_ADDR_RANGE);
            out.u8(selector.protocol());
            out.u16(8 + 2 * start.length);
            out.u16(selector.startPort());
            out.u16(selector.endPort());
            out.bytes(start);
            out.bytes(selector.end().toBytes());
        }
    }

    private static void configuration(WireWriter out, Payload.Cp cp) {
        out.u8(cp.cfgType());
        out.zeros(3);
        for (Payload.CpAttribute attribute : cp.attributes()) {
            out.u16(attribute.type());
            out.u16(checked(attribute.value().lengthBytes(), 0xffff, "attribute length"));
            out.bytes(attribute.value());
        }
    }

    private static int checked(int value, int max, String what) {
        if (value > max) {
            throw new IllegalArgumentException(
                    what + " " + value + "; at most " + max + " can be sent");
        }
        return value;
    }
}
