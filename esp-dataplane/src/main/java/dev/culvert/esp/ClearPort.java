package dev.culvert.esp;

import org.agrona.DirectBuffer;

/**
 * Takes packets that a {@link PolicyAction#PASS} policy lets out in clear. Called by the outbound
 * agent.
 */
@FunctionalInterface
public interface ClearPort {

    /**
     * Sends an IP packet in clear, without blocking.
     *
     * @param buffer holds the packet, off the heap
     * @param offset where it starts
     * @param lengthBytes its length
     * @return false when it was not taken
     */
    boolean send(DirectBuffer buffer, int offset, int lengthBytes);
}
