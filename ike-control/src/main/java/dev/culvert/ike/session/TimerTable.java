package dev.culvert.ike.session;

import dev.culvert.ike.IkeEngine;
import java.util.Arrays;
import java.util.Optional;

/** Deadlines of one owner, one for each constant of an enum. */
@SuppressWarnings("EnumOrdinal") // The index of the table, and nothing else.
public final class TimerTable<E extends Enum<E>> {
    private final E[] kinds;
    private final long[] deadlinesNs;

    /** A table without any deadline set. */
    public TimerTable(Class<E> type) {
        kinds = type.getEnumConstants();
        deadlinesNs = new long[kinds.length];
        Arrays.fill(deadlinesNs, IkeEngine.NO_DEADLINE);
    }

    /** Sets a deadline, in nanoseconds, in place of the one before. */
    public void set(E kind, long deadlineNs) {
        deadlinesNs[kind.ordinal()] = deadlineNs;
    }

    /** Forgets a deadline. */
    public void cancel(E kind) {
        deadlinesNs[kind.ordinal()] = IkeEngine.NO_DEADLINE;
    }

    /** Forgets all deadlines. */
    public void cancelAll() {
        Arrays.fill(deadlinesNs, IkeEngine.NO_DEADLINE);
    }

    /** A deadline in nanoseconds, or {@link IkeEngine#NO_DEADLINE}. */
    public long get(E kind) {
        return deadlinesNs[kind.ordinal()];
    }

    /** Whether a deadline is set. */
    public boolean isSet(E kind) {
        return get(kind) != IkeEngine.NO_DEADLINE;
    }

    /** The earliest of the deadlines in nanoseconds, or {@link IkeEngine#NO_DEADLINE}. */
    public long earliestNs() {
        long earliest = IkeEngine.NO_DEADLINE;
        for (long deadline : deadlinesNs) {
            earliest = Math.min(earliest, deadline);
        }
        return earliest;
    }

    /** Takes the first deadline that has passed out of the table. */
    public Optional<E> takeExpired(long nowNs) {
        for (E kind : kinds) {
            if (deadlinesNs[kind.ordinal()] <= nowNs) {
                cancel(kind);
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}
