package dev.culvert.ike.crypto;

import dev.culvert.ike.proposal.EspSuite;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.wire.IpAddress;

/**
 * Lines for Wireshark's key files. They hold keys in clear: only for a user who asked for exactly
 * that.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class WiresharkKeys {
    private WiresharkKeys() {}

    /** A line of {@code ikev2_decryption_table}, without line end. */
    public static String ikeLine(long spiI, long spiR, IkeSuite suite, IkeKeys keys) {
        throw new UnsupportedOperationException("soon");
    }

    /**
     * A line of {@code esp_sa}, for one direction, without line end.
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
        throw new UnsupportedOperationException("soon");
    }
}
