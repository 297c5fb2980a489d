package dev.culvert.bench.jmh;

import static dev.culvert.bench.jmh.BulkTunnel.HEADERS_BYTES;
import static dev.culvert.bench.jmh.BulkTunnel.SEGMENTS;

import dev.culvert.esp.EspSuite;
import dev.culvert.esp.EspSuite.Encryption;
import dev.culvert.esp.crypto.EspCipher;
import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.packet.Segmenter;
import java.util.concurrent.TimeUnit;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * A TCP super-packet of 45 segments, as the kernel hands it over, per segment: cut in place, and
 * sealed one behind the other.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SuperPacketBenchmark {

    private static final int CAPACITY_BYTES = 1 << 17;

    /** What seals: {@code jdk} or {@code native}. */
    @Param({"jdk", "native"})
    public String engine;

    private final UnsafeBuffer headers = new UnsafeBuffer(new byte[HEADERS_BYTES]);
    private final UnsafeBuffer packet = direct();
    private final UnsafeBuffer esp = direct();
    private final InnerPacket inner = new InnerPacket();
    private final Segmenter segmenter = new Segmenter();
    private EspCipher cipher;
    private long sequence;

    /** Makes the headers and the cipher. */
    @Setup
    public void setUp() {
        BulkTunnel.putHeaders(headers);
        final EspSuite suite = EspSuite.aead(Encryption.AES_GCM_16_128);
        cipher = Engines.provider(engine).sealing(suite, SealOpenBenchmark.keys(suite, 3), true);
    }

    /** Headers and checksums of all segments. The engine plays no part. */
    @Benchmark
    @OperationsPerInvocation(SEGMENTS)
    public int cut() {
        start();
        int bytes = 0;
        while (segmenter.next()) {
            bytes += segmenter.lengthBytes();
        }
        return bytes;
    }

    /** The same, and each sealed behind the one before it. */
    @Benchmark
    @OperationsPerInvocation(SEGMENTS)
    public int cutAndSeal() {
        start();
        int espOffset = 0;
        while (segmenter.next()) {
            final int plaintextBytes = segmenter.lengthBytes() + EspLayout.TRAILER_BYTES;
            sequence++;
            EspLayout.header(esp, espOffset, 1, sequence);
            if (!cipher.seal(
                    sequence, packet, segmenter.offset(), plaintextBytes, esp, espOffset)) {
                throw new IllegalStateException("could not seal");
            }
            espOffset += plaintextBytes + 32;
        }
        return espOffset;
    }

    private void start() {
        packet.putBytes(0, headers, 0, HEADERS_BYTES);
        BulkTunnel.startCutting(packet, inner, segmenter);
    }

    private static UnsafeBuffer direct() {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(CAPACITY_BYTES, 64));
    }
}
