package dev.culvert.ike.proposal;

import java.util.Optional;

/** Pseudorandom functions (IANA "Transform Type 2"). */
public enum PrfAlgorithm {
    HMAC_MD5(1, "PRF_HMAC_MD5", "prfmd5", 16, false),
    HMAC_SHA1(2, "PRF_HMAC_SHA1", "prfsha1", 20, false),
    HMAC_TIGER(3, "PRF_HMAC_TIGER", "", 24, false),
    AES128_XCBC(4, "PRF_AES128_XCBC", "prfaesxcbc", 16, false),
    HMAC_SHA2_256(5, "PRF_HMAC_SHA2_256", "prfsha256", 32, true),
    HMAC_SHA2_384(6, "PRF_HMAC_SHA2_384", "prfsha384", 48, true),
    HMAC_SHA2_512(7, "PRF_HMAC_SHA2_512", "prfsha512", 64, true),
    AES128_CMAC(8, "PRF_AES128_CMAC", "prfaescmac", 16, false),
    HMAC_STREEBOG_512(9, "PRF_HMAC_STREEBOG_512", "", 64, false);

    private final int id;
    private final String displayName;
    private final String keyword;
    private final int outputBytes;
    private final boolean supported;

    PrfAlgorithm(int id, String displayName, String keyword, int outputBytes, boolean supported) {
        this.id = id;
        this.displayName = displayName;
        this.keyword = keyword;
        this.outputBytes = outputBytes;
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

    /**
     * Output length in bytes; also the preferred key length of every supported function (RFC 7296,
     * section 2.13).
     */
    public int outputBytes() {
        return outputBytes;
    }

    /** Whether this implementation can use it. */
    public boolean supported() {
        return supported;
    }

    /** The function of a wire value, if it is registered. */
    public static Optional<PrfAlgorithm> of(int id) {
        for (PrfAlgorithm algorithm : values()) {
            if (algorithm.id == id) {
                return Optional.of(algorithm);
            }
        }
        return Optional.empty();
    }
}
