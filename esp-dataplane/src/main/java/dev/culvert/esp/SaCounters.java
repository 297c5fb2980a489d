package dev.culvert.esp;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counters of one SA with one writer, the agent that owns it; any thread may read them at any time.
 */
public final class SaCounters {

    private static final int PACKETS = 0;
    private static final int BYTES = 1;
    private static final int LAST_USE_NS = 2;
    private static final int SEQUENCE = 3;
    private static final int REPLAYS = 4;
    private static final int AUTHENTICATION_FAILURES = 5;
    private static final int COUNT = 6;

    private final AtomicLongArray values = new AtomicLongArray(COUNT);

    /**
     * All zero.
     *
     * @param nowNs the time of the installation
     */
    public SaCounters(long nowNs) {
        values.lazySet(LAST_USE_NS, nowNs);
    }

    /** Packets sealed, or opened and delivered to the next check (dummy packets included). */
    public long packets() {
        return values.get(PACKETS);
    }

    /** Bytes of the inner packets. */
    public long bytes() {
        return values.get(BYTES);
    }

    /**
     * When the SA last carried a packet, on the clock of the dataplane; the installation's time
     * before the first.
     */
    public long lastUseNs() {
        return values.get(LAST_USE_NS);
    }

    /** Outbound: the last sequence number used. Inbound: the highest accepted. */
    public long sequence() {
        return values.get(SEQUENCE);
    }

    /** Inbound: packets refused by the replay window. */
    public long replays() {
        return values.get(REPLAYS);
    }

    /** Inbound: packets whose integrity check failed. */
    public long authenticationFailures() {
        return values.get(AUTHENTICATION_FAILURES);
    }

    /** Counts a packet. For the writer only. */
    public void packet(long innerBytes, long sequence, long nowNs) {
        packets(1, innerBytes, sequence, nowNs);
    }

    /**
     * Counts packets. For the writer only.
     *
     * @param count how many
     * @param innerBytes of them all
     * @param sequence the last one's
     */
    public void packets(long count, long innerBytes, long sequence, long nowNs) {
        values.lazySet(PACKETS, values.getPlain(PACKETS) + count);
        values.lazySet(BYTES, values.getPlain(BYTES) + innerBytes);
        values.lazySet(LAST_USE_NS, nowNs);
        values.lazySet(SEQUENCE, sequence);
    }

    /** Counts a packet that the replay window refused. For the writer only. */
    public void replay() {
        values.lazySet(REPLAYS, values.getPlain(REPLAYS) + 1);
    }

    /** Counts a failed integrity check. For the writer only. */
    public void authenticationFailure() {
        values.lazySet(AUTHENTICATION_FAILURES, values.getPlain(AUTHENTICATION_FAILURES) + 1);
    }
}
