package dev.culvert.bench.jmh;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.collections.Int2ObjectHashMap;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Which SA opens a packet, with packets of all SAs in random order. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SpiLookupBenchmark {

    private static final int PACKETS = 1 << 12;

    /** How many SAs there are. */
    @Param({"1", "100", "10000"})
    public int sas;

    private final Int2ObjectHashMap<Object> table = new Int2ObjectHashMap<>();
    private final int[] spis = new int[PACKETS];
    private int next;

    /** Fills the table. */
    @Setup
    public void setUp() {
        final Random random = new Random(1);
        final int[] installed = random.ints(sas).toArray();
        for (final int spi : installed) {
            table.put(spi, new Object());
        }
        for (int i = 0; i < PACKETS; i++) {
            spis[i] = installed[random.nextInt(sas)];
        }
    }

    /** Finds an SA. */
    @Benchmark
    public Object find() {
        next = (next + 1) & (PACKETS - 1);
        return table.get(spis[next]);
    }
}
