package dev.culvert.bench.e2e.lab;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waiting for something to become true, and for time to pass. */
public final class Waiting {
    private Waiting() {}

    /**
     * Asks every 50 ms.
     *
     * @throws BenchException with {@code complaint} if it does not come true in time
     */
    public static void until(
            BooleanSupplier condition, double limitSeconds, Supplier<String> complaint) {
        long deadlineNs = System.nanoTime() + (long) (limitSeconds * 1e9);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadlineNs) {
                throw new BenchException(complaint.get());
            }
            seconds(0.05);
        }
    }

    public static void seconds(double seconds) {
        try {
            TimeUnit.NANOSECONDS.sleep((long) (seconds * 1e9));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted");
        }
    }
}
