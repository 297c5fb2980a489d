package dev.culvert.esp.worker;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.agrona.ErrorHandler;

/** The crypto workers of a dataplane. */
public final class WorkerCrew {

    /** Less than this is sealed or opened before a sleeping worker would have woken up. */
    private static final int SMALL_BYTES = 1 << 13;

    private final List<CryptoWorker> workers;
    private final int smallBytes;
    private final ErrorHandler errorHandler;

    /**
     * A crew whose threads are to be started by the caller, after the last {@link #openLane}.
     *
     * @param workers how many; 0 for agents that do everything themselves
     * @param errorHandler gets faults of our own code, from any worker's thread
     */
    public WorkerCrew(int workers, ErrorHandler errorHandler) {
        this(workers, SMALL_BYTES, errorHandler);
    }

    /**
     * A crew with another idea of what is worth a worker.
     *
     * @param smallBytes see {@link #smallBytes()}
     */
    public WorkerCrew(int workers, int smallBytes, ErrorHandler errorHandler) {
        this.smallBytes = smallBytes;
        this.workers =
                IntStream.rangeClosed(1, workers)
                        .mapToObj(place -> new CryptoWorker(place, errorHandler))
                        .toList();
        this.errorHandler = errorHandler;
    }

    /** The workers. */
    public List<CryptoWorker> workers() {
        return workers;
    }

    /** What an agent that has nothing under way does by itself, in bytes; -1 for nothing. */
    public int smallBytes() {
        return smallBytes;
    }

    /** Places that a cipher is needed for: the agent's own, and one for each worker. */
    public int places() {
        return workers.size() + 1;
    }

    /**
     * Opens a way for one agent's jobs.
     *
     * @param jobs makes one; called here only
     * @param wake interrupts the agent's blocking; called by workers
     */
    public <J extends CryptoJob> JobLane<J> openLane(Supplier<J> jobs, Runnable wake) {
        return new JobLane<>(workers, jobs, wake, errorHandler);
    }
}
