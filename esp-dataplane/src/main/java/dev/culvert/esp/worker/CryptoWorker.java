package dev.culvert.esp.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;

/** Does jobs, one after the other, a ring for each agent in turn. Owns only the job in hand. */
public final class CryptoWorker implements Agent {

    /**
     * Turns without work before it sleeps: some microseconds, which is less than a thread needs to
     * wake up, and little enough to leave the processor to others.
     */
    private static final int SPINS = 200;

    private final int place;
    private final ErrorHandler errorHandler;
    private final List<Ring> rings = new ArrayList<>();
    private volatile boolean asleep;
    private volatile boolean closing;
    private volatile Thread thread = Thread.currentThread();

    /** Jobs of one agent, on their way. */
    static final class Ring {
        private final OneToOneConcurrentArrayQueue<CryptoJob> jobs;
        private final JobLane<?> lane;

        Ring(int slots, JobLane<?> lane) {
            jobs = new OneToOneConcurrentArrayQueue<>(slots);
            this.lane = lane;
        }

        boolean offer(CryptoJob job) {
            return jobs.offer(job);
        }
    }

    CryptoWorker(int place, ErrorHandler errorHandler) {
        this.place = place;
        this.errorHandler = errorHandler;
    }

    /** Adds a ring; before the worker's thread starts. */
    Ring openRing(int slots, JobLane<?> lane) {
        final Ring ring = new Ring(slots, lane);
        rings.add(ring);
        return ring;
    }

    @Override
    public String roleName() {
        return "esp-worker-" + place;
    }

    @Override
    public void onStart() {
        thread = Thread.currentThread();
    }

    @Override
    public int doWork() {
        int work = 0;
        for (int i = 0; i < rings.size(); i++) {
            final Ring ring = rings.get(i);
            final CryptoJob job = ring.jobs.poll();
            if (job != null) {
                job.run(place, errorHandler);
                ring.lane.onDone();
                work++;
            }
        }
        // Only without work: an agent may wait for a job that was handed over before.
        if (work == 0 && closing) {
            throw new AgentTerminationException();
        }
        return work;
    }

    /** Ends the worker when it has nothing left to do. Any thread; once its agents have ended. */
    public void requestClose() {
        closing = true;
        LockSupport.unpark(thread);
    }

    /** Sleeps when there is nothing to do, until {@link #wake}. */
    public IdleStrategy idleStrategy() {
        return new Sleep();
    }

    /** To be called after a job was put into a ring, with a full fence in between. */
    void wake() {
        if (asleep) {
            LockSupport.unpark(thread);
        }
    }

    private boolean hasWork() {
        for (int i = 0; i < rings.size(); i++) {
            if (!rings.get(i).jobs.isEmpty()) {
                return true;
            }
        }
        return closing;
    }

    private final class Sleep implements IdleStrategy {
        private int spins;

        @Override
        public void idle(int workCount) {
            if (workCount > 0) {
                spins = 0;
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
            // Says so first and looks again then, so that no job comes unnoticed in between.
            asleep = true;
            if (!hasWork()) {
                LockSupport.park(CryptoWorker.this);
            }
            asleep = false;
            spins = 0;
        }

        @Override
        public void reset() {
            spins = 0;
        }

        @Override
        public String alias() {
            return "sleep";
        }
    }
}
