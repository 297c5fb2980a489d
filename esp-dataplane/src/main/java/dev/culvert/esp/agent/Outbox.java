package dev.culvert.esp.agent;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DropReason;
import org.agrona.MutableDirectBuffer;

/** One agent's way to the rings of the others of its direction. Wakes them once per batch. */
final class Outbox {

    private final HandOverRing[] inboxes;
    private final boolean[] written;
    private final AgentCounters counters;
    private boolean wakeDue;

    Outbox(AgentPlace place, AgentCounters counters) {
        this.counters = counters;
        inboxes = place.inboxes().toArray(HandOverRing[]::new);
        written = new boolean[inboxes.length];
    }

    /**
     * Makes room for a message.
     *
     * @param packets that are counted as dropped if there is none
     * @return where it goes in {@link #buffer}, or a negative number
     */
    int claim(int agent, int lengthBytes, int packets) {
        final int index = inboxes[agent].claim(lengthBytes);
        if (index < 0) {
            counters.drop(DropReason.HAND_OVER_FULL, packets);
        }
        return index;
    }

    /** Where a claimed message is written. */
    MutableDirectBuffer buffer(int agent) {
        return inboxes[agent].buffer();
    }

    /** Hands over what was written to the claimed place. */
    void commit(int agent, int index, int packets) {
        inboxes[agent].commit(index);
        counters.add(Counter.HANDED_OVER, packets);
        written[agent] = true;
        wakeDue = true;
    }

    /** Wakes the agents that something was handed to. */
    void flush() {
        if (!wakeDue) {
            return;
        }
        wakeDue = false;
        for (int i = 0; i < written.length; i++) {
            if (written[i]) {
                written[i] = false;
                inboxes[i].wake();
            }
        }
    }
}
