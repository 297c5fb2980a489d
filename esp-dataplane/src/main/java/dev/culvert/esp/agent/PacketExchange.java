package dev.culvert.esp.agent;

import dev.culvert.tun.VirtioNetHeader;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Hands inner packets and super-packets to the outbound agents that have their SAs, each as one
 * message.
 *
 * <pre>
 *  0                         10
 * +-------------------------+--------------------------------+
 * | virtio header           | packet or super-packet         |
 * +-------------------------+--------------------------------+
 * </pre>
 */
final class PacketExchange {

    private static final int DATA_OFFSET = VirtioNetHeader.LENGTH_BYTES;

    private final Outbox outbox;

    PacketExchange(Outbox outbox) {
        this.outbox = outbox;
    }

    /** Hands over a packet with finished checksums. */
    void offer(int agent, DirectBuffer buffer, int offset, int lengthBytes) {
        final int index = outbox.claim(agent, DATA_OFFSET + lengthBytes, 1);
        if (index >= 0) {
            final MutableDirectBuffer message = outbox.buffer(agent);
            VirtioNetHeader.clear(message, index);
            message.putBytes(index + DATA_OFFSET, buffer, offset, lengthBytes);
            outbox.commit(agent, index, 1);
        }
    }

    /**
     * Hands over a super-packet as it was read.
     *
     * @param source is at the super-packet
     * @param packets how many are in it
     */
    void offerSuper(int agent, PacketSource source, int packets) {
        final int lengthBytes = DATA_OFFSET + source.lengthBytes();
        final int index = outbox.claim(agent, lengthBytes, packets);
        if (index >= 0) {
            outbox.buffer(agent)
                    .putBytes(index, source.buffer(), source.headerOffset(), lengthBytes);
            outbox.commit(agent, index, packets);
        }
    }
}
