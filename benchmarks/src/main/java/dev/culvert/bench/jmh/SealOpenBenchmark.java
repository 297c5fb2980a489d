package dev.culvert.bench.jmh;

import dev.culvert.esp.EspKeys;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.EspSuite.Encryption;
import dev.culvert.esp.crypto.EspCipher;
import dev.culvert.esp.packet.EspLayout;
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

/** One packet through an engine, between buffers off the heap, with ESN. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SealOpenBenchmark {

    /** What seals and opens: {@code jdk} or {@code native}. */
    @Param({"jdk", "native"})
    public String engine;

    /** The cipher. */
    @Param({"AES_GCM_16_128", "AES_GCM_16_256", "CHACHA20_POLY1305"})
    public Encryption encryption;

    /** Length of the plaintext. */
    @Param({"64", "1400"})
    public int bytes;

    private final UnsafeBuffer plain = direct();
    private final UnsafeBuffer sealed = direct();
    private final UnsafeBuffer esp = direct();
    private EspCipher sealing;
    private EspCipher opening;
    private int packetBytes;
    private long sequence;

    /** Seals the packet that is then opened again and again. */
    @Setup
    public void setUp() {
        final EspSuite suite = EspSuite.aead(encryption);
        sealing = Engines.provider(engine).sealing(suite, keys(suite, 1), true);
        opening = Engines.provider(engine).opening(suite, keys(suite, 2), true);
        packetBytes = EspLayout.packetBytes(suite, bytes);
        EspLayout.header(sealed, 0, 1, 1);
        final EspCipher once = Engines.provider(engine).sealing(suite, keys(suite, 2), true);
        if (!once.seal(1, plain, 0, bytes, sealed, 0)) {
            throw new IllegalStateException("could not seal");
        }
    }

    /** Seals a packet. */
    @Benchmark
    public boolean seal() {
        sequence++;
        EspLayout.header(esp, 0, 1, sequence);
        return sealing.seal(sequence, plain, 0, bytes, esp, 0);
    }

    /** Opens a packet. */
    @Benchmark
    public boolean open() {
        if (!opening.open(1, sealed, 0, packetBytes, plain, 0)) {
            throw new IllegalStateException("could not open");
        }
        return true;
    }

    static EspKeys keys(EspSuite suite, int seed) {
        final byte[] material =
                new byte[suite.encryption().keyBytes() + suite.encryption().saltBytes()];
        for (int i = 0; i < material.length; i++) {
            material[i] = (byte) (i * 7 + seed);
        }
        return EspKeys.split(suite, material);
    }

    private static UnsafeBuffer direct() {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(2048, 64));
    }
}
