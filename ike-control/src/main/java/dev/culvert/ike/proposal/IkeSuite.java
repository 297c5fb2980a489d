package dev.culvert.ike.proposal;

import java.util.Optional;

/**
 * The algorithms of one IKE SA, as agreed.
 *
 * @param encryption a supported algorithm
 * @param keyLengthBits of {@code encryption}, without salt
 * @param integrity present exactly if {@code encryption} is not an AEAD
 * @param prf a supported function
 * @param keyExchange a supported method
 */
public record IkeSuite(
        EncryptionAlgorithm encryption,
        int keyLengthBits,
        Optional<IntegrityAlgorithm> integrity,
        PrfAlgorithm prf,
        KeyExchangeMethod keyExchange) {
    /** Checks that integrity and encryption fit. */
    public IkeSuite {
        if (encryption.isAead() == integrity.isPresent()) {
            throw new IllegalArgumentException("integrity goes with every encryption but an AEAD");
        }
    }

    /**
     * As {@code swanctl --list-sas} prints it: {@code
     * AES_GCM_16-256/PRF_HMAC_SHA2_256/CURVE_25519}.
     */
    public String displayName() {
        return encryption.displayName(keyLengthBits)
                + integrity.map(i -> "/" + i.displayName()).orElse("")
                + "/"
                + prf.displayName()
                + "/"
                + keyExchange.displayName();
    }
}
