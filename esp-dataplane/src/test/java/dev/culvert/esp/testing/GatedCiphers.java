package dev.culvert.esp.testing;

import dev.culvert.esp.EspKeys;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.crypto.EspCipher;
import dev.culvert.esp.crypto.EspCipherProvider;
import dev.culvert.esp.crypto.JdkCipherProvider;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The JDK's ciphers, which a test holds up and lets fail. By place: 0 for what is not on a worker's
 * thread, else the worker's number.
 */
public final class GatedCiphers implements Supplier<EspCipherProvider> {

    private final Map<Integer, CountDownLatch> gates = new ConcurrentHashMap<>();
    private final Map<Integer, AtomicInteger> sealed = new ConcurrentHashMap<>();
    private final Map<Integer, AtomicInteger> opened = new ConcurrentHashMap<>();
    private final AtomicInteger destroyed = new AtomicInteger();
    private final AtomicInteger usedAfterDestroy = new AtomicInteger();
    private volatile long failing;
    private volatile long refused;
    private volatile int delayNs;

    @Override
    public EspCipherProvider get() {
        return new Provider(new JdkCipherProvider(new SecureRandom()));
    }

    /** Whatever comes to a worker waits. */
    public void closeGate(int place) {
        gates.put(place, new CountDownLatch(1));
    }

    public void openGates() {
        gates.values().forEach(CountDownLatch::countDown);
    }

    /** Each packet takes up to so long. */
    public void delayUpTo(int ns) {
        delayNs = ns;
    }

    /** Sealing this number throws. */
    public void failAt(long sequence) {
        failing = sequence;
    }

    /** Sealing this number fails. */
    public void refuse(long sequence) {
        refused = sequence;
    }

    public int sealed(int place) {
        return sealed.getOrDefault(place, new AtomicInteger()).get();
    }

    public int opened(int place) {
        return opened.getOrDefault(place, new AtomicInteger()).get();
    }

    public int destroyed() {
        return destroyed.get();
    }

    public int usedAfterDestroy() {
        return usedAfterDestroy.get();
    }

    private static int place() {
        final String name = Thread.currentThread().getName();
        return name.startsWith("esp-worker-")
                ? Integer.parseInt(name.substring("esp-worker-".length()))
                : 0;
    }

    private void pass(int place) {
        final CountDownLatch gate = gates.get(place);
        try {
            if (gate != null) {
                gate.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (delayNs > 0 && place > 0) {
            final int ns = ThreadLocalRandom.current().nextInt(delayNs);
            if (ns > delayNs / 2) {
                LockSupport.parkNanos(ns);
            }
        }
    }

    private final class Provider implements EspCipherProvider {
        private final EspCipherProvider real;

        Provider(EspCipherProvider real) {
            this.real = real;
        }

        @Override
        public String name() {
            return "gated";
        }

        @Override
        public EspCipher sealing(EspSuite suite, EspKeys keys, boolean esn) {
            return new GatedCipher(real.sealing(suite, keys, esn));
        }

        @Override
        public EspCipher opening(EspSuite suite, EspKeys keys, boolean esn) {
            return new GatedCipher(real.opening(suite, keys, esn));
        }
    }

    private final class GatedCipher implements EspCipher {
        private final EspCipher real;
        private volatile boolean gone;

        GatedCipher(EspCipher real) {
            this.real = real;
        }

        @Override
        public boolean seal(
                long sequence,
                UnsafeBuffer source,
                int sourceOffset,
                int plaintextBytes,
                UnsafeBuffer esp,
                int espOffset) {
            final int place = place();
            pass(place);
            if (gone) {
                usedAfterDestroy.incrementAndGet();
            }
            if (sequence == failing) {
                throw new IllegalStateException("as the test wants it");
            }
            final boolean done =
                    sequence != refused
                            && real.seal(
                                    sequence, source, sourceOffset, plaintextBytes, esp, espOffset);
            sealed.computeIfAbsent(place, key -> new AtomicInteger()).incrementAndGet();
            return done;
        }

        @Override
        public boolean open(
                long sequence,
                UnsafeBuffer esp,
                int espOffset,
                int espBytes,
                UnsafeBuffer target,
                int targetOffset) {
            final int place = place();
            pass(place);
            if (gone) {
                usedAfterDestroy.incrementAndGet();
            }
            opened.computeIfAbsent(place, key -> new AtomicInteger()).incrementAndGet();
            return real.open(sequence, esp, espOffset, espBytes, target, targetOffset);
        }

        @Override
        public void destroy() {
            gone = true;
            destroyed.incrementAndGet();
            real.destroy();
        }
    }
}
