package dev.culvert.endpoint.real.net;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what another process does. */
public final class Await {

    private static final long STEP_MS = 50;

    private Await() {}

    /**
     * Waits until a condition holds.
     *
     * @param what is awaited, for the message when it does not come
     * @param limit how long
     * @param condition asked every {@value #STEP_MS} ms
     */
    public static void until(String what, Duration limit, BooleanSupplier condition) {
        until(() -> what, limit, condition);
    }

    /** As {@link #until(String, Duration, BooleanSupplier)}; the message is made when needed. */
    public static void until(Supplier<String> what, Duration limit, BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new AssertionError("not within " + limit.toMillis() + " ms: " + what.get());
            }
            pause(Duration.ofMillis(STEP_MS));
        }
    }

    /** Does nothing for a while. */
    public static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
