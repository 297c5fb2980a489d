package dev.culvert.esp.agent;

import dev.culvert.esp.worker.JobLane;
import dev.culvert.tun.Poller;
import dev.culvert.tun.WakeUp;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.agrona.concurrent.IdleStrategy;

/**
 * Blocks as soon as there is nothing more to read, until a descriptor is readable, the wake-up is
 * signalled or the agent's next timer is due.
 */
final class PollIdleStrategy implements IdleStrategy {

    /** How often a descriptor that reports an error is asked again at once. */
    private static final int FAULT_CYCLES = 20;

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
    private final Readiness readiness;
    private final int[] fds;
    private final Gate gate;
    private int faultCycles;

    /** Has a say in whether an agent blocks. */
    interface Gate {
        /** False when there is something to do. */
        boolean mayBlock();

        /** After each block. */
        void resume();

        /** Open, or closed while a job is to be taken back. */
        static Gate of(Optional<? extends JobLane<?>> lane) {
            return lane.<Gate>map(LaneGate::new).orElse(new OpenGate());
        }
    }

    private record LaneGate(JobLane<?> lane) implements Gate {
        @Override
        public boolean mayBlock() {
            return lane.mayBlock();
        }

        @Override
        public void resume() {
            lane.resume();
        }
    }

    private record OpenGate() implements Gate {
        @Override
        public boolean mayBlock() {
            return true;
        }

        @Override
        public void resume() {
            // Nobody was told.
        }
    }

    /**
     * Waits for the given descriptors and the wake-up.
     *
     * @param fds descriptors to read from; negative ones (of ports without a descriptor) are
     *     ignored
     * @param wake drained after each block
     * @param maxBlockNs asked before each block
     * @param faulty asked before each block: true when a descriptor only reports an error
     * @param readiness of these descriptors, by their index
     * @param gate asked before each block
     */
    PollIdleStrategy(
            int[] fds,
            WakeUp wake,
            LongSupplier maxBlockNs,
            BooleanSupplier faulty,
            Readiness readiness,
            Gate gate) {
        this.gate = gate;
        this.fds = fds.clone();
        this.readiness = readiness;
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
        readiness.usePoll();
    }

    /** What the agent did does not matter, only what is left. */
    @Override
    public void idle(int workCount) {
        idle();
    }

    @Override
    public void idle() {
        if (!readiness.takeDue() && gate.mayBlock()) {
            blockOrRetry();
            gate.resume();
        }
    }

    private void blockOrRetry() {
        if (!faulty.getAsBoolean()) {
            faultCycles = 0;
            block();
        } else if (faultCycles < FAULT_CYCLES) {
            faultCycles++;
            readiness.all();
            Thread.onSpinWait();
        } else {
            faultCycles = 0;
            wakeOnly.poll(Math.min(FAULT_BLOCK_NS, maxBlockNs.getAsLong()));
            wake.drain();
            readiness.all();
        }
    }

    private void block() {
        final int found = poller.poll(maxBlockNs.getAsLong());
        readiness.woken();
        if (poller.isReadable(wakeIndex)) {
            wake.drain();
        }
        for (int i = 0; i < fds.length; i++) {
            readiness.set(i, found <= 0 || fds[i] < 0 || poller.isReadable(wakeIndex + 1 + i));
        }
    }

    @Override
    public void reset() {
        faultCycles = 0;
    }

    @Override
    public String alias() {
        return "poll";
    }
}
