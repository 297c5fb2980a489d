package dev.culvert.bench.jmh;

import static java.nio.ByteOrder.BIG_ENDIAN;

import dev.culvert.esp.EspSuite;
import dev.culvert.esp.EspSuite.Encryption;
import dev.culvert.esp.crypto.EspCipher;
import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.packet.Segmenter;
import dev.culvert.tun.VirtioNetHeader;
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

    private static final int SEGMENTS = 45;
    private static final int HEADERS_BYTES = 40;
    private static final int SLICE_BYTES = 1358;
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
        headers.putByte(0, (byte) 0x45);
        headers.putShort(2, (short) (HEADERS_BYTES + SEGMENTS * SLICE_BYTES), BIG_ENDIAN);
        headers.putByte(8, (byte) 64);
        headers.putByte(9, (byte) 6);
        headers.putInt(12, 0x0A010001, BIG_ENDIAN);
        headers.putInt(16, 0x0A020001, BIG_ENDIAN);
        headers.putByte(32, (byte) 0x50);
        headers.putByte(33, (byte) 0x10);
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
        if (!inner.wrap(packet, 0, HEADERS_BYTES + SEGMENTS * SLICE_BYTES)
                || !segmenter.start(inner, VirtioNetHeader.GSO_TCP4, SLICE_BYTES, true)) {
            throw new IllegalStateException("no super-packet");
        }
    }

    private static UnsafeBuffer direct() {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(CAPACITY_BYTES, 64));
    }
}
