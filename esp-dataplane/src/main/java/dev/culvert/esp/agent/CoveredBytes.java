package dev.culvert.esp.agent;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What the trailer of a packet covers: of a packet that was cut from a super-packet, that is the
 * payload of the next, so it is put back after sealing.
 */
final class CoveredBytes {

    private static final int USUAL_BYTES = 2 * Long.BYTES;

    private final UnsafeBuffer behind =
            new UnsafeBuffer(
                    BufferUtil.allocateDirectAligned(OutboundPipeline.MAX_TRAILING_BYTES, 64));
    private long first;
    private long second;

    /** Remembers bytes. */
    void save(UnsafeBuffer buffer, int offset, int bytes) {
        if (bytes <= USUAL_BYTES) {
            first = buffer.getLong(offset);
            second = buffer.getLong(offset + Long.BYTES);
        } else {
            behind.putBytes(0, buffer, offset, bytes);
        }
    }

    /** Writes them back. */
    void restore(UnsafeBuffer buffer, int offset, int bytes) {
        if (bytes <= USUAL_BYTES) {
            buffer.putLong(offset, first);
            buffer.putLong(offset + Long.BYTES, second);
        } else {
            buffer.putBytes(offset, behind, 0, bytes);
        }
    }
}
