package dev.culvert.tun;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The header in front of each packet that crosses a TUN queue opened with any {@link TunOffload}:
 * {@code struct virtio_net_hdr} of {@code linux/virtio_net.h} (VIRTIO 1.2, 5.1.6), in the host's
 * byte order.
 *
 * <pre>
 *  0       1       2               4               6               8              10
 * +-------+-------+---------------+---------------+---------------+---------------+
 * | flags | gso   | hdr_len       | gso_size      | csum_start    | csum_offset   |
 * |       | type  |               |               |               |               |
 * +-------+-------+---------------+---------------+---------------+---------------+
 * </pre>
 *
 * <p>Offsets given to these methods are those of the header; {@code csum_start} counts from the
 * packet behind it, {@code csum_offset} from there.
 */
public final class VirtioNetHeader {
    /** Length of the header. */
    public static final int LENGTH_BYTES = 10;

    /**
     * Flag: the checksum at {@code csum_start + csum_offset} holds the sum of the pseudo-header
     * only ({@code VIRTIO_NET_HDR_F_NEEDS_CSUM}).
     */
    public static final int NEEDS_CHECKSUM = 0x01;

    /** One packet. */
    public static final int GSO_NONE = 0;

    /** A TCP super-packet over IPv4. */
    public static final int GSO_TCP4 = 1;

    /** A TCP super-packet over IPv6. */
    public static final int GSO_TCP6 = 4;

    /** A super-packet of UDP datagrams, over IPv4 or IPv6 ({@code VIRTIO_NET_HDR_GSO_UDP_L4}). */
    public static final int GSO_UDP = 5;

    private static final int GSO_ECN = 0x80;

    private static final int FLAGS_OFFSET = 0;
    private static final int GSO_TYPE_OFFSET = 1;
    private static final int HEADER_LENGTH_OFFSET = 2;
    private static final int GSO_SIZE_OFFSET = 4;
    private static final int CHECKSUM_START_OFFSET = 6;
    private static final int CHECKSUM_OFFSET_OFFSET = 8;

    private VirtioNetHeader() {}

    /** Writes the header of one packet with finished checksums. */
    public static void clear(MutableDirectBuffer buffer, int offset) {
        buffer.putLong(offset, 0);
        buffer.putShort(offset + CHECKSUM_OFFSET_OFFSET, (short) 0);
    }

    /**
     * Writes the header of a super-packet, whose checksum field holds the sum of the pseudo-header.
     *
     * @param gsoType {@link #GSO_TCP4}, {@link #GSO_TCP6} or {@link #GSO_UDP}
     * @param ecn whether a TCP segment carries CWR ({@code VIRTIO_NET_HDR_GSO_ECN})
     * @param headersBytes length of IP and transport header
     * @param gsoSizeBytes payload of each segment but the last, which may be shorter; 1 to 65535
     * @param checksumStart where the transport header starts in the packet
     * @param checksumOffset where its checksum field is
     */
    public static void putSuperPacket(
            MutableDirectBuffer buffer,
            int offset,
            int gsoType,
            boolean ecn,
            int headersBytes,
            int gsoSizeBytes,
            int checksumStart,
            int checksumOffset) {
        buffer.putByte(offset + FLAGS_OFFSET, (byte) NEEDS_CHECKSUM);
        buffer.putByte(offset + GSO_TYPE_OFFSET, (byte) (ecn ? gsoType | GSO_ECN : gsoType));
        buffer.putShort(offset + HEADER_LENGTH_OFFSET, (short) headersBytes);
        buffer.putShort(offset + GSO_SIZE_OFFSET, (short) gsoSizeBytes);
        buffer.putShort(offset + CHECKSUM_START_OFFSET, (short) checksumStart);
        buffer.putShort(offset + CHECKSUM_OFFSET_OFFSET, (short) checksumOffset);
    }

    /** True when the packet's transport checksum is to be finished. */
    public static boolean needsChecksum(DirectBuffer buffer, int offset) {
        return (buffer.getByte(offset + FLAGS_OFFSET) & NEEDS_CHECKSUM) != 0;
    }

    /** The kind of super-packet, without the ECN bit; {@link #GSO_NONE} for one packet. */
    public static int gsoType(DirectBuffer buffer, int offset) {
        return buffer.getByte(offset + GSO_TYPE_OFFSET) & 0xFF & ~GSO_ECN;
    }

    /** Payload of each segment, 0 to 65535. */
    public static int gsoSizeBytes(DirectBuffer buffer, int offset) {
        return buffer.getShort(offset + GSO_SIZE_OFFSET) & 0xFFFF;
    }

    /** Where the bytes start that the transport checksum covers, counted from the packet. */
    public static int checksumStart(DirectBuffer buffer, int offset) {
        return buffer.getShort(offset + CHECKSUM_START_OFFSET) & 0xFFFF;
    }

    /** Where the checksum field is, counted from {@link #checksumStart}. */
    public static int checksumOffset(DirectBuffer buffer, int offset) {
        return buffer.getShort(offset + CHECKSUM_OFFSET_OFFSET) & 0xFFFF;
    }
}
