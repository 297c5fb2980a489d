package dev.culvert.esp;

import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counters with one writer, the agent; any thread may read them at any time without slowing it
 * down.
 */
@SuppressWarnings("EnumOrdinal") // the counters live in an array, and their order is never stored
public final class AgentCounters {

    private static final Counter[] COUNTERS = Counter.values();
    private static final DropReason[] REASONS = DropReason.values();

    private final AtomicLongArray values = new AtomicLongArray(COUNTERS.length + REASONS.length);

    /** All zero. */
    public AgentCounters() {}

    /**
     * What several agents counted together until now. Of a single agent these are its counters
     * themselves, which go on counting.
     */
    static AgentCounters sum(List<AgentCounters> agents) {
        if (agents.size() == 1) {
            return agents.getFirst();
        }
        final AgentCounters sum = new AgentCounters();
        for (final AgentCounters agent : agents) {
            for (int i = 0; i < sum.values.length(); i++) {
                sum.addAt(i, agent.values.get(i));
            }
        }
        return sum;
    }

    /** The value of a counter. */
    public long get(Counter counter) {
        return values.get(counter.ordinal());
    }

    /** How many packets were dropped for a reason. */
    public long dropped(DropReason reason) {
        return values.get(COUNTERS.length + reason.ordinal());
    }

    /** How many packets were dropped for any reason. */
    public long droppedTotal() {
        long total = 0;
        for (final DropReason reason : REASONS) {
            total += dropped(reason);
        }
        return total;
    }

    /** Adds to a counter. For the writer only. */
    public void add(Counter counter, long amount) {
        addAt(counter.ordinal(), amount);
    }

    /** Counts one dropped packet. For the writer only. */
    public void drop(DropReason reason) {
        addAt(COUNTERS.length + reason.ordinal(), 1);
    }

    /** Counts dropped packets. For the writer only. */
    public void drop(DropReason reason, long packets) {
        addAt(COUNTERS.length + reason.ordinal(), packets);
    }

    private void addAt(int index, long amount) {
        values.lazySet(index, values.getPlain(index) + amount);
    }
}
