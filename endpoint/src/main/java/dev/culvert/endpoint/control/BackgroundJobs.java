package dev.culvert.endpoint.control;

import dev.culvert.ike.CryptoJob;
import dev.culvert.ike.CryptoResult;
import dev.culvert.ike.EngineInput;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the engine's slow work on virtual threads and keeps the results for the control agent. How
 * much can be under way is bounded by the engine: each of its IKE SAs waits for one job at a time,
 * and the number of half-open ones is limited.
 */
final class BackgroundJobs implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.ike");

    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("ike-job-", 0).factory());
    private final ConcurrentLinkedQueue<EngineInput> results = new ConcurrentLinkedQueue<>();
    private final Runnable wakeUp;

    /**
     * @param wakeUp called from any thread when a result is there
     */
    BackgroundJobs(Runnable wakeUp) {
        this.wakeUp = wakeUp;
    }

    /** Starts a job of the engine. */
    void start(long jobId, CryptoJob job) {
        threads.execute(() -> {
            try {
                CryptoResult result = job.run();
                deliver(new EngineInput.CryptoDone(jobId, result));
            } catch (RuntimeException | Error e) {
                // The exchange that waits for it ends by its timer.
                LOG.error("a job of the IKE engine failed: {}", e.toString(), e);
            }
        });
    }

    /** Looks up a name. */
    void resolve(long jobId, String name) {
        threads.execute(() -> deliver(new EngineInput.NameResolved(jobId, lookUp(name))));
    }

    /** Hands over what is done, to the control agent. */
    int drain(Consumer<EngineInput> consumer, int limit) {
        int count = 0;
        while (count < limit) {
            EngineInput result = results.poll();
            if (result == null) {
                break;
            }
            consumer.accept(result);
            count++;
        }
        return count;
    }

    /** Lets running jobs end by themselves; nobody waits for their results. */
    @Override
    public void close() {
        threads.shutdownNow();
    }

    private void deliver(EngineInput result) {
        results.add(result);
        wakeUp.run();
    }

    private static List<InetAddress> lookUp(String name) {
        try {
            return List.of(InetAddress.getAllByName(name));
        } catch (UnknownHostException e) {
            LOG.debug("{} has no address: {}", name, e.getMessage());
            return List.of();
        }
    }
}
