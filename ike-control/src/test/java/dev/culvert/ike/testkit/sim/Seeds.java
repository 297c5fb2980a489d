package dev.culvert.ike.testkit.sim;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Runs plans with many seeds. {@code -Dculvert.sim.seeds=N} runs another number of them, {@code
 * -Dculvert.sim.first=N} begins with another seed, which is the way to repeat a failure: it names
 * its seed. {@code -Dculvert.sim.parallel=true} uses all cores.
 */
final class Seeds {
    private static final int MOST_FAILURES = 5;

    private record Failure(long seed, AssertionError error) {}

    private Seeds() {}

    /**
     * Runs a plan; after a few failures it stops.
     *
     * @param usualCount how many seeds, when no property says otherwise
     * @param fifths the plan's part of the number that the property gives, in fifths
     */
    static void run(int usualCount, int fifths, LongConsumer plan) {
        long first = Long.getLong("culvert.sim.first", 1);
        Integer wanted = Integer.getInteger("culvert.sim.seeds");
        int count = wanted == null ? usualCount : (int) Math.ceilDiv((long) wanted * fifths, 5);
        LongStream seeds = LongStream.range(first, first + count);
        Queue<Failure> failures = new ConcurrentLinkedQueue<>();
        (Boolean.getBoolean("culvert.sim.parallel") ? seeds.parallel() : seeds)
                .forEach(seed -> {
                    if (failures.size() < MOST_FAILURES) {
                        run(seed, plan, failures);
                    }
                });
        if (!failures.isEmpty()) {
            throw new AssertionError(
                    failures.stream()
                                    .map(failure -> Long.toString(failure.seed()))
                                    .collect(Collectors.joining(", ", "failed with seeds ", ":\n"))
                            + failures.peek().error().getMessage(),
                    failures.peek().error());
        }
    }

    private static void run(long seed, LongConsumer plan, Queue<Failure> failures) {
        try {
            plan.accept(seed);
        } catch (AssertionError e) {
            failures.add(new Failure(seed, e));
        }
    }
}
