package dev.culvert.ike.message;

import dev.culvert.ike.id.Identity;
import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.proposal.Proposal;
import dev.culvert.ike.proposal.ProposalParser;
import dev.culvert.ike.proposal.ProtocolId;
import dev.culvert.ike.proposal.Transform;
import dev.culvert.ike.ts.TrafficSelector;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import java.util.List;

/** One payload of every type that stands in clear, with everything in it that its form allows. */
final class SamplePayloads {
    private SamplePayloads() {}

    static List<Payload> all() {
        Proposal odd =
                new Proposal(
                        2,
                        new ProtocolId(200),
                        Bytes.ofHex("010203"),
                        List.of(
                                new Transform.Unknown(
                                        9,
                                        77,
                                        List.of(
                                                new Transform.Attribute(
                                                        14, true, Bytes.ofHex("0080")),
                                                new Transform.Attribute(
                                                        15, false, Bytes.ofHex("aabbccddee")))),
                                new Transform.Unknown(
                                        1, 12, List.of(Transform.Attribute.keyLength(512)))));
        return List.of(
                new Payload.Sa(
                        List.of(
                                ProposalParser.parseEsp("aes256-sha512-ecp384-esn-noesn")
                                        .orThrow()
                                        .withNumber(1)
                                        .withSpi(Bytes.ofInt(0xc1234567)),
                                odd)),
                new Payload.Ke(KeyExchangeMethod.CURVE_25519, Bytes.ofHex("11".repeat(32))),
                new Payload.IdI(new Identity.KeyId(Bytes.ofHex("00ff"))),
                new Payload.IdR(new Identity.Ip(IpAddress.parse("2001:db8::1").orElseThrow())),
                new Payload.Cert(4, Bytes.ofHex("3000")),
                new Payload.CertReq(4, Bytes.ofHex("22".repeat(20))),
                new Payload.Auth(2, Bytes.ofHex("33".repeat(32))),
                new Payload.Nonce(Bytes.ofHex("44".repeat(16))),
                Payload.Notify.of(NotifyType.COOKIE, Bytes.ofHex("55".repeat(20))),
                Payload.Notify.ofEsp(NotifyType.REKEY_SA, 0xcafebabe, Bytes.EMPTY),
                new Payload.Notify(new ProtocolId(99), Bytes.ofHex("01"), 54321, Bytes.ofHex("02")),
                Payload.Delete.esp(List.of(1, -1)),
                new Payload.VendorId(Bytes.ofHex("6666")),
                new Payload.TsI(
                        List.of(
                                TrafficSelector.parse("10.1.0.0/16[tcp/80]").orThrow(),
                                TrafficSelector.parse("2001:db8::/32[udp/opaque]").orThrow())),
                new Payload.TsR(List.of(TrafficSelector.all(4), TrafficSelector.all(6))),
                new Payload.Cp(
                        1,
                        List.of(
                                new Payload.CpAttribute(1, Bytes.EMPTY),
                                new Payload.CpAttribute(0x7fff, Bytes.ofHex("0102")))),
                new Payload.Eap(Bytes.ofHex("01010005")),
                new Payload.Ps(Bytes.ofHex("01020304")),
                new Payload.Unknown(200, Bytes.ofHex("77")));
    }
}
