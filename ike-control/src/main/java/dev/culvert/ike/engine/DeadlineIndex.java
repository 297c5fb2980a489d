package dev.culvert.ike.engine;

import dev.culvert.ike.IkeEngine;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The earliest deadline of each of many owners, ordered by time and, at the same time, by the
 * owner's number.
 */
final class DeadlineIndex {
    private record Entry(long deadlineNs, int owner) {}

    private final TreeSet<Entry> ordered =
            new TreeSet<>(
                    Comparator.comparingLong(Entry::deadlineNs).thenComparingInt(Entry::owner));
    private final Map<Integer, Entry> byOwner = new HashMap<>();

    /** Sets an owner's deadline; {@link IkeEngine#NO_DEADLINE} forgets it. */
    void set(int owner, long deadlineNs) {
        Entry old = byOwner.get(owner);
        if (old != null) {
            if (old.deadlineNs() == deadlineNs) {
                return;
            }
            ordered.remove(old);
            byOwner.remove(owner);
        }
        if (deadlineNs != IkeEngine.NO_DEADLINE) {
            Entry entry = new Entry(deadlineNs, owner);
            ordered.add(entry);
            byOwner.put(owner, entry);
        }
    }

    long earliestNs() {
        return ordered.isEmpty() ? IkeEngine.NO_DEADLINE : ordered.first().deadlineNs();
    }

    /** The owner whose deadline is earliest and has passed. */
    Optional<Integer> firstExpired(long nowNs) {
        if (ordered.isEmpty() || ordered.first().deadlineNs() > nowNs) {
            return Optional.empty();
        }
        return Optional.of(ordered.first().owner());
    }

    int size() {
        return ordered.size();
    }
}
