package dev.culvert.esp.worker;

import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.agrona.ErrorHandler;

/**
 * One agent's jobs: a fixed number of them, handed to the workers in turn and taken back in the
 * order in which they were handed over. For the agent's thread only. A worker whose ring is full is
 * passed over; when all are, the agent does the job itself, so nothing is ever dropped here.
 *
 * @param <J> the agent's kind of job
 */
public final class JobLane<J extends CryptoJob> {

    /** Jobs that wait in one worker's ring, besides the one in hand. */
    private static final int RING_SLOTS = 2;

    /** One that the agent fills, and one that it does itself. */
    private static final int JOBS_OF_THE_AGENT = 2;

    private static final int SPINS = 500;
    private static final long LONGEST_PARK_NS = 10_000_000;

    /** What the agent does, as workers see it: goes on, waits in poll, or waits for a job. */
    private enum Waiting {
        NO,
        POLL,
        PARK
    }

    private final List<CryptoWorker> workers;
    private final List<CryptoWorker.Ring> rings = new ArrayList<>();
    private final ErrorHandler errorHandler;
    private final Runnable wake;
    private final List<J> free = new ArrayList<>();
    private final List<J> underWay = new ArrayList<>();
    private final int jobs;
    private int head;
    private int count;
    private int nextWorker;
    private Thread agent = Thread.currentThread();
    private volatile Waiting waiting = Waiting.NO;

    JobLane(
            List<CryptoWorker> workers,
            Supplier<J> newJob,
            Runnable wake,
            ErrorHandler errorHandler) {
        this.workers = workers;
        this.wake = wake;
        this.errorHandler = errorHandler;
        jobs = workers.size() * (RING_SLOTS + 1) + JOBS_OF_THE_AGENT;
        for (int i = 0; i < jobs; i++) {
            final J job = newJob.get();
            free.add(job);
            underWay.add(job);
        }
        for (final CryptoWorker worker : workers) {
            rings.add(worker.openRing(RING_SLOTS, this));
        }
    }

    /** How many jobs there are. */
    public int jobs() {
        return jobs;
    }

    /** True when {@link #takeFree} may be called. */
    public boolean hasFree() {
        return !free.isEmpty();
    }

    /** The free job that was used last, whose memory is most likely in a cache. */
    public J takeFree() {
        return free.removeLast();
    }

    /** Makes a job free. */
    public void recycle(J job) {
        free.add(job);
    }

    /**
     * Hands a job over, or does it.
     *
     * @return true when a worker has it
     */
    public boolean submit(J job) {
        job.begin();
        underWay.set((head + count) % jobs, job);
        count++;
        for (int tries = 0; tries < workers.size(); tries++) {
            final int worker = nextWorker;
            nextWorker = worker + 1 == workers.size() ? 0 : worker + 1;
            if (rings.get(worker).offer(job)) {
                VarHandle.fullFence();
                workers.get(worker).wake();
                return true;
            }
        }
        job.run(0, errorHandler);
        return false;
    }

    /** Does a job that was not handed over. */
    public void runHere(J job) {
        job.begin();
        job.run(0, errorHandler);
    }

    /** How many jobs were handed over and not taken back. */
    public int underWay() {
        return count;
    }

    /** True when the oldest job that is under way is done. */
    public boolean isHeadDone() {
        return count > 0 && underWay.get(head).isDone();
    }

    /** Takes back the oldest job, which is done. */
    public J takeHead() {
        final J job = underWay.get(head);
        head = head + 1 == jobs ? 0 : head + 1;
        count--;
        return job;
    }

    /** Waits until the oldest job, of at least one that is under way, is done. */
    public void awaitHead() {
        if (isDoneSoon()) {
            return;
        }
        agent = Thread.currentThread();
        waiting = Waiting.PARK;
        while (!isHeadDone()) {
            LockSupport.parkNanos(this, LONGEST_PARK_NS);
        }
        waiting = Waiting.NO;
    }

    /**
     * Announces that the agent is about to block.
     *
     * @return false when it must not, since there is a job to take back; else {@link #resume} is to
     *     be called afterwards
     */
    public boolean mayBlock() {
        if (count == 0) {
            return true;
        }
        if (isDoneSoon()) {
            return false;
        }
        waiting = Waiting.POLL;
        if (isHeadDone()) {
            waiting = Waiting.NO;
            return false;
        }
        return true;
    }

    /** The agent no longer blocks. */
    public void resume() {
        if (waiting != Waiting.NO) {
            waiting = Waiting.NO;
        }
    }

    private boolean isDoneSoon() {
        for (int i = 0; i < SPINS; i++) {
            if (isHeadDone()) {
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }

    /** After a job was done; for workers. */
    void onDone() {
        switch (waiting) {
            case NO -> {}
            case POLL -> wake.run();
            case PARK -> LockSupport.unpark(agent);
        }
    }
}
