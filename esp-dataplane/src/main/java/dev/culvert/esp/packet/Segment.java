package dev.culvert.esp.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * A view of a TCP segment or UDP datagram that may be joined with its neighbours into one
 * super-packet. {@link #wrap} checks that it is one; after it returned true no accessor fails.
 * Reused for every packet of an agent; it holds positions, not bytes.
 *
 * <p>What may be joined follows Linux's own receive offload, so that cutting the super-packet gives
 * the packets that came: no IP options or extension headers, no fragments, payload in each, of the
 * TCP flags none of SYN, RST, URG and CWR, and for UDP a checksum.
 */
public final class Segment {

    private static final int NOT_TO_JOIN =
            TcpLayout.FLAG_SYN | TcpLayout.FLAG_RST | TcpLayout.FLAG_URG | TcpLayout.FLAG_CWR;
    private static final int LAST = TcpLayout.FLAG_FIN | TcpLayout.FLAG_PSH;
    private static final int LAST_IN_CONTROL = LAST << TcpLayout.CONTROL_FLAGS_SHIFT;

    private UnsafeBuffer buffer;
    private int offset;
    private boolean ipv6;
    private boolean tcp;
    private int transportOffset;
    private int transportBytes;
    private int headersBytes;

    /** A view of nothing, until the first {@link #wrap}. */
    public Segment() {
        buffer = new UnsafeBuffer(new byte[0]);
    }

    /**
     * Looks at a packet.
     *
     * @param packet a checked packet
     * @return false when it is not to be joined with any other; nothing else may be called then
     */
    public boolean wrap(InnerPacket packet) {
        buffer = packet.buffer();
        offset = packet.offset();
        ipv6 = packet.isIpv6();
        transportOffset = packet.transportOffset();
        transportBytes = offset + packet.lengthBytes() - transportOffset;
        return hasPlainHeader(packet)
                && switch (packet.protocol()) {
                    case InnerPacket.PROTOCOL_TCP -> isTcpSegment();
                    case InnerPacket.PROTOCOL_UDP -> isUdpDatagram();
                    default -> false;
                };
    }

    private boolean hasPlainHeader(InnerPacket packet) {
        final int ipBytes = transportOffset - offset;
        if (packet.isFragment()
                || ipBytes != (ipv6 ? Ipv6Layout.HEADER_BYTES : Ipv4Layout.HEADER_BYTES)) {
            return false;
        }
        return ipv6
                || (buffer.getShort(offset + Ipv4Layout.FRAGMENT_OFFSET, BIG_ENDIAN)
                                & ~Ipv4Layout.DONT_FRAGMENT)
                        == 0;
    }

    private boolean isTcpSegment() {
        tcp = true;
        if (transportBytes < TcpLayout.HEADER_BYTES) {
            return false;
        }
        final int control = buffer.getInt(transportOffset + TcpLayout.CONTROL_OFFSET, BIG_ENDIAN);
        final int tcpBytes = (control >>> 28) * 4;
        headersBytes = transportOffset - offset + tcpBytes;
        return tcpBytes >= TcpLayout.HEADER_BYTES
                && tcpBytes < transportBytes
                && (control & NOT_TO_JOIN << TcpLayout.CONTROL_FLAGS_SHIFT) == 0;
    }

    private boolean isUdpDatagram() {
        tcp = false;
        headersBytes = transportOffset - offset + UdpLayout.HEADER_BYTES;
        return transportBytes > UdpLayout.HEADER_BYTES
                && (buffer.getShort(transportOffset + UdpLayout.LENGTH_OFFSET, BIG_ENDIAN) & 0xFFFF)
                        == transportBytes
                && buffer.getShort(transportOffset + UdpLayout.CHECKSUM_OFFSET) != 0;
    }

    /** Takes the place of another view. */
    public void set(Segment other) {
        buffer = other.buffer;
        offset = other.offset;
        ipv6 = other.ipv6;
        tcp = other.tcp;
        transportOffset = other.transportOffset;
        transportBytes = other.transportBytes;
        headersBytes = other.headersBytes;
    }

    /** Where the packet is. */
    public UnsafeBuffer buffer() {
        return buffer;
    }

    /** Where its IP header starts. */
    public int offset() {
        return offset;
    }

    /** True for IPv6. */
    public boolean isIpv6() {
        return ipv6;
    }

    /** True for TCP, false for UDP. */
    public boolean isTcp() {
        return tcp;
    }

    /** Length of the IP header. */
    public int ipBytes() {
        return transportOffset - offset;
    }

    /** Length of IP and transport header. */
    public int headersBytes() {
        return headersBytes;
    }

    /** Length of what follows the headers, at least 1. */
    public int payloadBytes() {
        return lengthBytes() - headersBytes;
    }

    /** Length of the packet. */
    public int lengthBytes() {
        return transportOffset - offset + transportBytes;
    }

    /** TCP: the sequence number. */
    public int sequence() {
        return buffer.getInt(transportOffset + TcpLayout.SEQUENCE_OFFSET, BIG_ENDIAN);
    }

    /** IPv4: the identification, 0 to 65535. */
    public int identification() {
        return buffer.getShort(offset + Ipv4Layout.IDENTIFICATION_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /** IPv4 with DF: such a packet's identification means nothing (RFC 6864 4.1). */
    public boolean isAtomic() {
        return !ipv6
                && (buffer.getShort(offset + Ipv4Layout.FRAGMENT_OFFSET, BIG_ENDIAN)
                                & Ipv4Layout.DONT_FRAGMENT)
                        != 0;
    }

    /**
     * TCP: the flags that only the last segment of a super-packet may have, FIN and PSH; a segment
     * with one of them ends it. UDP: 0.
     */
    public int lastFlags() {
        return tcp ? buffer.getByte(transportOffset + TcpLayout.FLAGS_OFFSET) & LAST : 0;
    }

    /**
     * True when the headers are the same, but for what differs between neighbours: lengths,
     * checksums, IPv4's identification, TCP's sequence number, PSH and FIN.
     *
     * @param head the first packet of the same flow
     */
    public boolean hasHeadersOf(Segment head) {
        return ipv6 == head.ipv6
                && tcp == head.tcp
                && headersBytes == head.headersBytes
                && (ipv6 ? hasIpv6HeaderOf(head) : hasIpv4HeaderOf(head))
                && (!tcp || hasTcpHeaderOf(head));
    }

    private boolean hasIpv4HeaderOf(Segment head) {
        // Version, length and TOS; DF; TTL and protocol. The addresses are those of the flow.
        return short16(offset) == head.short16(head.offset)
                && short16(offset + Ipv4Layout.FRAGMENT_OFFSET)
                        == head.short16(head.offset + Ipv4Layout.FRAGMENT_OFFSET)
                && short16(offset + Ipv4Layout.TTL_OFFSET)
                        == head.short16(head.offset + Ipv4Layout.TTL_OFFSET);
    }

    private boolean hasIpv6HeaderOf(Segment head) {
        // Version, traffic class and flow label; next header and hop limit.
        return buffer.getInt(offset) == head.buffer.getInt(head.offset)
                && short16(offset + Ipv6Layout.NEXT_HEADER_OFFSET)
                        == head.short16(head.offset + Ipv6Layout.NEXT_HEADER_OFFSET);
    }

    private boolean hasTcpHeaderOf(Segment head) {
        final int other = head.transportOffset;
        final int difference =
                buffer.getInt(transportOffset + TcpLayout.CONTROL_OFFSET, BIG_ENDIAN)
                        ^ head.buffer.getInt(other + TcpLayout.CONTROL_OFFSET, BIG_ENDIAN);
        if ((difference & ~LAST_IN_CONTROL) != 0
                || buffer.getInt(transportOffset + TcpLayout.ACKNOWLEDGMENT_OFFSET)
                        != head.buffer.getInt(other + TcpLayout.ACKNOWLEDGMENT_OFFSET)
                || short16(transportOffset + TcpLayout.URGENT_OFFSET)
                        != head.short16(other + TcpLayout.URGENT_OFFSET)) {
            return false;
        }
        final int tcpBytes = headersBytes - (transportOffset - offset);
        for (int option = TcpLayout.HEADER_BYTES; option < tcpBytes; option += Integer.BYTES) {
            if (buffer.getInt(transportOffset + option) != head.buffer.getInt(other + option)) {
                return false;
            }
        }
        return true;
    }

    private short short16(int position) {
        return buffer.getShort(position);
    }

    /**
     * Verifies the checksums of IPv4 header and transport, which is a pass over the payload. A
     * super-packet gets new ones, computed or vouched for by the kernel: a packet damaged before it
     * came to the tunnel would pass for an undamaged one if this were left out.
     */
    public boolean isUndamaged() {
        if (!ipv6 && !Checksum.isCorrect(Checksum.add(0, buffer, offset, ipBytes()))) {
            return false;
        }
        final int protocol = tcp ? InnerPacket.PROTOCOL_TCP : InnerPacket.PROTOCOL_UDP;
        final long pseudo = Checksum.pseudoHeader(buffer, offset, ipv6, protocol, transportBytes);
        return Checksum.isCorrect(Checksum.add(pseudo, buffer, transportOffset, transportBytes));
    }
}
