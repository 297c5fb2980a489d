package dev.culvert.esp.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import dev.culvert.tun.VirtioNetHeader;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Cuts a super-packet into packets where it lies, one after the other: each packet's headers are
 * written in front of its slice of the payload, over bytes of the packet before it, which must have
 * been used up by then.
 *
 * <pre>
 *  super-packet   | headers | slice 0 | slice 1 | slice 2 |
 *  packet 0       | headers | slice 0 |
 *  packet 1                 | headers | slice 1 |
 *  packet 2                           | headers | slice 2 |       (headers drawn as long as a slice)
 * </pre>
 *
 * <p>The IPv4 identification counts up; of the TCP flags, CWR stays in the first packet only, FIN
 * and PSH in the last (RFC 3168 6.1.2, RFC 9293 3.1). Checksums are computed over the whole
 * payload: the kernel left only the sum of the pseudo-header.
 */
public final class Segmenter {

    private static final int MAX_HEADERS_BYTES = 512;
    private static final int MIN_TCP_PAYLOAD_BYTES = 8;

    private static final int TCP_HEADER_BYTES = 20;
    private static final int TCP_SEQUENCE = 4;
    private static final int TCP_OFFSET_AND_FLAGS = 12;
    private static final int TCP_CHECKSUM = 16;
    private static final int TCP_CWR = 0x80;
    private static final int TCP_FIN_PSH = 0x09;

    private static final int UDP_HEADER_BYTES = 8;
    private static final int UDP_LENGTH = 4;
    private static final int UDP_CHECKSUM = 6;

