package dev.culvert.esp.worker;

import org.agrona.ErrorHandler;

/**
 * Packets that one thread seals or opens, with the memory for it. Belongs to its agent until it is
 * handed over with {@link JobLane#submit}, and again from when {@link JobLane#takeHead} gave it
 * back; in between nobody but the worker touches it.
 */
public abstract class CryptoJob {

    private boolean faulty;
    private volatile boolean done;

    /** A job that was not done. */
    protected CryptoJob() {}

    /**
     * Does what the job is for. What an agent may change meanwhile is not to be looked at.
     *
     * @param place of the thread: 0 for the agent itself, 1 to N for the workers. Ciphers belong to
     *     one place each
     */
    protected abstract void work(int place);

    /** True when {@link #work} ended with an exception. */
    public final boolean isFaulty() {
        return faulty;
    }

    final void begin() {
        faulty = false;
        done = false;
    }

    final void run(int place, ErrorHandler errorHandler) {
        try {
            work(place);
        } catch (RuntimeException | Error e) {
            faulty = true;
            errorHandler.onError(e);
        } finally {
            // Whatever happened: the agent waits for it.
            done = true;
        }
    }

    final boolean isDone() {
        return done;
    }
}
