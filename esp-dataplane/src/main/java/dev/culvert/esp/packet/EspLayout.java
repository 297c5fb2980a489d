package dev.culvert.esp.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import dev.culvert.esp.EspSuite;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * An ESP packet (RFC 4303 2).
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |               Security Parameters Index (SPI)                 |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |          Sequence Number (its low half, with ESN)             |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                    IV (8 or 16 bytes)                         ~
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ---
 *  |              Payload: the inner packet                        ~  ^
 *  +               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+  |
 *  |               |     TFC Padding (optional, any content)       ~  | encrypted
 *  +-+-+-+-+-+-+-+-+         +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+  |
 *  |                         |     Padding (0 to 255: 1, 2, 3 …)   |  |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+  |
 *  |                               |  Pad Length   | Next Header   |  v
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ---
 *  |         Integrity Check Value (16 to 32 bytes)                ~
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public final class EspLayout {

    /** Offset of the SPI. */
    public static final int SPI_OFFSET = 0;

    /** Offset of the sequence number. */
    public static final int SEQUENCE_OFFSET = 4;

    /** Offset of the IV; also the length of the header. */
    public static final int IV_OFFSET = 8;

    /** Length of pad length and next header. */
    public static final int TRAILER_BYTES = 2;

    /** Next header of an inner IPv4 packet. */
    public static final int NEXT_HEADER_IPV4 = 4;

    /** Next header of an inner IPv6 packet. */
    public static final int NEXT_HEADER_IPV6 = 41;

    /** Next header of a dummy packet (RFC 4303 2.6). */
    public static final int NEXT_HEADER_NONE = 59;

    private EspLayout() {}

    /** The SPI. */
    public static int spi(DirectBuffer buffer, int offset) {
        return buffer.getInt(offset + SPI_OFFSET, BIG_ENDIAN);
    }

    /** The sequence number as sent: 32 bits, as an unsigned number. */
    public static long sequenceLow(DirectBuffer buffer, int offset) {
        return buffer.getInt(offset + SEQUENCE_OFFSET, BIG_ENDIAN) & 0xFFFF_FFFFL;
    }

    /** Writes SPI and the low half of the sequence number. */
    public static void header(MutableDirectBuffer buffer, int offset, int spi, long sequence) {
        buffer.putInt(offset + SPI_OFFSET, spi, BIG_ENDIAN);
        buffer.putInt(offset + SEQUENCE_OFFSET, (int) sequence, BIG_ENDIAN);
    }

    /**
     * Length of the plaintext: payload, padding and trailer.
     *
     * @param payloadBytes inner packet with TFC padding
     * @param alignmentBytes a power of two, see {@link EspSuite#alignmentBytes()}
     * @return a multiple of the alignment
     */
    public static int plaintextBytes(int payloadBytes, int alignmentBytes) {
        return (payloadBytes + TRAILER_BYTES + alignmentBytes - 1) & -alignmentBytes;
    }

    /** Length of the ESP packet around a plaintext. */
    public static int packetBytes(EspSuite suite, int plaintextBytes) {
        return IV_OFFSET + suite.ivBytes() + plaintextBytes + suite.icvBytes();
    }

    /**
     * The longest payload of a packet that must not exceed a length.
     *
     * @param espBytes room for the ESP packet
     * @return longest payload, at least 0
     */
    public static int largestPayloadBytes(EspSuite suite, int espBytes) {
        final int room = espBytes - packetBytes(suite, 0);
        return Math.max(0, (room & -suite.alignmentBytes()) - TRAILER_BYTES);
    }

    /**
     * Writes TFC padding, padding, pad length and next header behind an inner packet.
     *
     * @param buffer holds the inner packet, with room behind it
     * @param innerEnd where the inner packet ends
     * @param payloadEnd where the TFC padding ends; equal to {@code innerEnd} without any
     * @param plaintextEnd where the plaintext ends
     */
    public static void trailer(
            MutableDirectBuffer buffer,
            int innerEnd,
            int payloadEnd,
            int plaintextEnd,
            int nextHeader) {
        if (payloadEnd > innerEnd) {
            buffer.setMemory(innerEnd, payloadEnd - innerEnd, (byte) 0);
        }
        final int padBytes = plaintextEnd - TRAILER_BYTES - payloadEnd;
        for (int i = 0; i < padBytes; i++) {
            buffer.putByte(payloadEnd + i, (byte) (i + 1));
        }
        buffer.putByte(plaintextEnd - 2, (byte) padBytes);
        buffer.putByte(plaintextEnd - 1, (byte) nextHeader);
    }

    /** The next header field of a plaintext. */
    public static int nextHeader(DirectBuffer buffer, int plaintextEnd) {
        return buffer.getByte(plaintextEnd - 1) & 0xFF;
    }

    /**
     * Checks the padding (RFC 4303 2.4) and gives the length of what precedes it.
     *
     * @param buffer holds the plaintext
     * @param offset where the plaintext starts
     * @param plaintextBytes its length, at least 2
     * @return length of inner packet and TFC padding, or -1 when the padding is wrong
     */
    public static int payloadBytes(DirectBuffer buffer, int offset, int plaintextBytes) {
        final int padBytes = buffer.getByte(offset + plaintextBytes - 2) & 0xFF;
        final int payloadBytes = plaintextBytes - TRAILER_BYTES - padBytes;
        if (payloadBytes < 0) {
            return -1;
        }
        for (int i = 0; i < padBytes; i++) {
            if (buffer.getByte(offset + payloadBytes + i) != (byte) (i + 1)) {
                return -1;
            }
        }
        return payloadBytes;
    }
}
