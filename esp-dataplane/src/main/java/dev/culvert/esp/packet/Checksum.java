package dev.culvert.esp.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.UnsafeApi;

/**
 * The Internet checksum (RFC 1071) and its incremental update (RFC 1624). A sum is carried as a
 * {@code long} of which only the folded value has a meaning; sums of pieces may be added to each
 * other with {@code +}, if all pieces start at an even distance from the first.
 */
public final class Checksum {

    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() != BIG_ENDIAN;
    private static final int UPPER_HALF_OFFSET = LITTLE_ENDIAN ? 4 : 0;
    private static final long LOWER_HALF = 0xFFFF_FFFFL;
    private static final int CORRECT = 0xFFFF;

    private Checksum() {}

    /**
     * Adds bytes to a sum. A piece that is not the last must have an even length, or what follows
     * be added with {@link #combine}.
     *
     * @param sum the sum so far, less than 2^62; 0 at the start
     * @return the sum, not folded; at most 65535 more than before
     */
    public static long add(long sum, DirectBuffer buffer, int offset, int lengthBytes) {
        buffer.boundsCheck(offset, lengthBytes);
        final int folded =
                fold(nativeSum(buffer.byteArray(), buffer.addressOffset() + offset, lengthBytes));
        return sum + (LITTLE_ENDIAN ? swap(folded) : folded);
    }

    /**
     * Adds the sum of a piece that follows an even or odd number of bytes.
     *
     * @param sum the sum of these bytes, less than 2^62
     * @param piece the piece's own sum, as if it stood alone
     * @param precedingBytes how many bytes precede the piece
     */
    public static long combine(long sum, long piece, int precedingBytes) {
        return sum + ((precedingBytes & 1) == 0 ? fold(piece) : swap(fold(piece)));
    }

    /**
     * The sum of the pseudo header of TCP, UDP or ICMPv6 (RFC 9293 3.1, RFC 8200 8.1).
     *
     * @param buffer holds the packet
     * @param packetOffset where its IP header starts; for IPv6 the destination in it is the final
     *     one
     * @param protocol the transport protocol
     * @param transportBytes length of transport header and data, 0 to 65535
     */
    public static long pseudoHeader(
            DirectBuffer buffer, int packetOffset, boolean ipv6, int protocol, int transportBytes) {
        long sum = protocol + (long) transportBytes;
        int from = packetOffset + (ipv6 ? Ipv6Layout.SOURCE_OFFSET : Ipv4Layout.SOURCE_OFFSET);
        final int end = from + (ipv6 ? 2 * Ipv6Layout.ADDRESS_BYTES : 2 * Ipv4Layout.ADDRESS_BYTES);
        for (; from < end; from += Integer.BYTES) {
            sum += buffer.getInt(from, BIG_ENDIAN) & LOWER_HALF;
        }
        return sum;
    }

    /** Folds a sum: what the checksum field holds while the transport's part is still missing. */
    public static int fold(long sum) {
        long folded = (sum & LOWER_HALF) + (sum >>> 32);
        folded = (folded & LOWER_HALF) + (folded >>> 32);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        return (int) folded;
    }

    /** Folds a sum and inverts it: the value for the checksum field. */
    public static int finish(long sum) {
        return ~fold(sum) & 0xFFFF;
    }

    /** True when bytes with a sum, their checksum field included, are undamaged. */
    public static boolean isCorrect(long sum) {
        return fold(sum) == CORRECT;
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
        buffer.putShort(checksumOffset, (short) update(old, before, after), BIG_ENDIAN);
    }

    /**
     * The value of a checksum field after one 16-bit word that it covers has changed (RFC 1624,
     * equation 3).
     *
     * @param checksum the field's old value, 0 to 65535
     * @param before the word's old value, 0 to 65535
     * @param after the word's new value, 0 to 65535
     */
    public static int update(int checksum, int before, int after) {
        return finish((~checksum & 0xFFFFL) + (~before & 0xFFFFL) + (after & 0xFFFFL));
    }

    /**
     * The sum in the machine's own byte order, which is the swapped one after folding (RFC 1071 2
     * (B)). Adds 64-bit words as they are, and their upper halves once more by themselves: that
     * tells the carries that were lost, without a test per word.
     */
    private static long nativeSum(byte[] array, long from, int lengthBytes) {
        long address = from;
        long words = 0;
        long upper = 0;
        long otherWords = 0;
        long otherUpper = 0;
        for (int left = lengthBytes >>> 5; left > 0; left--) {
            words += UnsafeApi.getLong(array, address);
            upper += half(array, address);
            otherWords += UnsafeApi.getLong(array, address + 8);
            otherUpper += half(array, address + 8);
            words += UnsafeApi.getLong(array, address + 16);
            upper += half(array, address + 16);
            otherWords += UnsafeApi.getLong(array, address + 24);
            otherUpper += half(array, address + 24);
            address += 32;
        }
        words += otherWords;
        upper += otherUpper;
        for (int left = (lengthBytes & 31) >>> 3; left > 0; left--) {
            words += UnsafeApi.getLong(array, address);
            upper += half(array, address);
            address += 8;
        }
        // Both terms are below 2^46: a packet has at most 2^31 bytes.
        return upper + (words - (upper << 32)) + tailSum(array, address, lengthBytes & 7);
    }

    private static long half(byte[] array, long address) {
        return UnsafeApi.getInt(array, address + UPPER_HALF_OFFSET) & LOWER_HALF;
    }

    private static long tailSum(byte[] array, long from, int lengthBytes) {
        long address = from;
        long sum = 0;
        if ((lengthBytes & 4) != 0) {
            sum += UnsafeApi.getInt(array, address) & LOWER_HALF;
            address += 4;
        }
        if ((lengthBytes & 2) != 0) {
            sum += UnsafeApi.getShort(array, address) & 0xFFFF;
            address += 2;
        }
        if ((lengthBytes & 1) != 0) {
            final long last = UnsafeApi.getByte(array, address) & 0xFF;
            sum += LITTLE_ENDIAN ? last : last << 8;
        }
        return sum;
    }

    private static int swap(int word) {
        return Short.reverseBytes((short) word) & 0xFFFF;
    }
}
