package dev.culvert.esp.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Lowers the maximum segment size that a TCP SYN announces, so that full segments fit the tunnel.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |          Source Port          |       Destination Port        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                        Sequence Number                        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                    Acknowledgment Number                      |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |  Data |       |C|E|U|A|P|R|S|F|                               |
 *  | Offset| Rsrvd |W|C|R|C|S|S|Y|I|            Window             |
 *  |       |       |R|E|G|K|H|T|N|N|                               |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |           Checksum            |         Urgent Pointer        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |  Options; maximum segment size: Kind=2, Length=4, MSS (16)    ~
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 *
 * (RFC 9293 3.1 and 3.2)
 */
public final class MssClamp {

    private static final int HEADER_BYTES = 20;
    private static final int DATA_OFFSET_OFFSET = 12;
    private static final int FLAGS_OFFSET = 13;
    private static final int CHECKSUM_OFFSET = 16;
    private static final int FLAG_SYN = 0x02;

    private static final int OPTION_END = 0;
    private static final int OPTION_NOP = 1;
    private static final int OPTION_MSS = 2;
    private static final int OPTION_MSS_BYTES = 4;

    private MssClamp() {}

    /**
     * The MSS of segments that fill inner packets without IP options.
     *
     * @param innerBytes largest inner packet
     * @return MSS in bytes, at least 1
     */
    public static int mssBytes(int innerBytes, boolean ipv6) {
        final int ipBytes = ipv6 ? Ipv6Layout.HEADER_BYTES : Ipv4Layout.HEADER_BYTES;
        return Math.max(1, innerBytes - ipBytes - HEADER_BYTES);
    }

    /**
     * Lowers the MSS of a SYN and corrects the TCP checksum; leaves every other packet alone.
     *
     * @param packet a checked packet
     * @param mssBytes the largest value to let through
     * @return true when the packet was changed
     */
    public static boolean clamp(InnerPacket packet, int mssBytes) {
        if (packet.protocol() != InnerPacket.PROTOCOL_TCP || packet.isLaterFragment()) {
            return false;
        }
        final UnsafeBuffer buffer = packet.buffer();
        final int tcp = packet.transportOffset();
        final int end = packet.offset() + packet.lengthBytes();
        if (tcp + HEADER_BYTES > end || (buffer.getByte(tcp + FLAGS_OFFSET) & FLAG_SYN) == 0) {
            return false;
        }
        final int headerBytes = ((buffer.getByte(tcp + DATA_OFFSET_OFFSET) & 0xF0) >>> 4) * 4;
        return clampOptions(buffer, tcp, Math.min(tcp + headerBytes, end), mssBytes);
    }

    private static boolean clampOptions(UnsafeBuffer buffer, int tcp, int end, int mssBytes) {
        int option = tcp + HEADER_BYTES;
        while (option < end) {
            final int kind = buffer.getByte(option) & 0xFF;
            if (kind == OPTION_NOP) {
                option++;
                continue;
            }
            if (kind == OPTION_END || option + 2 > end) {
                return false;
            }
            final int optionBytes = buffer.getByte(option + 1) & 0xFF;
            if (optionBytes < 2 || option + optionBytes > end) {
                return false;
            }
            if (kind == OPTION_MSS && optionBytes == OPTION_MSS_BYTES) {
                return lower(buffer, tcp, option + 2, mssBytes);
            }
            option += optionBytes;
        }
        return false;
    }

    private static boolean lower(UnsafeBuffer buffer, int tcp, int field, int mssBytes) {
        final int before = buffer.getShort(field, BIG_ENDIAN) & 0xFFFF;
        if (before <= mssBytes) {
            return false;
        }
        buffer.putShort(field, (short) mssBytes, BIG_ENDIAN);
        // A field at an odd distance straddles two words of the sum; swapped, it counts the same.
        final boolean odd = ((field - tcp) & 1) != 0;
        Checksum.replace(
                buffer,
                tcp + CHECKSUM_OFFSET,
                odd ? swap(before) : before,
                odd ? swap(mssBytes) : mssBytes);
        return true;
    }

    private static int swap(int word) {
        return Short.reverseBytes((short) word) & 0xFFFF;
    }
}
