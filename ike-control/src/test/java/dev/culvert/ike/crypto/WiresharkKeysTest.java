package dev.culvert.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.proposal.EncryptionAlgorithm;
import dev.culvert.ike.proposal.EspSuite;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.proposal.IntegrityAlgorithm;
import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.proposal.PrfAlgorithm;
import dev.culvert.ike.wire.IpAddress;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WiresharkKeysTest {
    private static final IpAddress MOON = IpAddress.parse("192.0.2.1").orElseThrow();
    private static final IpAddress SUN = IpAddress.parse("192.0.2.2").orElseThrow();

    @Test
    void shouldWriteIkeLines() {
        assertThat(
                        WiresharkKeys.ikeLine(
                                0x11,
                                0xff00000000000022L,
                                ike(EncryptionAlgorithm.AES_GCM_16, 256, Optional.empty()),
                                keys("")))
                .isEqualTo(
                        "0000000000000011,ff00000000000022,e1,e2,\"AES-GCM-256 with 16 octet ICV [RFC5282]\",,,\"NONE [RFC4306]\"");
        assertThat(
                        WiresharkKeys.ikeLine(
                                0x11,
                                0x22,
                                ike(
                                        EncryptionAlgorithm.AES_CBC,
                                        128,
                                        Optional.of(IntegrityAlgorithm.HMAC_SHA2_384_192)),
                                keys("a1")))
                .isEqualTo(
                        "0000000000000011,0000000000000022,e1,e2,\"AES-CBC-128 [RFC3602]\",a1,a1,\"HMAC_SHA2_384_192 [RFC4868]\"");
    }

    @Test
    void shouldWriteEspLines() {
        assertThat(
                        WiresharkKeys.espLine(
                                MOON,
                                SUN,
                                0xc1234567,
                                esp(EncryptionAlgorithm.AES_GCM_16, Optional.empty()),
                                secret("aabb"),
                                secret("")))
                .isEqualTo(
                        "\"IPv4\",\"192.0.2.1\",\"192.0.2.2\",\"0xc1234567\",\"AES-GCM with 16 octet ICV [RFC4106]\",\"0xaabb\",\"NULL\",\"\"");
        assertThat(
                        WiresharkKeys.espLine(
                                IpAddress.ANY_V6,
                                IpAddress.ANY_V6,
                                1,
                                esp(
                                        EncryptionAlgorithm.AES_CBC,
                                        Optional.of(IntegrityAlgorithm.HMAC_SHA2_256_128)),
                                secret("aa"),
                                secret("bb")))
                .isEqualTo(
                        "\"IPv6\",\"::\",\"::\",\"0x00000001\",\"AES-CBC [RFC3602]\",\"0xaa\",\"HMAC-SHA-256-128 [RFC4868]\",\"0xbb\"");
    }

    /** Wireshark 4.0 refuses the whole file for one name that it does not know. */
    @Test
    void shouldWriteCommentsWhenWiresharkCannot() {
        assertThat(
                        WiresharkKeys.ikeLine(
                                1,
                                2,
                                ike(EncryptionAlgorithm.CHACHA20_POLY1305, 256, Optional.empty()),
                                keys("")))
                .startsWith("# IKE SA 0000000000000001 0000000000000002")
                .doesNotContain("e1", "d0");
        assertThat(
                        WiresharkKeys.espLine(
                                MOON,
                                SUN,
                                1,
                                esp(EncryptionAlgorithm.CHACHA20_POLY1305, Optional.empty()),
                                secret("aabb"),
                                secret("")))
                .startsWith("# ")
                .endsWith(
                        "\"IPv4\",\"192.0.2.1\",\"192.0.2.2\",\"0x00000001\",\"ChaCha20 with Poly1305 [RFC7634]\",\"0xaabb\",\"NULL\",\"\"");
    }

    private static IkeSuite ike(
            EncryptionAlgorithm encryption, int bits, Optional<IntegrityAlgorithm> integrity) {
        return new IkeSuite(
                encryption, bits, integrity, PrfAlgorithm.HMAC_SHA2_256, KeyExchangeMethod.ECP_256);
    }

    private static EspSuite esp(
            EncryptionAlgorithm encryption, Optional<IntegrityAlgorithm> integrity) {
        return new EspSuite(encryption, 128, integrity, Optional.empty(), false);
    }

    private static IkeKeys keys(String integrity) {
        return new IkeKeys(
                secret("d0"),
                secret(integrity),
                secret(integrity),
                secret("e1"),
                secret("e2"),
                secret("f1"),
                secret("f2"));
    }

    private static SecretBytes secret(String hex) {
        return SecretBytes.takingOver(HexFormat.of().parseHex(hex));
    }
}
