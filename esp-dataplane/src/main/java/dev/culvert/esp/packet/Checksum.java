package dev.culvert.esp.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/** The Internet checksum (RFC 1071) and its incremental update (RFC 1624). */
public final class Checksum {

    private Checksum() {}

    /**
     * Adds bytes to a sum. A piece that is not the last must have an even length.
     *
     * @param sum the sum so far; 0 at the start
     * @return the sum, not folded
     */
    public static long add(long sum, DirectBuffer buffer, int offset, int lengthBytes) {
        long result = sum;
        int index = offset;
        final int end = offset + lengthBytes;
        for (; index + 4 <= end; index += 4) {
            result += buffer.getInt(index, BIG_ENDIAN) & 0xFFFF_FFFFL;
        }
        if (index + 2 <= end) {
            result += buffer.getShort(index, BIG_ENDIAN) & 0xFFFFL;
            index += 2;
        }
        if (index < end) {
            result += (buffer.getByte(index) & 0xFFL) << 8;
        }
        return result;
    }

    /** Folds a sum and inverts it: the value for the checksum field. */
    public static int finish(long sum) {
        return ~fold(sum) & 0xFFFF;
    }

    /**
     * Corrects a checksum field after one 16-bit word that it covers has changed (RFC 1624,
     * equation 3).
     *
     * @param checksumOffset where the field is
     * @param before the word's old value, 0 to 65535
     * @param after the word's new value, 0 to 65535
     */
    public static void replace(
            MutableDirectBuffer buffer, int checksumOffset, int before, int after) {
        final int old = buffer.getShort(checksumOffset, BIG_ENDIAN) & 0xFFFF;
        final long sum = (~old & 0xFFFFL) + (~before & 0xFFFFL) + (after & 0xFFFFL);
        buffer.putShort(checksumOffset, (short) finish(sum), BIG_ENDIAN);
    }

    private static int fold(long sum) {
        long folded = (sum & 0xFFFF_FFFFL) + (sum >>> 32);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        return (int) ((folded & 0xFFFF) + (folded >>> 16));
    }
}
