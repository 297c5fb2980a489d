package dev.culvert.esp;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * A range of addresses of one family, both ends included.
 *
 * @param from the lowest address
 * @param to the highest address, of the same family
 */
public record AddressRange(InetAddress from, InetAddress to) {

    /**
     * Checks family and order.
     *
     * @throws IllegalArgumentException when the families differ or {@code from} is above {@code to}
     */
    public AddressRange {
        if (from.getAddress().length != to.getAddress().length) {
            throw new IllegalArgumentException("addresses of two families: " + from + ", " + to);
        }
        if (Arrays.compareUnsigned(from.getAddress(), to.getAddress()) > 0) {
            throw new IllegalArgumentException(
                    "the range starts above its end: " + from + ", " + to);
        }
    }

    /**
     * The range that a prefix covers.
     *
     * @param address any address in the prefix
     * @param prefixLength 0 to 32 for IPv4, 0 to 128 for IPv6
     * @return the range
     * @throws IllegalArgumentException when the length is out of range
     */
    public static AddressRange ofPrefix(InetAddress address, int prefixLength) {
        final byte[] low = address.getAddress();
        final byte[] high = low.clone();
        if (prefixLength < 0 || prefixLength > low.length * 8) {
            throw new IllegalArgumentException(
                    "prefix length " + prefixLength + ": expected 0 to " + low.length * 8);
        }
        for (int bit = prefixLength; bit < low.length * 8; bit++) {
            final int mask = 0x80 >>> (bit & 7);
            low[bit >>> 3] &= (byte) ~mask;
            high[bit >>> 3] |= (byte) mask;
        }
        return new AddressRange(address(low), address(high));
    }

    /** True for IPv6. */
    public boolean isIpv6() {
        return from instanceof Inet6Address;
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return bytes.length == 16
                    ? Inet6Address.getByAddress(null, bytes, -1)
                    : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
