package dev.culvert.ike.message;

import java.util.Optional;

/** Authentication methods (IANA "IKEv2 Authentication Method"). */
public enum AuthMethod {
    RSA_SIGNATURE(1),
    SHARED_KEY(2),
    DSS_SIGNATURE(3),
    ECDSA_256(9),
    ECDSA_384(10),
    ECDSA_521(11),
    GENERIC_SECURE_PASSWORD(12),
    NULL(13),
    DIGITAL_SIGNATURE(14);

    private final int value;

    AuthMethod(int value) {
        this.value = value;
    }

    /** Value on the wire. */
    public int value() {
        return value;
    }

    /** The method of a wire value, if it is registered. */
    public static Optional<AuthMethod> of(int value) {
        for (AuthMethod method : values()) {
            if (method.value == value) {
                return Optional.of(method);
            }
        }
        return Optional.empty();
    }
}
