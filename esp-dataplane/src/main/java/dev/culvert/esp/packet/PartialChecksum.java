package dev.culvert.esp.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.concurrent.UnsafeBuffer;

/** Finishes a transport checksum that the kernel left to us. */
public final class PartialChecksum {

    private PartialChecksum() {}

    /**
     * Sums what the checksum covers, beginning with the sum of the pseudo-header that its field
     * holds, and writes the result there.
     *
     * @param offset where the packet starts
     * @param lengthBytes its length
     * @param start where the covered bytes start, counted from the packet; they reach to its end
     * @param field where the checksum field is, counted from there
     * @return false when the field is outside of the packet; it is unchanged then
     */
    public static boolean finish(
            UnsafeBuffer buffer, int offset, int lengthBytes, int start, int field) {
        if (start + field + 2 > lengthBytes) {
            return false;
        }
        final int checksum =
                Checksum.finish(Checksum.add(0, buffer, offset + start, lengthBytes - start));
        // Zero would say "none" to UDP, and means the same as all ones to everybody else.
        buffer.putShort(
                offset + start + field, (short) (checksum == 0 ? 0xFFFF : checksum), BIG_ENDIAN);
        return true;
    }
}
