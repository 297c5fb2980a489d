package dev.culvert.ike.proposal;

import java.util.List;
import java.util.Optional;

/** Key exchange methods, formerly Diffie-Hellman groups (IANA "Transform Type 4"). */
public enum KeyExchangeMethod {
    NONE(0, "NONE", "modpnone", 0, false),
    MODP_768(1, "MODP_768", "modp768", 96, false),
    MODP_1024(2, "MODP_1024", "modp1024", 128, false),
    MODP_1536(5, "MODP_1536", "modp1536", 192, false),
    MODP_2048(14, "MODP_2048", "modp2048", 256, true),
    MODP_3072(15, "MODP_3072", "modp3072", 384, true),
    MODP_4096(16, "MODP_4096", "modp4096", 512, true),
    MODP_6144(17, "MODP_6144", "modp6144", 768, true),
    MODP_8192(18, "MODP_8192", "modp8192", 1024, true),
    ECP_256(19, "ECP_256", "ecp256", 64, true),
    ECP_384(20, "ECP_384", "ecp384", 96, true),
    ECP_521(21, "ECP_521", "ecp521", 132, true),
    MODP_1024_160(22, "MODP_1024_160", "modp1024s160", 128, false),
    MODP_2048_224(23, "MODP_2048_224", "modp2048s224", 256, false),
    MODP_2048_256(24, "MODP_2048_256", "modp2048s256", 256, false),
    ECP_192(25, "ECP_192", "ecp192", 48, false),
    ECP_224(26, "ECP_224", "ecp224", 56, false),
    ECP_224_BP(27, "ECP_224_BP", "ecp224bp", 56, false),
    ECP_256_BP(28, "ECP_256_BP", "ecp256bp", 64, false),
    ECP_384_BP(29, "ECP_384_BP", "ecp384bp", 96, false),
    ECP_512_BP(30, "ECP_512_BP", "ecp512bp", 128, false),
    CURVE_25519(31, "CURVE_25519", "x25519,curve25519", 32, true),
    CURVE_448(32, "CURVE_448", "x448,curve448", 56, false),
    GOST3410_2012_256(33, "GOST3410_2012_256", "", 64, false),
    GOST3410_2012_512(34, "GOST3410_2012_512", "", 128, false),
    ML_KEM_512(35, "ML_KEM_512", "mlkem512", 800, false),
    ML_KEM_768(36, "ML_KEM_768", "mlkem768", 1184, false),
    ML_KEM_1024(37, "ML_KEM_1024", "mlkem1024", 1568, false);

    private final int id;
    private final String displayName;
    private final String keywords;
    private final int publicValueBytes;
    private final boolean supported;

    KeyExchangeMethod(
            int id, String displayName, String keywords, int publicValueBytes, boolean supported) {
        this.id = id;
        this.displayName = displayName;
        this.keywords = keywords;
        this.publicValueBytes = publicValueBytes;
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

    /** strongSwan's keywords, the usual one first. */
    public List<String> keywords() {
        return keywords.isEmpty() ? List.of() : List.of(keywords.split(",", -1));
    }

    /** Length of the initiator's public value in the KE payload, in bytes. */
    public int publicValueBytes() {
        return publicValueBytes;
    }

    /** Whether this implementation can use it. */
    public boolean supported() {
        return supported;
    }

    /** The method of a wire value, if it is registered. */
    public static Optional<KeyExchangeMethod> of(int id) {
        for (KeyExchangeMethod method : values()) {
            if (method.id == id) {
                return Optional.of(method);
            }
        }
        return Optional.empty();
    }
}
