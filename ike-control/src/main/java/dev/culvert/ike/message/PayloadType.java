package dev.culvert.ike.message;

import java.util.Optional;

/** Payload types of IKEv2 (IANA "IKEv2 Payload Types"). */
public enum PayloadType {
    SA(33, "SA"),
    KE(34, "KE"),
    IDI(35, "IDi"),
    IDR(36, "IDr"),
    CERT(37, "CERT"),
    CERTREQ(38, "CERTREQ"),
    AUTH(39, "AUTH"),
    NONCE(40, "No"),
    NOTIFY(41, "N"),
    DELETE(42, "D"),
    VENDOR_ID(43, "V"),
    TSI(44, "TSi"),
    TSR(45, "TSr"),
    SK(46, "SK"),
    CP(47, "CP"),
    EAP(48, "EAP"),
    SKF(53, "SKF"),
    PS(54, "PS");

    /** "No next payload". */
    public static final int NONE = 0;

    private final int value;
    private final String shortName;

    PayloadType(int value, String shortName) {
        this.value = value;
        this.shortName = shortName;
    }

    /** Value on the wire. */
    public int value() {
        return value;
    }

    /** Name in the RFC's notation. */
    public String shortName() {
        return shortName;
    }

    /** The type of a wire value, if payloads of it can be decoded. */
    public static Optional<PayloadType> of(int value) {
        for (PayloadType type : values()) {
            if (type.value == value) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    /** {@link #shortName()}, or the number of a type that is not known. */
    public static String nameOf(int value) {
        return of(value).map(PayloadType::shortName).orElse("payload type " + value);
    }
}
