package dev.culvert.tun;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Encodes and decodes socket addresses as the kernel lays them out. The family is in the host's
 * byte order, the port in network order.
 *
 * <pre>
 * struct sockaddr_in                       struct sockaddr_in6
 *  0       2       4               8        0       2       4               8
 * +-------+-------+---------------+        +-------+-------+---------------+
 * | AF=2  | port  | IPv4 address  |        | AF=10 | port  | flow info = 0 |
 * +-------+-------+---------------+        +-------+-------+---------------+
 * | zero                          |        | IPv6 address                  |
 * +-------------------------------+        +                               +
 *                                          |                               |
 *                                          +---------------+---------------+
 *                                          | scope ID      |
 *                                          +---------------+
 * </pre>
 */
public final class SocketAddressCodec {
    /** Length of {@code sockaddr_in}. */
    public static final int IPV4_LENGTH_BYTES = 16;

    /** Length of {@code sockaddr_in6}, and the room that either takes. */
    public static final int MAX_LENGTH_BYTES = 28;

    private static final int PORT_OFFSET = 2;
    private static final int IPV4_ADDRESS_OFFSET = 4;
    private static final int IPV6_ADDRESS_OFFSET = 8;
    private static final int IPV6_SCOPE_OFFSET = 24;

    private SocketAddressCodec() {}

    /**
     * Writes {@code address} at {@code offset} and zeroes the rest of the {@link
     * #MAX_LENGTH_BYTES}.
     *
     * @return length of the kernel's structure: 16 or 28
     * @throws IllegalArgumentException if the address is unresolved
     */
    public static int encode(InetSocketAddress address, MutableDirectBuffer dst, int offset) {
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("not an IP address: " + address);
        }
        InetAddress ip = address.getAddress();
        AddressFamily family = AddressFamily.of(ip);
        dst.setMemory(offset, MAX_LENGTH_BYTES, (byte) 0);
        dst.putShort(offset, (short) family.number());
        dst.putShort(offset + PORT_OFFSET, (short) address.getPort(), ByteOrder.BIG_ENDIAN);
        dst.putBytes(offset + addressOffset(family), ip.getAddress());
        if (ip instanceof Inet6Address ip6 && ip6.isLinkLocalAddress()) {
            dst.putInt(offset + IPV6_SCOPE_OFFSET, ip6.getScopeId());
        }
        return lengthBytes(family);
    }

    /** Reads the address at {@code offset}; {@link #isAddress} must hold. */
    public static InetSocketAddress decode(DirectBuffer src, int offset) {
        AddressFamily family = family(src, offset);
        byte[] bytes = new byte[family.addressLengthBytes()];
        src.getBytes(offset + addressOffset(family), bytes);
        int scopeId = family == AddressFamily.IPV6 ? src.getInt(offset + IPV6_SCOPE_OFFSET) : 0;
        return new InetSocketAddress(toInetAddress(bytes, scopeId), port(src, offset));
    }

    /** Whether an IPv4 or IPv6 address was written at {@code offset}. */
    public static boolean isAddress(DirectBuffer src, int offset) {
        int number = src.getShort(offset);
        return number == AddressFamily.IPV4.number() || number == AddressFamily.IPV6.number();
    }

    /** The family of the address at {@code offset}; {@link #isAddress} must hold. */
    public static AddressFamily family(DirectBuffer src, int offset) {
        return src.getShort(offset) == AddressFamily.IPV4.number()
                ? AddressFamily.IPV4
                : AddressFamily.IPV6;
    }

    /** The port of the address at {@code offset}, 0 to 65535. */
    public static int port(DirectBuffer src, int offset) {
        return src.getShort(offset + PORT_OFFSET, ByteOrder.BIG_ENDIAN) & 0xffff;
    }

    /** Length of the kernel's structure for {@code family}: 16 or 28. */
    public static int lengthBytes(AddressFamily family) {
        return family == AddressFamily.IPV4 ? IPV4_LENGTH_BYTES : MAX_LENGTH_BYTES;
    }

    /** Where the IP address is within the structure: 4 or 8. */
    public static int addressOffset(AddressFamily family) {
        return family == AddressFamily.IPV4 ? IPV4_ADDRESS_OFFSET : IPV6_ADDRESS_OFFSET;
    }

    /**
     * Whether two addresses of {@link #MAX_LENGTH_BYTES} are equal in family, port, IP and scope.
     */
    public static boolean isEqual(DirectBuffer a, int aOffset, DirectBuffer b, int bOffset) {
        return a.getLong(aOffset) == b.getLong(bOffset)
                && a.getLong(aOffset + 8) == b.getLong(bOffset + 8)
                && a.getLong(aOffset + 16) == b.getLong(bOffset + 16)
                && a.getInt(aOffset + 24) == b.getInt(bOffset + 24);
    }

    static InetAddress toInetAddress(byte[] bytes, int scopeId) {
        if (bytes.length == 4) {
            return IpPrefix.fromBytes(bytes);
        }
        try {
            // Not getByAddress(byte[]): that turns ::ffff:a.b.c.d into an IPv4 address.
            return Inet6Address.getByAddress("", bytes, scopeId == 0 ? -1 : scopeId);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an IPv6 address has 16 bytes", e);
        }
    }
}
