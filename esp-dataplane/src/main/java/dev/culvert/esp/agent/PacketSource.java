package dev.culvert.esp.agent;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Where the outbound agent takes inner packets and super-packets from, one at a time, with what
 * {@link dev.culvert.tun.VirtioNetHeader} says about them.
 */
interface PacketSource {

    /**
     * Changes where packets are read to.
     *
     * @param place off the heap
     * @param offset where the next packet starts, with {@link TunWriter#HEADROOM_BYTES} in front
     *     and {@link OutboundPipeline#MAX_PACKET_BYTES} behind, and room for padding and trailer
     */
    void readTo(UnsafeBuffer place, int offset);

    /** Moves to the next packet; false when there is none now. */
    boolean next();

    /** Holds the packet, with room behind it for padding and trailer; valid until the next move. */
    UnsafeBuffer buffer();

    /** Where it starts. */
    int offset();

    /** Its length, in bytes. */
    int lengthBytes();

    /**
     * Where the {@link dev.culvert.tun.VirtioNetHeader} of a super-packet starts, right in front of
     * it.
     */
    int headerOffset();

    /** True when its transport checksum is to be finished. */
    boolean needsChecksum();

    /** Where the bytes start that the checksum covers, counted from the packet. */
    int checksumStart();

    /** Where the checksum field is, counted from {@link #checksumStart()}. */
    int checksumOffset();

    /** The kind of super-packet; {@link dev.culvert.tun.VirtioNetHeader#GSO_NONE} for a packet. */
    int gsoType();

    /** Payload of each segment of a super-packet, 0 to 65535. */
    int gsoSizeBytes();

    /** True when the last {@link #next} met an error instead of a packet. */
    boolean isFaulty();
}
