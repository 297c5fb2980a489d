package dev.culvert.ike.proposal;

import java.util.Optional;

/** Kinds of transform in a proposal (RFC 7296, section 3.3.2; IANA "Transform Type Values"). */
public enum TransformType {
    /** Encryption algorithm. */
    ENCRYPTION(1, "encryption"),
    /** Pseudorandom function; IKE only. */
    PRF(2, "PRF"),
    /** Integrity algorithm. */
    INTEGRITY(3, "integrity"),
    /** Key exchange method, formerly Diffie-Hellman group. */
    KEY_EXCHANGE(4, "key exchange"),
    /** Extended sequence numbers; ESP and AH only. */
    ESN(5, "extended sequence numbers");

    private final int value;
    private final String displayName;

    TransformType(int value, String displayName) {
        this.value = value;
        this.displayName = displayName;
    }

    /** Value on the wire. */
    public int value() {
        return value;
    }

    /** For messages to the user. */
    public String displayName() {
        return displayName;
    }

    /** The type of a wire value, if it is known. */
    public static Optional<TransformType> of(int value) {
        for (TransformType type : values()) {
            if (type.value == value) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
