package dev.culvert.ike.session;

import java.util.HashMap;
import java.util.Map;

/** One number for each {@link Counter}. */
@SuppressWarnings("EnumOrdinal") // The index of the table, and nothing else.
public final class Counters {
    private final long[] values = new long[Counter.values().length];

    /** Adds one. */
    public void increment(Counter counter) {
        values[counter.ordinal()]++;
    }

    /** The value of one counter. */
    public long get(Counter counter) {
        return values[counter.ordinal()];
    }

    /** All values by their public names. */
    public Map<String, Long> toMap() {
        Map<String, Long> map = new HashMap<>();
        for (Counter counter : Counter.values()) {
            map.put(counter.publicName(), values[counter.ordinal()]);
        }
        return map;
    }
}
