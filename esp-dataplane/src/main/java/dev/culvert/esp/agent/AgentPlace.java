package dev.culvert.esp.agent;

import java.util.List;

/**
 * Which of the several agents of a direction an agent is, and how it reaches the others. Each SA is
 * one agent's; who meets a packet of another's SA hands it over.
 *
 * @param index of the agent, from 0
 * @param inboxes of all agents of the direction, by their index; empty when there is only one
 */
public record AgentPlace(int index, List<HandOverRing> inboxes) {

    /** The only agent of its direction. */
    public static final AgentPlace ALONE = new AgentPlace(0, List.of());

    /** Copies the list. */
    public AgentPlace {
        inboxes = List.copyOf(inboxes);
    }

    /** Whether there is only one. */
    boolean isAlone() {
        return inboxes.isEmpty();
    }

    /** How many there are. */
    int agents() {
        return Math.max(1, inboxes.size());
    }

    /** The agent's own ring; there must be several agents. */
    HandOverRing inbox() {
        return inboxes.get(index);
    }

    /**
     * The agent of an inbound SA: the SPI as an unsigned number modulo the number of agents, which
     * is how {@link dev.culvert.tun.UdpSocketGroup} lets the kernel distribute datagrams.
     *
     * @param agents how many there are, at least 1
     */
    public static int ownerOf(int spi, int agents) {
        return Integer.remainderUnsigned(spi, agents);
    }
}
