package dev.culvert.tun;

import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A reusable list of off-heap pieces that are written as one packet: an array of {@code struct
 * iovec}.
 *
 * <pre>
 *  0               8               16
 * +---------------+---------------+
 * | iov_base      | iov_len       |   per piece
 * +---------------+---------------+
 * </pre>
 */
public final class GatherList {
    private static final int ENTRY_LENGTH_BYTES = 16;

    private final int capacity;
    private final UnsafeBuffer entries;
    private int size;
    private int lengthBytes;

    /**
     * Creates an empty list.
     *
     * @param capacity most pieces it can hold, 1 to 1024
     */
    public GatherList(int capacity) {
        if (capacity < 1 || capacity > 1024) {
            throw new IllegalArgumentException("capacity must be 1 to 1024, is " + capacity);
        }
        this.capacity = capacity;
        this.entries =
                new UnsafeBuffer(
                        BufferUtil.allocateDirectAligned(capacity * ENTRY_LENGTH_BYTES, 64));
    }

    /** Forgets all pieces. */
    public void clear() {
        size = 0;
        lengthBytes = 0;
    }

    /**
     * Appends a piece; its bytes must stay in place until the list is written.
     *
     * @param src off-heap buffer
     * @return whether there was room for it
     */
    public boolean add(DirectBuffer src, int offset, int pieceLengthBytes) {
        if (size == capacity) {
            return false;
        }
        src.boundsCheck(offset, pieceLengthBytes);
        int entry = size * ENTRY_LENGTH_BYTES;
        entries.putLong(entry, src.addressOffset() + offset);
        entries.putLong(entry + 8, pieceLengthBytes);
        size++;
        lengthBytes += pieceLengthBytes;
        return true;
    }

    /**
     * Copies all pieces one behind the other, for an implementation of {@link TunQueue} other than
     * the kernel's. Allocates.
     */
    public void copyTo(MutableDirectBuffer dst, int offset) {
        int at = offset;
        for (int i = 0; i < size; i++) {
            int entry = i * ENTRY_LENGTH_BYTES;
            int pieceLengthBytes = (int) entries.getLong(entry + 8);
            UnsafeBuffer piece = new UnsafeBuffer(entries.getLong(entry), pieceLengthBytes);
            dst.putBytes(at, piece, 0, pieceLengthBytes);
            at += pieceLengthBytes;
        }
    }

    /** Number of pieces. */
    public int size() {
        return size;
    }

    /** Most pieces it can hold. */
    public int capacity() {
        return capacity;
    }

    /** Sum of the pieces' lengths. */
    public int lengthBytes() {
        return lengthBytes;
    }

    /** Address of the iovec array. */
    long address() {
        return entries.addressOffset();
    }
}
