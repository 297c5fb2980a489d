package dev.culvert.esp;

/**
 * The algorithms of an ESP SA: a cipher and, unless it is an AEAD, an integrity algorithm (RFC
 * 4303, RFC 8221).
 *
 * @param encryption the cipher, with its key length
 * @param integrity {@link Integrity#NONE} with an AEAD, otherwise an HMAC
 */
public record EspSuite(Encryption encryption, Integrity integrity) {

    /** Ciphers, with lengths in bytes. */
    public enum Encryption {
        AES_GCM_16_128(16, 4, 8, 16, 1),
        AES_GCM_16_192(24, 4, 8, 16, 1),
        AES_GCM_16_256(32, 4, 8, 16, 1),
        CHACHA20_POLY1305(32, 4, 8, 16, 1),
        AES_CBC_128(16, 0, 16, 0, 16),
        AES_CBC_192(24, 0, 16, 0, 16),
        AES_CBC_256(32, 0, 16, 0, 16);

        private final int keyBytes;
        private final int saltBytes;
        private final int ivBytes;
        private final int tagBytes;
        private final int blockBytes;

        Encryption(int keyBytes, int saltBytes, int ivBytes, int tagBytes, int blockBytes) {
            this.keyBytes = keyBytes;
            this.saltBytes = saltBytes;
            this.ivBytes = ivBytes;
            this.tagBytes = tagBytes;
            this.blockBytes = blockBytes;
        }

        /** Length of the key without the salt, in bytes. */
        public int keyBytes() {
            return keyBytes;
        }

        /**
         * Length of the salt that follows the key in the key material, in bytes; 0 when there is
         * none.
         */
        public int saltBytes() {
            return saltBytes;
        }

        /** Length of the IV that each packet carries, in bytes. */
        public int ivBytes() {
            return ivBytes;
        }

        /** Length of the authentication tag, in bytes; 0 when the cipher is no AEAD. */
        public int tagBytes() {
            return tagBytes;
        }

        /** Block size that the plaintext is padded to, in bytes; 1 for counter modes. */
        public int blockBytes() {
            return blockBytes;
        }

        /** True for a cipher that authenticates by itself. */
        public boolean isAead() {
            return tagBytes > 0;
        }
    }

    /** Integrity algorithms, with lengths in bytes (RFC 4868). */
    public enum Integrity {
        NONE(0, 0),
        HMAC_SHA2_256_128(32, 16),
        HMAC_SHA2_384_192(48, 24),
        HMAC_SHA2_512_256(64, 32);

        private final int keyBytes;
        private final int icvBytes;

        Integrity(int keyBytes, int icvBytes) {
            this.keyBytes = keyBytes;
            this.icvBytes = icvBytes;
        }

        /** Length of the key, in bytes. */
        public int keyBytes() {
            return keyBytes;
        }

        /** Length of the truncated integrity check value, in bytes. */
        public int icvBytes() {
            return icvBytes;
        }
    }

    /**
     * Checks that the pair is complete.
     *
     * @throws IllegalArgumentException when an AEAD has an integrity algorithm or another cipher
     *     has none
     */
    public EspSuite {
        if (encryption.isAead() != (integrity == Integrity.NONE)) {
            throw new IllegalArgumentException(
                    encryption
                            + " with integrity "
                            + integrity
                            + ": an AEAD takes NONE, any other cipher takes an HMAC");
        }
    }

    /**
     * An AEAD suite.
     *
     * @param encryption an AEAD cipher
     * @return the suite
     * @throws IllegalArgumentException when the cipher is no AEAD
     */
    public static EspSuite aead(Encryption encryption) {
        return new EspSuite(encryption, Integrity.NONE);
    }

    /**
     * A cipher with a separate integrity algorithm.
     *
     * @param encryption a CBC cipher
     * @param integrity an HMAC
     * @return the suite
     * @throws IllegalArgumentException when the pair is not allowed
     */
    public static EspSuite of(Encryption encryption, Integrity integrity) {
        return new EspSuite(encryption, integrity);
    }

    /** Length of the IV in each packet, in bytes. */
    public int ivBytes() {
        return encryption.ivBytes();
    }

    /** Length of the tag or integrity check value at the end of each packet, in bytes. */
    public int icvBytes() {
        return encryption.isAead() ? encryption.tagBytes() : integrity.icvBytes();
    }

    /**
     * The plaintext (payload, padding, pad length, next header) is a multiple of this many bytes
     * (RFC 4303 2.4).
     */
    public int alignmentBytes() {
        return Math.max(4, encryption.blockBytes());
    }
}
