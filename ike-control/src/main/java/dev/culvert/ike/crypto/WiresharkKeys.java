package dev.culvert.ike.crypto;

import dev.culvert.ike.proposal.EncryptionAlgorithm;
import dev.culvert.ike.proposal.EspSuite;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.proposal.IntegrityAlgorithm;
import dev.culvert.ike.wire.IpAddress;
import java.util.HexFormat;

/**
 * Lines for Wireshark's key files. They hold keys in clear: only for a user who asked for exactly
 * that.
 *
 * <p>The names of algorithms are Wireshark's own, which differ between the two files.
 */
public final class WiresharkKeys {
    private WiresharkKeys() {}

    /**
     * A line of {@code ikev2_decryption_table}, without line end. For ChaCha20-Poly1305, which
     * Wireshark cannot decrypt there, it is a comment: one bad line would spoil the whole file.
     */
    public static String ikeLine(long spiI, long spiR, IkeSuite suite, IkeKeys keys) {
        if (suite.encryption() == EncryptionAlgorithm.CHACHA20_POLY1305) {
            return "# IKE SA %016x %016x: Wireshark cannot decrypt CHACHA20_POLY1305 here"
                    .formatted(spiI, spiR);
        }
        return "%016x,%016x,%s,%s,\"%s\",%s,%s,\"%s\""
                .formatted(
                        spiI,
                        spiR,
                        hex(keys.skEi()),
                        hex(keys.skEr()),
                        ikeEncryption(suite),
                        hex(keys.skAi()),
                        hex(keys.skAr()),
                        suite.integrity()
                                .map(WiresharkKeys::ikeIntegrity)
                                .orElse("NONE [RFC4306]"));
    }

    /**
     * A line of {@code esp_sa}, for one direction, without line end. For ChaCha20-Poly1305 it is
     * commented out: older versions of Wireshark do not know it and would refuse the whole file.
     *
     * @param source outer source address
     * @param destination outer destination address
     * @param spi of the SA
     * @param suite algorithms
     * @param encryptionKey with salt
     * @param integrityKey empty with an AEAD
     */
    public static String espLine(
            IpAddress source,
            IpAddress destination,
            int spi,
            EspSuite suite,
            SecretBytes encryptionKey,
            SecretBytes integrityKey) {
        String start =
                suite.encryption() == EncryptionAlgorithm.CHACHA20_POLY1305
                        ? "# for a Wireshark that knows RFC 7634: "
                        : "";
        return start
                + "\"IPv%d\",\"%s\",\"%s\",\"0x%08x\",\"%s\",\"0x%s\",\"%s\",\"%s\""
                        .formatted(
                                source.version(),
                                source,
                                destination,
                                spi,
                                espEncryption(suite.encryption()),
                                hex(encryptionKey),
                                suite.integrity().map(WiresharkKeys::espIntegrity).orElse("NULL"),
                                integrityKey.lengthBytes() == 0 ? "" : "0x" + hex(integrityKey));
    }

    private static String ikeEncryption(IkeSuite suite) {
        if (suite.encryption() == EncryptionAlgorithm.AES_GCM_16) {
            return "AES-GCM-" + suite.keyLengthBits() + " with 16 octet ICV [RFC5282]";
        }
        if (suite.encryption() == EncryptionAlgorithm.AES_CBC) {
            return "AES-CBC-" + suite.keyLengthBits() + " [RFC3602]";
        }
        throw new IllegalArgumentException(
                "Wireshark cannot decrypt IKE with " + suite.encryption().displayName());
    }

    private static String ikeIntegrity(IntegrityAlgorithm integrity) {
        return switch (integrity.icvBytes()) {
            case 16 -> "HMAC_SHA2_256_128 [RFC4868]";
            case 24 -> "HMAC_SHA2_384_192 [RFC4868]";
            case 32 -> "HMAC_SHA2_512_256 [RFC4868]";
            default ->
                    throw new IllegalArgumentException(
                            "Wireshark has no name for " + integrity.displayName());
        };
    }

    private static String espEncryption(EncryptionAlgorithm encryption) {
        if (encryption == EncryptionAlgorithm.AES_GCM_16) {
            return "AES-GCM with 16 octet ICV [RFC4106]";
        }
        if (encryption == EncryptionAlgorithm.CHACHA20_POLY1305) {
            return "ChaCha20 with Poly1305 [RFC7634]";
        }
        if (encryption == EncryptionAlgorithm.AES_CBC) {
            return "AES-CBC [RFC3602]";
        }
        throw new IllegalArgumentException("Wireshark has no name for " + encryption.displayName());
    }

    private static String espIntegrity(IntegrityAlgorithm integrity) {
        return switch (integrity.icvBytes()) {
            case 16 -> "HMAC-SHA-256-128 [RFC4868]";
            case 24 -> "HMAC-SHA-384-192 [RFC4868]";
            case 32 -> "HMAC-SHA-512-256 [RFC4868]";
            default ->
                    throw new IllegalArgumentException(
                            "Wireshark has no name for " + integrity.displayName());
        };
    }

    private static String hex(SecretBytes secret) {
        return HexFormat.of().formatHex(secret.borrow());
    }
}
