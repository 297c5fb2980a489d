package dev.culvert.esp;

import dev.culvert.esp.DataplaneCommand.InstallInboundSa;
import dev.culvert.esp.agent.AgentPlace;
import java.util.HashMap;
import java.util.Map;

/**
 * Which agents SAs belong to. An inbound SA's agent follows from its SPI; the outbound SA of the
 * same child goes to the agent of the same index, to whose TUN queue the kernel then leads what
 * answers the opened packets. Not thread-safe.
 */
final class SaOwners {

    private final int agents;
    private final Map<Long, Integer> spiOfChild = new HashMap<>();
    private final Map<Integer, Long> childOfSpi = new HashMap<>();

    /**
     * Knows no SA.
     *
     * @param agents of each direction, at least 1
     */
    SaOwners(int agents) {
        this.agents = agents;
    }

    /** Takes note of an inbound SA, and tells whose it is. */
    int install(InstallInboundSa command) {
        spiOfChild.put(command.childId(), command.spi());
        childOfSpi.put(command.spi(), command.childId());
        return ofInbound(command.spi());
    }

    /** Forgets an inbound SA, and tells whose it was. */
    int remove(int spi) {
        final Long childId = childOfSpi.remove(spi);
        if (childId != null) {
            // A younger SA of the child may have taken its place.
            spiOfChild.remove(childId, spi);
        }
        return ofInbound(spi);
    }

    /** Whose an inbound SA is. */
    int ofInbound(int spi) {
        return AgentPlace.ownerOf(spi, agents);
    }

    /** Whose an outbound SA that is about to be installed shall be. */
    int ofOutbound(long childId) {
        final Integer spi = spiOfChild.get(childId);
        return spi == null ? (int) Long.remainderUnsigned(childId, agents) : ofInbound(spi);
    }
}
