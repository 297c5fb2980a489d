package dev.culvert.tun;

import java.lang.ref.Reference;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Zeroed off-heap memory for one control-path call. Leaving the try block keeps it reachable up to
 * there, so that the collector cannot free it while the kernel still writes to it.
 */
final class NativeMemory implements AutoCloseable {
    private final UnsafeBuffer buffer;

    NativeMemory(int lengthBytes) {
        buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(lengthBytes, 8));
    }

    static NativeMemory ofInt(int value) {
        NativeMemory memory = new NativeMemory(4);
        memory.buffer.putInt(0, value);
        return memory;
    }

    UnsafeBuffer buffer() {
        return buffer;
    }

    long address() {
        return buffer.addressOffset();
    }

    @Override
    @SuppressWarnings("ReachabilityFenceUsage") // Its callers' try is the one that counts.
    public void close() {
        Reference.reachabilityFence(buffer);
    }
}
