package dev.culvert.bench.jmh;

import dev.culvert.esp.packet.Checksum;
import java.util.concurrent.TimeUnit;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The Internet checksum over a piece of memory off the heap. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ChecksumBenchmark {

    private static final int CAPACITY_BYTES = 1 << 16;

    /** How much. */
    @Param({"20", "64", "1400", "65495"})
    public int bytes;

    private final UnsafeBuffer buffer =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(CAPACITY_BYTES, 64));

    /** Fills the memory. */
    @Setup
    public void setUp() {
        for (int i = 0; i < CAPACITY_BYTES; i++) {
            buffer.putByte(i, (byte) (i * 31));
        }
    }

    /** Sums and folds. */
    @Benchmark
    public int checksum() {
        return Checksum.finish(Checksum.add(0, buffer, 0, bytes));
    }
}
