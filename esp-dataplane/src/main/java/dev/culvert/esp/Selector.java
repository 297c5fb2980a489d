package dev.culvert.esp;

/**
 * One traffic selector (RFC 7296 3.13.1): addresses, a protocol and a range of ports.
 *
 * <p>For ICMP and ICMPv6 the "port" is the message type in the upper 8 bits and the code in the
 * lower 8 (RFC 4301 4.4.1.1); it is compared against whichever side's selector restricts it. The
 * range 65535 to 0 stands for OPAQUE: it matches only packets whose ports can't be seen.
 *
 * @param addresses the addresses
 * @param protocol 0 for any, otherwise the IP protocol number, up to 255
 * @param portFrom lowest port, 0 to 65535
 * @param portTo highest port, 0 to 65535
 */
public record Selector(AddressRange addresses, int protocol, int portFrom, int portTo) {

    /** Matches every protocol. */
    public static final int ANY_PROTOCOL = 0;

    /**
     * Checks ranges.
     *
     * @throws IllegalArgumentException when a number is out of range, or the port range is empty
     *     and not OPAQUE
     */
    public Selector {
        if (protocol < 0 || protocol > 255) {
            throw new IllegalArgumentException("protocol " + protocol + ": expected 0 to 255");
        }
        if (portFrom < 0 || portFrom > 65535 || portTo < 0 || portTo > 65535) {
            throw new IllegalArgumentException(
                    "ports " + portFrom + " to " + portTo + ": expected 0 to 65535");
        }
        if (portFrom > portTo && !(portFrom == 65535 && portTo == 0)) {
            throw new IllegalArgumentException(
                    "ports " + portFrom + " to " + portTo + ": the range starts above its end");
        }
    }

    /** Every protocol and port of these addresses. */
    public static Selector of(AddressRange addresses) {
        return new Selector(addresses, ANY_PROTOCOL, 0, 65535);
    }

    /** True when every port matches, seen or not. */
    public boolean isAnyPort() {
        return portFrom == 0 && portTo == 65535;
    }

    /** True when only packets without visible ports match. */
    public boolean isOpaque() {
        return portFrom == 65535 && portTo == 0;
    }
}
