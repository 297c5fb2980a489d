package dev.culvert.esp.agent;

import org.agrona.BufferUtil;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * Copies of packets on their way to the agent that has their SA. Any agent of the direction writes,
 * that one reads; what one agent wrote is read in that order. When there is no room, the packet is
 * dropped and counted by who has it: it is the agent behind the ring that is too slow.
 */
public final class HandOverRing {

    /** Room for some 1,400 packets of full length, or some 30 super-packets. */
    static final int CAPACITY_BYTES = 1 << 21;

    private static final int MESSAGE_TYPE = 1;

    private final ManyToOneRingBuffer ring =
            new ManyToOneRingBuffer(
                    new UnsafeBuffer(
                            BufferUtil.allocateDirectAligned(
                                    CAPACITY_BYTES + RingBufferDescriptor.TRAILER_LENGTH, 64)));
    private final Runnable wake;

    /**
     * An empty ring.
     *
     * @param wake interrupts the reading agent's blocking
     */
    public HandOverRing(Runnable wake) {
        this.wake = wake;
    }

    /** Where claimed messages are written. */
    AtomicBuffer buffer() {
        return ring.buffer();
    }

    /**
     * Makes room for a message.
     *
     * @param lengthBytes 1 to 131072
     * @return where it goes, or a negative number when there is no room. To be committed at once
     */
    int claim(int lengthBytes) {
        return ring.tryClaim(MESSAGE_TYPE, lengthBytes);
    }

    /** Lets the reader see the message that was written to the claimed place. */
    void commit(int index) {
        ring.commit(index);
    }

    /** To be called after messages were committed. */
    void wake() {
        wake.run();
    }

    /**
     * Reads messages. For the reading agent.
     *
     * @return how many
     */
    int read(MessageHandler handler, int limit) {
        final int read = ring.read(handler, limit);
        // Nothing may mean that only the rest of the ring up to its end was skipped.
        return read == 0 ? ring.read(handler, limit) : read;
    }
}
