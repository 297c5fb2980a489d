package dev.culvert.bench.jmh;

import dev.culvert.esp.EspSuite;
import dev.culvert.esp.EspSuite.Encryption;
import dev.culvert.esp.crypto.EspCipher;
import dev.culvert.esp.packet.EspLayout;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.agrona.BufferUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One SA over several cores: a super-packet of 44 segments is sealed by the thread that owns the
 * SA, or cut into one run for each worker. Numbers are given out by the owner; runs travel as
 * descriptors over a ring for each worker; super-packets are released in the order in which they
 * came, up to four being under way. With work of nothing but sealing this is the most that workers
 * can gain; in an endpoint, the cores also run the other direction and the kernel.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SealWorkersBenchmark {

    private static final int SEGMENTS = 44;
    private static final int PLAINTEXT_BYTES = 1408;
    private static final int STRIDE_BYTES = 1472;
    private static final int UNDER_WAY = 4;
    private static final int SLOT_BYTES = SEGMENTS * STRIDE_BYTES;
    private static final int RING_BYTES = 1 << 12;
    private static final int DESCRIPTOR_BYTES = 16;
    private static final int SPINS = 1_000;

    /** 0 for run to completion. */
    @Param({"0", "1", "2"})
    public int workers;

    /** What a worker without work does: turn, or sleep until it is woken. */
    @Param({"SPIN", "SLEEP"})
    public Idle idle;

    /** What seals: {@code jdk} or {@code native}. */
    @Param({"native"})
    public String engine;

    private final UnsafeBuffer plain = direct(SLOT_BYTES);
    private final UnsafeBuffer sealed = direct(UNDER_WAY * SLOT_BYTES);
    private final UnsafeBuffer message = direct(DESCRIPTOR_BYTES);
    private Worker[] crew;
    private EspCipher cipher;
    private long submitted;
    private long sequence = 1;

    /** What a worker without work does. */
    public enum Idle {
        /** Turns. */
        SPIN,
        /** Sleeps, after a short while of turning. */
        SLEEP
    }

    /** Seals runs of segments. */
    private final class Worker implements Runnable {
        private final OneToOneRingBuffer ring =
                new OneToOneRingBuffer(direct(RING_BYTES + RingBufferDescriptor.TRAILER_LENGTH));
        private final EspCipher own = cipher();
        private final AtomicLong done = new AtomicLong();
        private final Thread thread = new Thread(this, "seal-worker");
        private volatile boolean asleep;
        private volatile boolean closing;

        @Override
        public void run() {
            int idleTurns = 0;
            while (!closing) {
                final int read = ring.read(this::onRun);
                if (read > 0) {
                    idleTurns = 0;
                } else if (idle == Idle.SPIN || idleTurns++ < SPINS) {
                    Thread.onSpinWait();
                } else {
                    sleep();
                    idleTurns = 0;
                }
            }
        }

        /** Tells first and looks again then, so that no run comes unnoticed in between. */
        private void sleep() {
            asleep = true;
            if (ring.size() == 0 && !closing) {
                LockSupport.park(this);
            }
            asleep = false;
        }

        private void onRun(int type, MutableDirectBuffer buffer, int index, int lengthBytes) {
            final int slot = buffer.getInt(index);
            final int firstSegment = buffer.getShort(index + 4);
            final int count = buffer.getShort(index + 6);
            sealRun(own, slot, firstSegment, count, buffer.getLong(index + 8));
            done.lazySet(done.getPlain() + 1);
        }

        void submit(int slot, int firstSegment, int count, long firstSequence) {
            message.putInt(0, slot);
            message.putShort(4, (short) firstSegment);
            message.putShort(6, (short) count);
            message.putLong(8, firstSequence);
            while (!ring.write(1, message, 0, DESCRIPTOR_BYTES)) {
                Thread.onSpinWait();
            }
            if (asleep) {
                LockSupport.unpark(thread);
            }
        }

        void close() {
            closing = true;
            LockSupport.unpark(thread);
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            own.destroy();
        }
    }

    /** Starts the workers. */
    @Setup
    public void start() {
        cipher = cipher();
        crew = new Worker[workers];
        for (int i = 0; i < workers; i++) {
            crew[i] = new Worker();
            crew[i].thread.setDaemon(true);
            crew[i].thread.start();
        }
    }

    /** Ends the workers; keys go when none uses them any more. */
    @TearDown
    public void stop() {
        for (final Worker worker : crew) {
            worker.close();
        }
        cipher.destroy();
    }

    /** Seals one super-packet, or hands it out and waits for the one four before. */
    @Benchmark
    public long superPacket() {
        final int slot = (int) (submitted % UNDER_WAY);
        if (workers == 0) {
            sealRun(cipher, slot, 0, SEGMENTS, sequence);
        } else {
            awaitSealed(submitted - UNDER_WAY + 1);
            final int share = (SEGMENTS + workers - 1) / workers;
            for (int i = 0; i < workers; i++) {
                final int from = i * share;
                crew[i].submit(slot, from, Math.min(share, SEGMENTS - from), sequence + from);
            }
        }
        submitted++;
        sequence += SEGMENTS;
        return sealed.getLong(slot * SLOT_BYTES);
    }

    /** Waits until the first super-packets, so many, are sealed by all. */
    private void awaitSealed(long count) {
        for (final Worker worker : crew) {
            while (worker.done.get() < count) {
                Thread.onSpinWait();
            }
        }
    }

    private void sealRun(EspCipher with, int slot, int firstSegment, int count, long first) {
        for (int i = 0; i < count; i++) {
            final int esp = slot * SLOT_BYTES + (firstSegment + i) * STRIDE_BYTES;
            EspLayout.header(sealed, esp, 0x1000, first + i);
            if (!with.seal(
                    first + i,
                    plain,
                    (firstSegment + i) * PLAINTEXT_BYTES,
                    PLAINTEXT_BYTES,
                    sealed,
                    esp)) {
                throw new IllegalStateException("not sealed");
            }
        }
    }

    private EspCipher cipher() {
        final EspSuite suite = EspSuite.aead(Encryption.AES_GCM_16_128);
        return Engines.provider(engine).sealing(suite, SealOpenBenchmark.keys(suite, 1), true);
    }

    private static UnsafeBuffer direct(int bytes) {
        final ByteBuffer memory = BufferUtil.allocateDirectAligned(bytes, 64);
        return new UnsafeBuffer(memory);
    }
}
