package dev.culvert.esp.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A view of an inner IPv4 or IPv6 packet. {@link #wrap} checks the version, the header length and
 * the total length against the bytes at hand; after it returned true no accessor fails. The
 * transport header is not checked beyond what {@link #hasPorts()} says.
 *
 * <p>Reused for every packet of an agent; it holds positions, not bytes.
 */
public final class InnerPacket {

    /** ICMP's protocol number. */
    public static final int PROTOCOL_ICMP = 1;

    /** TCP's protocol number. */
    public static final int PROTOCOL_TCP = 6;

    /** UDP's protocol number. */
    public static final int PROTOCOL_UDP = 17;

    /** ICMPv6's protocol number. */
    public static final int PROTOCOL_ICMPV6 = 58;

    private static final int PROTOCOL_DCCP = 33;
    private static final int PROTOCOL_SCTP = 132;
    private static final int PROTOCOL_UDP_LITE = 136;
    private static final int MAX_EXTENSION_HEADERS = 8;

    private UnsafeBuffer buffer;
    private int offset;
    private int lengthBytes;
    private boolean ipv6;
    private int protocol;
    private int transportOffset;
    private boolean fragment;
    private boolean laterFragment;
    private boolean ports;
    private int sourcePort;
    private int destinationPort;
    private long sourceHigh;
    private long sourceLow;
    private long destinationHigh;
    private long destinationLow;

    /** A view of nothing, until the first {@link #wrap}. */
    public InnerPacket() {
        buffer = new UnsafeBuffer(new byte[0]);
    }

    /**
     * Looks at a packet.
     *
     * @param source where it is
     * @param packetOffset where it starts
     * @param availableBytes bytes at hand; more than the packet's own length is no error (TFC
     *     padding)
     * @return false when it is no well-formed IPv4 or IPv6 packet; nothing else may be called then
     */
    public boolean wrap(UnsafeBuffer source, int packetOffset, int availableBytes) {
        buffer = source;
        offset = packetOffset;
        fragment = false;
        laterFragment = false;
        ports = false;
        sourcePort = 0;
        destinationPort = 0;
        if (availableBytes < Ipv4Layout.HEADER_BYTES) {
            return false;
        }
        final int version = (source.getByte(packetOffset) & 0xF0) >>> 4;
        if (version == 4) {
            ipv6 = false;
            return wrapIpv4(availableBytes);
        }
        ipv6 = true;
        return version == 6 && wrapIpv6(availableBytes);
    }

    private boolean wrapIpv4(int availableBytes) {
        final int headerBytes = (buffer.getByte(offset) & 0x0F) * 4;
        lengthBytes = buffer.getShort(offset + Ipv4Layout.TOTAL_LENGTH_OFFSET, BIG_ENDIAN) & 0xFFFF;
        if (headerBytes < Ipv4Layout.HEADER_BYTES
                || lengthBytes < headerBytes
                || lengthBytes > availableBytes) {
            return false;
        }
        final int fragmentField =
                buffer.getShort(offset + Ipv4Layout.FRAGMENT_OFFSET, BIG_ENDIAN) & 0xFFFF;
        laterFragment = (fragmentField & Ipv4Layout.FRAGMENT_OFFSET_MASK) != 0;
        fragment = laterFragment || (fragmentField & Ipv4Layout.MORE_FRAGMENTS) != 0;
        protocol = buffer.getByte(offset + Ipv4Layout.PROTOCOL_OFFSET) & 0xFF;
        sourceHigh = 0;
        sourceLow = buffer.getInt(offset + Ipv4Layout.SOURCE_OFFSET, BIG_ENDIAN) & 0xFFFF_FFFFL;
        destinationHigh = 0;
        destinationLow =
                buffer.getInt(offset + Ipv4Layout.DESTINATION_OFFSET, BIG_ENDIAN) & 0xFFFF_FFFFL;
        transportOffset = offset + headerBytes;
        readPorts();
        return true;
    }

    private boolean wrapIpv6(int availableBytes) {
        if (availableBytes < Ipv6Layout.HEADER_BYTES) {
            return false;
        }
        lengthBytes =
                Ipv6Layout.HEADER_BYTES
                        + (buffer.getShort(offset + Ipv6Layout.PAYLOAD_LENGTH_OFFSET, BIG_ENDIAN)
                                & 0xFFFF);
        if (lengthBytes > availableBytes) {
            return false;
        }
        sourceHigh = buffer.getLong(offset + Ipv6Layout.SOURCE_OFFSET, BIG_ENDIAN);
        sourceLow = buffer.getLong(offset + Ipv6Layout.SOURCE_OFFSET + 8, BIG_ENDIAN);
        destinationHigh = buffer.getLong(offset + Ipv6Layout.DESTINATION_OFFSET, BIG_ENDIAN);
        destinationLow = buffer.getLong(offset + Ipv6Layout.DESTINATION_OFFSET + 8, BIG_ENDIAN);
        if (!walkExtensionHeaders()) {
            return false;
        }
        readPorts();
        return true;
    }

    /**
     * Finds the transport header (RFC 8200 4); false when a header leaves the packet or there are
     * too many.
     */
    private boolean walkExtensionHeaders() {
        int next = buffer.getByte(offset + Ipv6Layout.NEXT_HEADER_OFFSET) & 0xFF;
        int position = offset + Ipv6Layout.HEADER_BYTES;
        final int end = offset + lengthBytes;
        for (int i = 0; i <= MAX_EXTENSION_HEADERS; i++) {
            if (!isExtensionHeader(next) || laterFragment) {
                protocol = next;
                transportOffset = position;
                return true;
            }
            if (position + 8 > end) {
                return false;
            }
            final int units = buffer.getByte(position + 1) & 0xFF;
            int headerBytes = (units + 1) * 8;
            if (next == Ipv6Layout.FRAGMENT) {
                headerBytes = 8;
                final int field = buffer.getShort(position + 2, BIG_ENDIAN) & 0xFFFF;
                fragment = (field & 0xFFF9) != 0;
                laterFragment = (field & 0xFFF8) != 0;
            } else if (next == Ipv6Layout.AUTHENTICATION) {
                headerBytes = (units + 2) * 4;
            }
            next = buffer.getByte(position) & 0xFF;
            position += headerBytes;
            if (position > end) {
                return false;
            }
        }
        return false;
    }

    private static boolean isExtensionHeader(int nextHeader) {
        return nextHeader == Ipv6Layout.HOP_BY_HOP
                || nextHeader == Ipv6Layout.ROUTING
                || nextHeader == Ipv6Layout.FRAGMENT
                || nextHeader == Ipv6Layout.AUTHENTICATION
                || nextHeader == Ipv6Layout.DESTINATION_OPTIONS;
    }

    private void readPorts() {
        if (laterFragment) {
            return;
        }
        final int transportBytes = offset + lengthBytes - transportOffset;
        switch (protocol) {
            case PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_DCCP, PROTOCOL_SCTP, PROTOCOL_UDP_LITE -> {
                if (transportBytes >= 4) {
                    ports = true;
                    sourcePort = buffer.getShort(transportOffset, BIG_ENDIAN) & 0xFFFF;
                    destinationPort = buffer.getShort(transportOffset + 2, BIG_ENDIAN) & 0xFFFF;
                }
            }
            case PROTOCOL_ICMP, PROTOCOL_ICMPV6 -> {
                if (isIcmp() && transportBytes >= 2) {
                    ports = true;
                    sourcePort = buffer.getShort(transportOffset, BIG_ENDIAN) & 0xFFFF;
                    destinationPort = sourcePort;
                }
            }
            default -> ports = false;
        }
    }

    /** Where the packet is. */
    public UnsafeBuffer buffer() {
        return buffer;
    }

    /** Where it starts. */
    public int offset() {
        return offset;
    }

    /** Its length by its own header, in bytes. */
    public int lengthBytes() {
        return lengthBytes;
    }

    /** True for IPv6. */
    public boolean isIpv6() {
        return ipv6;
    }

    /** The transport protocol; for IPv6, behind the extension headers. */
    public int protocol() {
        return protocol;
    }

    /** Where the transport header starts; meaningless in a later fragment. */
    public int transportOffset() {
        return transportOffset;
    }

    /** True for ICMP in IPv4 and ICMPv6 in IPv6. */
    public boolean isIcmp() {
        return protocol == (ipv6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP);
    }

    /** True for any fragment. */
    public boolean isFragment() {
        return fragment;
    }

    /** True for a fragment that is not the first. */
    public boolean isLaterFragment() {
        return laterFragment;
    }

    /** True when the ports (ICMP: type and code) can be seen. */
    public boolean hasPorts() {
        return ports;
    }

    /** Source port; for ICMP type and code as one number; 0 when there is none. */
    public int sourcePort() {
        return sourcePort;
    }

    /** Destination port; for ICMP type and code as one number; 0 when there is none. */
    public int destinationPort() {
        return destinationPort;
    }

    /** Upper 64 bits of the source address; 0 for IPv4. */
    public long sourceHigh() {
        return sourceHigh;
    }

    /** Lower 64 bits of the source address; the whole address for IPv4. */
    public long sourceLow() {
        return sourceLow;
    }

    /** Upper 64 bits of the destination address; 0 for IPv4. */
    public long destinationHigh() {
        return destinationHigh;
    }

    /** Lower 64 bits of the destination address; the whole address for IPv4. */
    public long destinationLow() {
        return destinationLow;
    }

    /** TTL or hop limit, 0 to 255. */
    public int ttl() {
        return buffer.getByte(offset + (ipv6 ? Ipv6Layout.HOP_LIMIT_OFFSET : Ipv4Layout.TTL_OFFSET))
                & 0xFF;
    }

    /** True when the sender forbids fragmenting: IPv4 with DF, and IPv6 always. */
    public boolean dontFragment() {
        return ipv6
                || (buffer.getShort(offset + Ipv4Layout.FRAGMENT_OFFSET, BIG_ENDIAN)
                                & Ipv4Layout.DONT_FRAGMENT)
                        != 0;
    }

    /** DSCP (upper six bits) and ECN (lower two): IPv4's TOS, IPv6's traffic class. */
    public int trafficClass() {
        return ipv6
                ? (buffer.getShort(offset, BIG_ENDIAN) >>> 4) & 0xFF
                : buffer.getByte(offset + Ipv4Layout.TOS_OFFSET) & 0xFF;
    }

    /** Sets DSCP and ECN, and corrects IPv4's header checksum. */
    public void trafficClass(int value) {
        final int before = buffer.getShort(offset, BIG_ENDIAN) & 0xFFFF;
        final int after = ipv6 ? (before & 0xF00F) | (value << 4) : (before & 0xFF00) | value;
        if (before != after) {
            buffer.putShort(offset, (short) after, BIG_ENDIAN);
            if (!ipv6) {
                Checksum.replace(buffer, offset + Ipv4Layout.CHECKSUM_OFFSET, before, after);
            }
        }
    }

    /** The source address. Allocates. */
    public InetAddress sourceAddress() {
        return address(ipv6 ? Ipv6Layout.SOURCE_OFFSET : Ipv4Layout.SOURCE_OFFSET);
    }

    /** The destination address. Allocates. */
    public InetAddress destinationAddress() {
        return address(ipv6 ? Ipv6Layout.DESTINATION_OFFSET : Ipv4Layout.DESTINATION_OFFSET);
    }

    private InetAddress address(int field) {
        final byte[] bytes = new byte[ipv6 ? 16 : 4];
        buffer.getBytes(offset + field, bytes);
        try {
            return ipv6
                    ? Inet6Address.getByAddress(null, bytes, -1)
                    : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
