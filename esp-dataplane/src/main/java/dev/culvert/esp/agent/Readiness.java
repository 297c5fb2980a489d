package dev.culvert.esp.agent;

import java.util.Arrays;

/**
 * Which of an agent's descriptors may have something to read. An agent that knows that it has read
 * everything blocks at once: {@code poll} asks again anyway, and whoever has just been woken by
 * what the agent sent may be waiting for its processor. Belongs to the agent's thread.
 */
final class Readiness {

    private final boolean[] ready;
    private boolean polled;
    private boolean repeat;
    private boolean woken;

    /** Everything is ready, until somebody polls. */
    Readiness(int descriptors) {
        ready = new boolean[descriptors];
        all();
    }

    /** From now on {@link #isReady} tells what was polled and not yet read; before, it is true. */
    void usePoll() {
        polled = true;
    }

    /** Whether it is worth reading. */
    boolean isReady(int index) {
        return ready[index] || !polled;
    }

    /** Takes what a poll found. */
    void set(int index, boolean readable) {
        ready[index] = readable;
    }

    /** Everything is to be read. */
    void all() {
        Arrays.fill(ready, true);
    }

    /** Nothing was left to read. */
    void drained(int index) {
        ready[index] = false;
    }

    /** A poll is over. */
    void woken() {
        woken = true;
    }

    /**
     * Whether this is the first duty cycle after a poll. The first packet is then moved before
     * others are asked for, since it is probably alone.
     */
    boolean takeWoken() {
        final boolean was = woken;
        woken = false;
        return was;
    }

    /** There is other work left: one more duty cycle before the agent blocks. */
    void repeat() {
        repeat = true;
    }

    /** Whether a duty cycle is due without a poll. */
    boolean takeDue() {
        boolean due = repeat;
        repeat = false;
        for (final boolean each : ready) {
            due |= each;
        }
        return due;
    }
}
