package dev.culvert.esp;

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
