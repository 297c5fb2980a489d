package dev.culvert.ike.proposal;

import java.util.Optional;

/** Integrity algorithms (IANA "Transform Type 3"). */
public enum IntegrityAlgorithm {
    NONE(0, "NONE", "", 0, 0, false),
    HMAC_MD5_96(1, "HMAC_MD5_96", "md5", 16, 12, false),
    HMAC_SHA1_96(2, "HMAC_SHA1_96", "sha1", 20, 12, false),
    DES_MAC(3, "DES_MAC", "", 8, 0, false),
    KPDK_MD5(4, "KPDK_MD5", "", 0, 0, false),
    AES_XCBC_96(5, "AES_XCBC_96", "aesxcbc", 16, 12, false),
    HMAC_MD5_128(6, "HMAC_MD5_128", "md5_128", 16, 16, false),
    HMAC_SHA1_160(7, "HMAC_SHA1_160", "sha1_160", 20, 20, false),
    AES_CMAC_96(8, "AES_CMAC_96", "aescmac", 16, 12, false),
    AES_128_GMAC(9, "AES_128_GMAC", "aes128gmac", 16, 16, false),
    AES_192_GMAC(10, "AES_192_GMAC", "aes192gmac", 24, 16, false),
    AES_256_GMAC(11, "AES_256_GMAC", "aes256gmac", 32, 16, false),
    HMAC_SHA2_256_128(12, "HMAC_SHA2_256_128", "sha256", 32, 16, true),
    HMAC_SHA2_384_192(13, "HMAC_SHA2_384_192", "sha384", 48, 24, true),
    HMAC_SHA2_512_256(14, "HMAC_SHA2_512_256", "sha512", 64, 32, true);

    private final int id;
    private final String displayName;
    private final String keyword;
    private final int keyBytes;
    private final int icvBytes;
    private final boolean supported;

    IntegrityAlgorithm(
            int id,
            String displayName,
            String keyword,
            int keyBytes,
            int icvBytes,
            boolean supported) {
        this.id = id;
        this.displayName = displayName;
        this.keyword = keyword;
        this.keyBytes = keyBytes;
        this.icvBytes = icvBytes;
        this.supported = supported;
    }

    /** Value on the wire. */
    public int id() {
        return id;
    }

    /** Name as strongSwan prints it. */
    public String displayName() {
        return displayName;
    }

    /** strongSwan's keyword; empty if there is none. */
    public String keyword() {
        return keyword;
    }

    /** Key length in bytes. */
    public int keyBytes() {
        return keyBytes;
    }

    /** Length of the truncated output as sent, in bytes. */
    public int icvBytes() {
        return icvBytes;
    }

    /** Whether this implementation can use it, in IKE and ESP alike. */
    public boolean supported() {
        return supported;
    }

    /** The algorithm of a wire value, if it is registered. */
    public static Optional<IntegrityAlgorithm> of(int id) {
        for (IntegrityAlgorithm algorithm : values()) {
            if (algorithm.id == id) {
                return Optional.of(algorithm);
            }
        }
        return Optional.empty();
    }
}
