package dev.culvert.ike.proposal;

import java.util.List;
import java.util.Optional;

/**
 * Encryption algorithms (IANA "Transform Type 1"). All registered values have a name here; {@link
 * #supportedInIke()} and {@link #supportedInEsp()} say which can be used.
 */
public enum EncryptionAlgorithm {
    DES_IV64(1, "DES_IV64", false, 0, 0, 0, false, false),
    DES_CBC(2, "DES_CBC", false, 8, 0, 0, false, false),
    TRIPLE_DES_CBC(3, "3DES_CBC", false, 8, 0, 0, false, false),
    RC5_CBC(4, "RC5_CBC", false, 8, 0, 0, false, false),
    IDEA_CBC(5, "IDEA_CBC", false, 8, 0, 0, false, false),
    CAST_CBC(6, "CAST_CBC", false, 8, 0, 0, false, false),
    BLOWFISH_CBC(7, "BLOWFISH_CBC", false, 8, 0, 0, false, false),
    TRIPLE_IDEA(8, "3IDEA", false, 8, 0, 0, false, false),
    DES_IV32(9, "DES_IV32", false, 8, 0, 0, false, false),
    NULL(11, "NULL", false, 0, 0, 0, false, false),
    AES_CBC(12, "AES_CBC", true, 16, 0, 0, true, true),
    AES_CTR(13, "AES_CTR", true, 8, 4, 0, false, false),
    AES_CCM_8(14, "AES_CCM_8", true, 8, 3, 8, false, false),
    AES_CCM_12(15, "AES_CCM_12", true, 8, 3, 12, false, false),
    AES_CCM_16(16, "AES_CCM_16", true, 8, 3, 16, false, false),
    AES_GCM_8(18, "AES_GCM_8", true, 8, 4, 8, false, false),
    AES_GCM_12(19, "AES_GCM_12", true, 8, 4, 12, false, false),
    AES_GCM_16(20, "AES_GCM_16", true, 8, 4, 16, true, true),
    NULL_AES_GMAC(21, "NULL_AES_GMAC", true, 8, 4, 16, false, false),
    CAMELLIA_CBC(23, "CAMELLIA_CBC", true, 16, 0, 0, false, false),
    CAMELLIA_CTR(24, "CAMELLIA_CTR", true, 8, 4, 0, false, false),
    CAMELLIA_CCM_8(25, "CAMELLIA_CCM_8", true, 8, 3, 8, false, false),
    CAMELLIA_CCM_12(26, "CAMELLIA_CCM_12", true, 8, 3, 12, false, false),
    CAMELLIA_CCM_16(27, "CAMELLIA_CCM_16", true, 8, 3, 16, false, false),
    CHACHA20_POLY1305(28, "CHACHA20_POLY1305", false, 8, 4, 16, true, true),
    AES_CCM_8_IIV(29, "AES_CCM_8_IIV", true, 0, 3, 8, false, false),
    AES_GCM_16_IIV(30, "AES_GCM_16_IIV", true, 0, 4, 16, false, false),
    CHACHA20_POLY1305_IIV(31, "CHACHA20_POLY1305_IIV", false, 0, 4, 16, false, false),
    KUZNYECHIK_MGM_KTREE(32, "KUZNYECHIK_MGM_KTREE", false, 8, 12, 12, false, false),
    MAGMA_MGM_KTREE(33, "MAGMA_MGM_KTREE", false, 8, 4, 8, false, false),
    KUZNYECHIK_MGM_MAC_KTREE(34, "KUZNYECHIK_MGM_MAC_KTREE", false, 8, 12, 12, false, false),
    MAGMA_MGM_MAC_KTREE(35, "MAGMA_MGM_MAC_KTREE", false, 8, 4, 8, false, false);

    private final int id;
    private final String displayName;
    private final boolean hasKeyLengthAttribute;
    private final int ivBytes;
    private final int saltBytes;
    private final int icvBytes;
    private final boolean supportedInIke;
    private final boolean supportedInEsp;

    EncryptionAlgorithm(
            int id,
            String displayName,
            boolean hasKeyLengthAttribute,
            int ivBytes,
            int saltBytes,
            int icvBytes,
            boolean supportedInIke,
            boolean supportedInEsp) {
        this.id = id;
        this.displayName = displayName;
        this.hasKeyLengthAttribute = hasKeyLengthAttribute;
        this.ivBytes = ivBytes;
        this.saltBytes = saltBytes;
        this.icvBytes = icvBytes;
        this.supportedInIke = supportedInIke;
        this.supportedInEsp = supportedInEsp;
    }

    /** Value on the wire. */
    public int id() {
        return id;
    }

    /** Name as strongSwan prints it, without the key length. */
    public String displayName() {
        return displayName;
    }

    /** Name as strongSwan prints it: {@code AES_GCM_16-256}, {@code CHACHA20_POLY1305}. */
    public String displayName(int keyLengthBits) {
        return hasKeyLengthAttribute() ? displayName + "-" + keyLengthBits : displayName;
    }

    /**
     * Key lengths that may be negotiated with the Key Length attribute, in bits without the salt;
     * empty if the length is fixed, and the attribute is not sent.
     */
    public List<Integer> keyLengthsBits() {
        return hasKeyLengthAttribute ? List.of(128, 192, 256) : List.of();
    }

    /** Whether a proposal carries the Key Length attribute. */
    public boolean hasKeyLengthAttribute() {
        return hasKeyLengthAttribute;
    }

    /**
     * Length of the one key of an algorithm without the attribute, in bits; 0 if that is of no use
     * here.
     */
    public int fixedKeyLengthBits() {
        return switch (this) {
            case CHACHA20_POLY1305, CHACHA20_POLY1305_IIV -> 256;
            case TRIPLE_DES_CBC -> 192;
            case DES_CBC -> 64;
            default -> 0;
        };
    }

    /** Initialization vector as sent with each message or packet, in bytes. */
    public int ivBytes() {
        return ivBytes;
    }

    /** Salt behind the key in the keying material, in bytes; 0 for algorithms that have none. */
    public int saltBytes() {
        return saltBytes;
    }

    /** Integrity check value of an AEAD, in bytes; 0 for the others. */
    public int icvBytes() {
        return icvBytes;
    }

    /**
     * Whether the algorithm protects integrity itself, so that there is no integrity transform with
     * it.
     */
    public boolean isAead() {
        return icvBytes > 0;
    }

    /** Whether the plain text must fill blocks, and of how many bytes; 1 for none. */
    public int blockBytes() {
        return this == AES_CBC ? 16 : 1;
    }

    /** Keying material to derive for one direction: key and salt, in bytes. */
    public int keyMaterialBytes(int keyLengthBits) {
        return keyLengthBits / 8 + saltBytes;
    }

    /** Whether this implementation can protect IKE messages with it. */
    public boolean supportedInIke() {
        return supportedInIke;
    }

    /** Whether this implementation can protect ESP packets with it. */
    public boolean supportedInEsp() {
        return supportedInEsp;
    }

    /** The algorithm of a wire value, if it is registered. */
    public static Optional<EncryptionAlgorithm> of(int id) {
        for (EncryptionAlgorithm algorithm : values()) {
            if (algorithm.id == id) {
                return Optional.of(algorithm);
            }
        }
        return Optional.empty();
    }
}
