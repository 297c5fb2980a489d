package dev.culvert.esp.crypto;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Memory off the heap for packets that are on it, or whose plaintext is to lie across the
 * ciphertext. Shared by all ciphers of one agent. It holds plaintext of a packet, never keys.
 */
final class NativeScratch {

    /** Room for the largest UDP payload, and a tag. */
    static final int CAPACITY_BYTES = (1 << 16) + NativeAead.TAG_BYTES;

    final UnsafeBuffer input = buffer();
    final UnsafeBuffer output = buffer();

    private static UnsafeBuffer buffer() {
        return new UnsafeBuffer(
                BufferUtil.allocateDirectAligned(CAPACITY_BYTES, NativeAead.ALIGNMENT_BYTES));
    }
}
