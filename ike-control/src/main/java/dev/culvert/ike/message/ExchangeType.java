package dev.culvert.ike.message;

import java.util.Optional;

/** Exchange types of IKEv2 (IANA "IKEv2 Exchange Types"). */
public enum ExchangeType {
    IKE_SA_INIT(34),
    IKE_AUTH(35),
    CREATE_CHILD_SA(36),
    INFORMATIONAL(37),
    IKE_SESSION_RESUME(38),
    GSA_AUTH(39),
    GSA_REGISTRATION(40),
    GSA_REKEY(41),
    GSA_INBAND_REKEY(42),
    IKE_INTERMEDIATE(43),
    IKE_FOLLOWUP_KE(44);

    private final int value;

    ExchangeType(int value) {
        this.value = value;
    }

    /** Value on the wire. */
    public int value() {
        return value;
    }

    /** The exchange of a wire value, if it is registered. */
    public static Optional<ExchangeType> of(int value) {
        for (ExchangeType type : values()) {
            if (type.value == value) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
