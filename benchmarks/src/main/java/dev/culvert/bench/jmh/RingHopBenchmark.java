package dev.culvert.bench.jmh;

import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A descriptor's way to another thread through a ring, where that thread spins on a core of its
 * own: what a packet would pay at least for each thread that it goes to.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RingHopBenchmark {

    private static final int SLOTS = 1024;
    private static final int HOPS_PER_ROUND_TRIP = 2;

    private final ManyToOneConcurrentArrayQueue<Object> there =
            new ManyToOneConcurrentArrayQueue<>(SLOTS);
    private final ManyToOneConcurrentArrayQueue<Object> back =
            new ManyToOneConcurrentArrayQueue<>(SLOTS);
    private final Object descriptor = new Object();
    private final Thread other = Thread.ofPlatform().daemon().unstarted(this::sendBack);
    private volatile boolean over;

    /** Starts the other thread. */
    @Setup
    public void setUp() {
        other.start();
    }

    /** Ends it. */
    @TearDown
    public void tearDown() throws InterruptedException {
        over = true;
        other.join();
    }

    private void sendBack() {
        while (!over) {
            final Object taken = there.poll();
            if (taken == null) {
                Thread.onSpinWait();
            } else {
                back.offer(taken);
            }
        }
    }

    /** There and back. */
    @Benchmark
    @OperationsPerInvocation(HOPS_PER_ROUND_TRIP)
    public Object hop() {
        there.offer(descriptor);
        Object taken = back.poll();
        while (taken == null) {
            Thread.onSpinWait();
            taken = back.poll();
        }
        return taken;
    }

    /** The cost of a ring when nothing has to travel: both ends on one thread. */
    @Benchmark
    public Object offerAndPoll() {
        back.offer(descriptor);
        return back.poll();
    }
}