    private final UnsafeBuffer template =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(MAX_HEADERS_BYTES, 64));
    private UnsafeBuffer buffer = template;
    private int start;
    private boolean ipv6;
    private boolean tcp;
    private boolean withChecksum;
    private int ipHeaderBytes;
    private int headersBytes;
    private int payloadBytes;
    private int sliceBytes;

    /** Sums of what is the same in all packets. */
    private long ipSum;

    private long transportSum;
    private int identification;
    private int sequence;
    private int offsetAndFlags;

    private int position;
    private int taken;
    private int offset;
    private int lengthBytes;

    /** Cuts nothing before {@link #start}. */
    public Segmenter() {}

    /**
     * Begins a super-packet.
     *
     * @param packet a checked packet; its bytes are overwritten by {@link #next()}
     * @param gsoType what {@link VirtioNetHeader#gsoType} says
     * @param gsoSizeBytes what {@link VirtioNetHeader#gsoSizeBytes} says
     * @param needsChecksum what {@link VirtioNetHeader#needsChecksum} says; a UDP packet without it
     *     and without checksum stays without
     * @return false when that is not what the packet's headers say, or they are too long
     */
    public boolean start(InnerPacket packet, int gsoType, int gsoSizeBytes, boolean needsChecksum) {
        buffer = packet.buffer();
        start = packet.offset();
        ipv6 = packet.isIpv6();
        ipHeaderBytes = packet.transportOffset() - start;
        tcp = gsoType == (ipv6 ? VirtioNetHeader.GSO_TCP6 : VirtioNetHeader.GSO_TCP4);
        final boolean udp = gsoType == VirtioNetHeader.GSO_UDP;
        final int protocol = tcp ? InnerPacket.PROTOCOL_TCP : InnerPacket.PROTOCOL_UDP;
        if (!(tcp || udp)
                || packet.protocol() != protocol
                || packet.isFragment()
                || gsoSizeBytes == 0) {
            return false;
        }
        final int transportBytes = packet.lengthBytes() - ipHeaderBytes;
        final int headerBytes = transportHeaderBytes(packet.transportOffset(), transportBytes);
        headersBytes = ipHeaderBytes + headerBytes;
        if (headerBytes == 0 || headersBytes > MAX_HEADERS_BYTES) {
            return false;
        }
        payloadBytes = packet.lengthBytes() - headersBytes;
        sliceBytes = gsoSizeBytes;
        position = 0;
        taken = 0;
        template.putBytes(0, buffer, start, headersBytes);
        withChecksum = tcp || needsChecksum || template.getShort(ipHeaderBytes + UDP_CHECKSUM) != 0;
        prepareIp();
        prepareTransport();
        return true;
    }

    /** 0 when it does not fit. */
    private int transportHeaderBytes(int transportOffset, int transportBytes) {
        if (!tcp) {
            return transportBytes >= UDP_HEADER_BYTES ? UDP_HEADER_BYTES : 0;
        }
        if (transportBytes < TCP_HEADER_BYTES) {
            return 0;
        }
        final int headerBytes =
                ((buffer.getByte(transportOffset + TCP_OFFSET_AND_FLAGS) & 0xF0) >>> 4) * 4;
        return headerBytes >= TCP_HEADER_BYTES && headerBytes <= transportBytes ? headerBytes : 0;
    }

    private void prepareIp() {
        if (ipv6) {
            return;
        }
        identification = template.getShort(Ipv4Layout.IDENTIFICATION_OFFSET, BIG_ENDIAN) & 0xFFFF;
        template.putShort(Ipv4Layout.TOTAL_LENGTH_OFFSET, (short) 0);
        template.putShort(Ipv4Layout.IDENTIFICATION_OFFSET, (short) 0);
        template.putShort(Ipv4Layout.CHECKSUM_OFFSET, (short) 0);
        ipSum = Checksum.add(0, template, 0, ipHeaderBytes);
    }

    private void prepareTransport() {
        if (tcp) {
            sequence = template.getInt(ipHeaderBytes + TCP_SEQUENCE, BIG_ENDIAN);
            offsetAndFlags =
                    template.getShort(ipHeaderBytes + TCP_OFFSET_AND_FLAGS, BIG_ENDIAN) & 0xFFFF;
            template.putInt(ipHeaderBytes + TCP_SEQUENCE, 0);
            template.putShort(ipHeaderBytes + TCP_OFFSET_AND_FLAGS, (short) 0);
            template.putShort(ipHeaderBytes + TCP_CHECKSUM, (short) 0);
        } else {
            template.putShort(ipHeaderBytes + UDP_LENGTH, (short) 0);
            template.putShort(ipHeaderBytes + UDP_CHECKSUM, (short) 0);
        }
        final long protocol = tcp ? InnerPacket.PROTOCOL_TCP : InnerPacket.PROTOCOL_UDP;
        final long addresses =
                ipv6
                        ? Checksum.add(protocol, template, Ipv6Layout.SOURCE_OFFSET, 32)
                        : Checksum.add(protocol, template, Ipv4Layout.SOURCE_OFFSET, 8);
        transportSum =
                Checksum.add(addresses, template, ipHeaderBytes, headersBytes - ipHeaderBytes);
    }

    /**
     * Limits the length of the packets; to be called before the first {@link #next()}. A stream may
     * be cut into shorter pieces than its sender had in mind, datagrams may not.
     *
     * @return false when that is not possible
     */
    public boolean limit(int maxPacketBytes) {
        if (headersBytes + Math.min(sliceBytes, payloadBytes) <= maxPacketBytes) {
            return true;
        }
        if (!tcp || maxPacketBytes < headersBytes + MIN_TCP_PAYLOAD_BYTES) {
            return false;
        }
        sliceBytes = maxPacketBytes - headersBytes;
        return true;
    }

    /** How many packets are still to come. */
    public int remaining() {
        final int left = payloadBytes - position;
        return left == 0 && taken == 0 ? 1 : (left + sliceBytes - 1) / sliceBytes;
    }

    /** Bytes of all packets that are still to come. */
    public long remainingBytes() {
        return (long) remaining() * headersBytes + payloadBytes - position;
    }

    /** Whether another packet is to come. A super-packet without payload is one packet. */
    public boolean hasNext() {
        return position < payloadBytes || taken == 0;
    }

    /** Writes the headers of the next packet; false when there is none. */
    public boolean next() {
        if (!hasNext()) {
            return false;
        }
        final int slice = Math.min(sliceBytes, payloadBytes - position);
        offset = start + position;
        lengthBytes = headersBytes + slice;
        copyTemplate();
        if (ipv6) {
            buffer.putShort(
                    offset + Ipv6Layout.PAYLOAD_LENGTH_OFFSET,
                    (short) (lengthBytes - Ipv6Layout.HEADER_BYTES),
                    BIG_ENDIAN);
        } else {
            writeIpv4();
        }
        if (tcp) {
            writeTcp(slice);
        } else {
            writeUdp(slice);
        }
        position += slice;
        taken++;
        return true;
    }

    /** In words; the last one overlaps, since headers are at least 28 bytes. */
    private void copyTemplate() {
        int at = 0;
        for (; at < headersBytes - Long.BYTES; at += Long.BYTES) {
            buffer.putLong(offset + at, template.getLong(at));
        }
        at = headersBytes - Long.BYTES;
        buffer.putLong(offset + at, template.getLong(at));
    }

    private void writeIpv4() {
        final int id = (identification + taken) & 0xFFFF;
        buffer.putShort(offset + Ipv4Layout.TOTAL_LENGTH_OFFSET, (short) lengthBytes, BIG_ENDIAN);
        buffer.putShort(offset + Ipv4Layout.IDENTIFICATION_OFFSET, (short) id, BIG_ENDIAN);
        buffer.putShort(
                offset + Ipv4Layout.CHECKSUM_OFFSET,
                (short) Checksum.finish(ipSum + lengthBytes + id),
                BIG_ENDIAN);
    }

    private void writeTcp(int slice) {
        final int at = offset + ipHeaderBytes;
        final int number = sequence + position;
        int flags = offsetAndFlags;
        if (taken > 0) {
            flags &= ~TCP_CWR;
        }
        if (position + slice < payloadBytes) {
            flags &= ~TCP_FIN_PSH;
        }
        buffer.putInt(at + TCP_SEQUENCE, number, BIG_ENDIAN);
        buffer.putShort(at + TCP_OFFSET_AND_FLAGS, (short) flags, BIG_ENDIAN);
        final long sum =
                transportSum + (number & 0xFFFF_FFFFL) + flags + (lengthBytes - ipHeaderBytes);
        writeChecksum(at + TCP_CHECKSUM, sum, slice);
    }

    private void writeUdp(int slice) {
        final int at = offset + ipHeaderBytes;
        final int udpBytes = lengthBytes - ipHeaderBytes;
        buffer.putShort(at + UDP_LENGTH, (short) udpBytes, BIG_ENDIAN);
        if (withChecksum) {
            // The length counts twice: in the pseudo-header and in the header.
            writeChecksum(at + UDP_CHECKSUM, transportSum + 2L * udpBytes, slice);
        }
    }

    private void writeChecksum(int field, long sum, int slice) {
        final int checksum =
                Checksum.finish(Checksum.add(sum, buffer, offset + headersBytes, slice));
        // Zero would say "none" to UDP, and means the same as all ones to TCP.
        buffer.putShort(field, (short) (checksum == 0 ? 0xFFFF : checksum), BIG_ENDIAN);
    }

    /** Where the super-packet starts. */
    public int start() {
        return start;
    }

    /** Length of the super-packet. */
    public int wholeBytes() {
        return headersBytes + payloadBytes;
    }

    /** What {@link #start} was told, so that another segmenter can be told the same. */
    public int gsoType() {
        if (!tcp) {
            return VirtioNetHeader.GSO_UDP;
        }
        return ipv6 ? VirtioNetHeader.GSO_TCP6 : VirtioNetHeader.GSO_TCP4;
    }

    /** Payload of each packet but the last, after {@link #limit}. */
    public int sliceBytes() {
        return sliceBytes;
    }

    /** Length of the longest packet. */
    public int largestBytes() {
        return headersBytes + Math.min(sliceBytes, payloadBytes);
    }

    /** Whether checksums are computed. */
    public boolean isWithChecksum() {
        return withChecksum;
    }

    /** Where the packets are. */
    public UnsafeBuffer buffer() {
        return buffer;
    }

    /** Where the present packet starts. */
    public int offset() {
        return offset;
    }

    /** Length of the present packet. */
    public int lengthBytes() {
        return lengthBytes;
    }

    /** True for IPv6. */
    public boolean isIpv6() {
        return ipv6;
    }
}
