package dev.culvert.esp.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import dev.culvert.tun.VirtioNetHeader;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Turns the headers of a packet into those of a super-packet, where they are, and back: should the
 * kernel refuse the super-packet, the packet must leave as it came.
 */
public final class SuperHeader {

    private static final int MAX_HEADERS_BYTES = Ipv6Layout.HEADER_BYTES + 60;

    private final UnsafeBuffer saved =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(MAX_HEADERS_BYTES, 8));

    /** Holds no packet before the first {@link #write}. */
    public SuperHeader() {}

    /** The super-packet's kind in a {@link VirtioNetHeader}. */
    public static int gsoType(Segment head) {
        if (!head.isTcp()) {
            return VirtioNetHeader.GSO_UDP;
        }
        return head.isIpv6() ? VirtioNetHeader.GSO_TCP6 : VirtioNetHeader.GSO_TCP4;
    }

    /**
     * Changes the first packet's headers into those of the super-packet, and writes the virtio
     * header in front. The transport checksum's field gets the sum of the pseudo-header.
     *
     * @param head the first packet, with room for a {@link VirtioNetHeader} in front
     * @param segmentBytes payload of each packet but the last, which may have less
     * @param lengthBytes length of the super-packet, at most 65535
     * @param lastFlags what {@link Segment#lastFlags} says of the last packet
     */
    public void write(Segment head, int segmentBytes, int lengthBytes, int lastFlags) {
        final UnsafeBuffer buffer = head.buffer();
        final int offset = head.offset();
        final int transport = offset + head.ipBytes();
        final int transportBytes = lengthBytes - head.ipBytes();
        saved.putBytes(0, buffer, offset, head.headersBytes());
        if (head.isIpv6()) {
            put(buffer, offset + Ipv6Layout.PAYLOAD_LENGTH_OFFSET, transportBytes);
        } else {
            put(buffer, offset + Ipv4Layout.TOTAL_LENGTH_OFFSET, lengthBytes);
            Checksum.replace(
                    buffer, offset + Ipv4Layout.CHECKSUM_OFFSET, head.lengthBytes(), lengthBytes);
        }
        final int checksumOffset;
        final int protocol;
        if (head.isTcp()) {
            protocol = InnerPacket.PROTOCOL_TCP;
            checksumOffset = TcpLayout.CHECKSUM_OFFSET;
            final int flags = transport + TcpLayout.FLAGS_OFFSET;
            buffer.putByte(flags, (byte) (buffer.getByte(flags) | lastFlags));
        } else {
            protocol = InnerPacket.PROTOCOL_UDP;
            checksumOffset = UdpLayout.CHECKSUM_OFFSET;
            put(buffer, transport + UdpLayout.LENGTH_OFFSET, transportBytes);
        }
        final long pseudo =
                Checksum.pseudoHeader(buffer, offset, head.isIpv6(), protocol, transportBytes);
        put(buffer, transport + checksumOffset, Checksum.fold(pseudo));
        VirtioNetHeader.putSuperPacket(
                buffer,
                offset - VirtioNetHeader.LENGTH_BYTES,
                gsoType(head),
                false,
                head.headersBytes(),
                segmentBytes,
                head.ipBytes(),
                checksumOffset);
    }

    /** Gives the first packet back the headers that it had before {@link #write}. */
    public void restore(Segment head) {
        head.buffer().putBytes(head.offset(), saved, 0, head.headersBytes());
    }

    private static void put(UnsafeBuffer buffer, int field, int value) {
        buffer.putShort(field, (short) value, BIG_ENDIAN);
    }
}
