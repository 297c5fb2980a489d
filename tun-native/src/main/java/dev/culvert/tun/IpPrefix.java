package dev.culvert.tun;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * An IP network: an address whose host bits are zero, and a prefix length of 0 to 32 (IPv4) or 0 to
 * 128 (IPv6).
 */
public record IpPrefix(InetAddress address, int prefixLength) {
    public static final IpPrefix ANY_IPV4 = parse("0.0.0.0/0");
    public static final IpPrefix ANY_IPV6 = parse("::/0");

    /**
     * Clears the host bits of {@code address}.
     *
     * @throws IllegalArgumentException if the length is outside the family's range
     */
    public IpPrefix {
        byte[] bytes = address.getAddress();
        if (prefixLength < 0 || prefixLength > bytes.length * 8) {
            throw new IllegalArgumentException(
                    "prefix length of "
                            + address.getHostAddress()
                            + " must be 0 to "
                            + bytes.length * 8
                            + ", is "
                            + prefixLength);
        }
        for (int bit = prefixLength; bit < bytes.length * 8; bit++) {
            bytes[bit >> 3] &= (byte) ~(0x80 >> (bit & 7));
        }
        address = fromBytes(bytes);
    }

    /** The prefix that holds just {@code address}. */
    public static IpPrefix host(InetAddress address) {
        return new IpPrefix(address, AddressFamily.of(address).addressLengthBytes() * 8);
    }

    /**
     * Reads {@code 10.1.0.0/16}, {@code 2001:db8::/32}, or a lone address, which is a host prefix.
     *
     * @throws IllegalArgumentException if the text is not of that form
     */
    public static IpPrefix parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            return host(InetAddress.ofLiteral(text));
        }
        return new IpPrefix(
                InetAddress.ofLiteral(text.substring(0, slash)),
                Integer.parseInt(text.substring(slash + 1)));
    }

    /** {@code 0.0.0.0/0} or {@code ::/0}. */
    public static IpPrefix any(AddressFamily family) {
        return family == AddressFamily.IPV4 ? ANY_IPV4 : ANY_IPV6;
    }

    public AddressFamily family() {
        return AddressFamily.of(address);
    }

    @Override
    public String toString() {
        return address.getHostAddress() + "/" + prefixLength;
    }

    static InetAddress fromBytes(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an address has 4 or 16 bytes", e);
        }
    }
}
