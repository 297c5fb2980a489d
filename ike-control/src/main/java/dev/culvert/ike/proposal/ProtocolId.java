package dev.culvert.ike.proposal;

/**
 * Security protocol of a proposal, notification or deletion (IANA "IKEv2 Security Protocol
 * Identifiers").
 *
 * @param value on the wire, 0 to 255; unknown values are carried as they are
 */
public record ProtocolId(int value) {
    /** No SA is meant (notifications only). */
    public static final ProtocolId NONE = new ProtocolId(0);

    /** The IKE SA. */
    public static final ProtocolId IKE = new ProtocolId(1);

    /** Authentication Header. */
    public static final ProtocolId AH = new ProtocolId(2);

    /** Encapsulating Security Payload. */
    public static final ProtocolId ESP = new ProtocolId(3);

    /** Checks the range. */
    public ProtocolId {
        if (value < 0 || value > 255) {
            throw new IllegalArgumentException("protocol " + value);
        }
    }

    @Override
    public String toString() {
        return switch (value) {
            case 0 -> "NONE";
            case 1 -> "IKE";
            case 2 -> "AH";
            case 3 -> "ESP";
            default -> "PROTOCOL_" + value;
        };
    }
}
