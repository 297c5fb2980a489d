package dev.culvert.esp.agent;

import dev.culvert.tun.ReceiveBatch;
import dev.culvert.tun.UdpPath;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Hands ESP packets to the inbound agents that have their SAs, each as one message. The kernel
 * gives most to the right agent; what is left are packets that it joined with those of another SA,
 * or everything where it can't distribute by SPI.
 *
 * <pre>
 *  0               4               8                                56
 * +---------------+---------------+--------------------------------+--------------+
 * | outer TOS     | (unused)      | way back, as UdpPath has it    | ESP packet   |
 * +---------------+---------------+--------------------------------+--------------+
 * </pre>
 */
final class DatagramExchange {

    static final int TOS_OFFSET = 0;
    static final int PATH_OFFSET = 8;
    static final int DATA_OFFSET = PATH_OFFSET + UdpPath.LENGTH_BYTES;

    private final Outbox outbox;
    private final int self;
    private final int agents;

    DatagramExchange(AgentPlace place, Outbox outbox) {
        this.outbox = outbox;
        self = place.index();
        agents = place.agents();
    }

    /**
     * Hands a packet over if its SA is another agent's.
     *
     * @param slot of the batch that holds it, with where it came from
     * @param buffer of the batch
     * @return false when it is this agent's own; true when it has been dealt with
     */
    boolean take(
            int spi,
            ReceiveBatch batch,
            int slot,
            DirectBuffer buffer,
            int offset,
            int lengthBytes) {
        final int owner = AgentPlace.ownerOf(spi, agents);
        if (owner == self) {
            return false;
        }
        final int index = outbox.claim(owner, DATA_OFFSET + lengthBytes, 1);
        if (index >= 0) {
            final MutableDirectBuffer message = outbox.buffer(owner);
            message.putInt(index + TOS_OFFSET, batch.tos(slot));
            batch.copyPath(slot, message, index + PATH_OFFSET);
            message.putBytes(index + DATA_OFFSET, buffer, offset, lengthBytes);
            outbox.commit(owner, index, 1);
        }
        return true;
    }
}
