package dev.culvert.ike.proposal;

import java.util.Optional;

/**
 * The algorithms of one child SA pair, as agreed.
 *
 * @param encryption a supported algorithm
 * @param keyLengthBits of {@code encryption}, without salt
 * @param integrity present exactly if {@code encryption} is not an AEAD
 * @param keyExchange the method of an additional key exchange (PFS), if there is one
 * @param extendedSequenceNumbers whether sequence numbers have 64 bits
 */
public record EspSuite(
        EncryptionAlgorithm encryption,
        int keyLengthBits,
        Optional<IntegrityAlgorithm> integrity,
        Optional<KeyExchangeMethod> keyExchange,
        boolean extendedSequenceNumbers) {
    /** Checks that integrity and encryption fit. */
    public EspSuite {
        if (encryption.isAead() == integrity.isPresent()) {
            throw new IllegalArgumentException("integrity goes with every encryption but an AEAD");
        }
    }

    /**
     * As {@code swanctl --list-sas} prints it: {@code AES_GCM_16-256/ESN}, {@code
     * AES_CBC-128/HMAC_SHA2_256_128}.
     */
    public String displayName() {
        return encryption.displayName(keyLengthBits)
                + integrity.map(i -> "/" + i.displayName()).orElse("")
                + keyExchange.map(k -> "/" + k.displayName()).orElse("")
                + (extendedSequenceNumbers ? "/ESN" : "");
    }
}
