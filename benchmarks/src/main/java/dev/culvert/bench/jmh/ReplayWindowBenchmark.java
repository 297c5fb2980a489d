package dev.culvert.bench.jmh;

import dev.culvert.esp.sa.ReplayWindow;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The check before a packet is opened, and the mark behind it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ReplayWindowBenchmark {

    /** How many packets are told apart. */
    @Param({"64", "1024", "16384"})
    public int windowPackets;

    private ReplayWindow window = new ReplayWindow(0);
    private long next;

    /** An empty window. */
    @Setup
    public void setUp() {
        window = new ReplayWindow(windowPackets);
        next = 1;
    }

    /** Packets in order, with the high half of their numbers recovered. */
    @Benchmark
    public boolean inOrder() {
        return take(next++);
    }

    /** Each two packets have changed places. */
    @Benchmark
    public boolean swapped() {
        final long number = next++;
        return take((number & 1) == 0 ? number - 1 : number + 1);
    }

    private boolean take(long number) {
        final long sequence = window.recover(number & 0xFFFF_FFFFL);
        if (window.check(sequence) != ReplayWindow.Verdict.NEW) {
            throw new IllegalStateException("refused " + number);
        }
        return window.accept(sequence);
    }
}
