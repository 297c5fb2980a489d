package dev.culvert.esp.agent;

import dev.culvert.tun.Poller;
import dev.culvert.tun.WakeUp;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.agrona.concurrent.IdleStrategy;

/**
 * Spins for some duty cycles without work, then blocks until a descriptor is readable, the wake-up
 * is signalled or the agent's next timer is due.
 */
final class PollIdleStrategy implements IdleStrategy {

    /**
     * A duty cycle without work costs about a microsecond of system calls, so this is well below a
     * scheduling delay.
     */
    private static final int SPINS = 20;

    /**
     * How long a descriptor that reports an error is left alone, since polling it would not block.
     */
    private static final long FAULT_BLOCK_NS = 100_000_000;

    private final Poller poller;
    private final Poller wakeOnly;
    private final int wakeIndex;
    private final WakeUp wake;
    private final LongSupplier maxBlockNs;
    private final BooleanSupplier faulty;
    private int spins;

    /**
     * Waits for the given descriptors and the wake-up.
     *
     * @param fds descriptors to read from; negative ones (of ports without a descriptor) are
     *     ignored
     * @param wake drained after each block
     * @param maxBlockNs asked before each block
     * @param faulty asked before each block: true when a descriptor only reports an error
     */
    PollIdleStrategy(int[] fds, WakeUp wake, LongSupplier maxBlockNs, BooleanSupplier faulty) {
        this.wake = wake;
        this.maxBlockNs = maxBlockNs;
        this.faulty = faulty;
        poller = new Poller(fds.length + 1);
        wakeIndex = poller.add(wake.fd(), Poller.READABLE);
        for (final int fd : fds) {
            poller.add(fd, Poller.READABLE);
        }
        wakeOnly = new Poller(1);
        wakeOnly.add(wake.fd(), Poller.READABLE);
    }

    @Override
    public void idle(int workCount) {
        if (workCount > 0) {
            reset();
        } else {
            idle();
        }
    }

    @Override
    public void idle() {
        if (spins < SPINS) {
            spins++;
            Thread.onSpinWait();
            return;
        }
        if (faulty.getAsBoolean()) {
            wakeOnly.poll(Math.min(FAULT_BLOCK_NS, maxBlockNs.getAsLong()));
            wake.drain();
        } else {
            poller.poll(maxBlockNs.getAsLong());
            if (poller.isReadable(wakeIndex)) {
                wake.drain();
            }
        }
        spins = 0;
    }

    @Override
    public void reset() {
        spins = 0;
    }

    @Override
    public String alias() {
        return "poll";
    }
}
