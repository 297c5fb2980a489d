package dev.culvert.esp.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Splits an IPv4 packet into fragments (RFC 791 3.2). The packet may be a fragment itself.
 *
 * <p>Used as {@code start} and then {@code next} until it returns 0. Options without the "copied"
 * flag stay with the first fragment; the others are repeated in each.
 */
public final class Ipv4Fragmenter {

    private static final int OPTION_END = 0;
    private static final int OPTION_NOP = 1;
    private static final int OPTION_COPIED = 0x80;

    private final UnsafeBuffer laterOptions = new UnsafeBuffer(new byte[40]);
    private UnsafeBuffer source = new UnsafeBuffer(new byte[0]);
    private int sourceOffset;
    private int headerBytes;
    private int laterHeaderBytes;
    private int payloadBytes;
    private int position;
    private int maxBytes;
    private int fragmentField;

    /**
     * Begins a packet.
     *
     * @param packet a checked IPv4 packet; its bytes stay in place until the last fragment
     * @param maxFragmentBytes longest fragment, at least 68 (RFC 791 3.1)
     */
    public void start(InnerPacket packet, int maxFragmentBytes) {
        source = packet.buffer();
        sourceOffset = packet.offset();
        headerBytes = (source.getByte(sourceOffset) & 0x0F) * 4;
        payloadBytes = packet.lengthBytes() - headerBytes;
        fragmentField =
                source.getShort(sourceOffset + Ipv4Layout.FRAGMENT_OFFSET, BIG_ENDIAN) & 0xFFFF;
        maxBytes = maxFragmentBytes;
        position = 0;
        laterHeaderBytes = Ipv4Layout.HEADER_BYTES + collectCopiedOptions();
    }

    /**
     * Writes the next fragment.
     *
     * @param target gets it; not the packet's own bytes
     * @param offset where it starts
     * @return its length in bytes, or 0 when the packet is done
     */
    public int next(UnsafeBuffer target, int offset) {
        if (position >= payloadBytes) {
            return 0;
        }
        final boolean first = position == 0;
        final int header = first ? headerBytes : laterHeaderBytes;
        final int room = (maxBytes - header) & ~7;
        final int remaining = payloadBytes - position;
        final boolean last = remaining <= maxBytes - header;
        final int length = last ? remaining : room;

        target.putBytes(
                offset, source, sourceOffset, first ? headerBytes : Ipv4Layout.HEADER_BYTES);
        if (!first) {
            target.putByte(offset, (byte) (0x40 | laterHeaderBytes / 4));
            target.putBytes(
                    offset + Ipv4Layout.HEADER_BYTES,
                    laterOptions,
                    0,
                    laterHeaderBytes - Ipv4Layout.HEADER_BYTES);
        }
        target.putBytes(offset + header, source, sourceOffset + headerBytes + position, length);
        final int field =
                (fragmentField & ~Ipv4Layout.MORE_FRAGMENTS & ~Ipv4Layout.FRAGMENT_OFFSET_MASK)
                        | ((fragmentField & Ipv4Layout.FRAGMENT_OFFSET_MASK) + position / 8)
                        | (last
                                ? fragmentField & Ipv4Layout.MORE_FRAGMENTS
                                : Ipv4Layout.MORE_FRAGMENTS);
        target.putShort(
                offset + Ipv4Layout.TOTAL_LENGTH_OFFSET, (short) (header + length), BIG_ENDIAN);
        target.putShort(offset + Ipv4Layout.FRAGMENT_OFFSET, (short) field, BIG_ENDIAN);
        target.putShort(offset + Ipv4Layout.CHECKSUM_OFFSET, (short) 0, BIG_ENDIAN);
        target.putShort(
                offset + Ipv4Layout.CHECKSUM_OFFSET,
                (short) Checksum.finish(Checksum.add(0, target, offset, header)),
                BIG_ENDIAN);
        position += length;
        return header + length;
    }

    private int collectCopiedOptions() {
        int collected = 0;
        int option = sourceOffset + Ipv4Layout.HEADER_BYTES;
        final int end = sourceOffset + headerBytes;
        while (option < end) {
            final int kind = source.getByte(option) & 0xFF;
            if (kind == OPTION_END) {
                break;
            }
            if (kind == OPTION_NOP) {
                option++;
                continue;
            }
            final int optionBytes = option + 1 < end ? source.getByte(option + 1) & 0xFF : 0;
            if (optionBytes < 2 || option + optionBytes > end) {
                break;
            }
            if ((kind & OPTION_COPIED) != 0) {
                laterOptions.putBytes(collected, source, option, optionBytes);
                collected += optionBytes;
            }
            option += optionBytes;
        }
        while ((collected & 3) != 0) {
            laterOptions.putByte(collected++, (byte) OPTION_END);
        }
        return collected;
    }
}
