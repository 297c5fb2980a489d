package dev.culvert.esp.agent;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Where the outbound agent takes inner packets from, one at a time. A source that reads
 * super-packets yields their segments one after the other.
 */
interface PacketSource {

    /** Moves to the next packet; false when there is none now. */
    boolean next();

    /** Holds the packet, with room behind it for padding and trailer; valid until the next move. */
    UnsafeBuffer buffer();

    /** Where it starts. */
    int offset();

    /** Its length, in bytes. */
    int lengthBytes();

    /** True when the last {@link #next} met an error instead of a packet. */
    boolean isFaulty();
}
