package dev.culvert.ike.engine;

import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.EngineOutput.SaRemoval;
import dev.culvert.ike.IkeEngine;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Child SAs that were replaced, and whose inbound side stays a little longer: a packet that the
 * peer sent before it deleted the SA may arrive after the deletion.
 */
final class LateRemovals {
    private static final long LINGER_NS = 5_000_000_000L;

    private record Entry(long dueNs, long childSaId, int spi) {}

    private final Deque<Entry> entries = new ArrayDeque<>();

    void add(long nowNs, long childSaId, int spi) {
        entries.add(new Entry(nowNs + LINGER_NS, childSaId, spi));
    }

    long earliestNs() {
        return entries.isEmpty() ? IkeEngine.NO_DEADLINE : entries.getFirst().dueNs();
    }

    /** Takes out what is due, or all. */
    void run(EngineCore core, boolean all) {
        Optional<Entry> next = next(core.nowNs(), all);
        while (next.isPresent()) {
            core.releaseSpi(next.get().spi());
            core.emit(new EngineOutput.RemoveSa(next.get().childSaId(), SaRemoval.REPLACED));
            next = next(core.nowNs(), all);
        }
    }

    private Optional<Entry> next(long nowNs, boolean all) {
        return all || earliestNs() <= nowNs
                ? Optional.ofNullable(entries.poll())
                : Optional.empty();
    }

    int size() {
        return entries.size();
    }
}
