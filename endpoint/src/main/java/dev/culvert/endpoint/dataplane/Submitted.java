package dev.culvert.endpoint.dataplane;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for the effect of a dataplane command. */
final class Submitted {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.esp");
    private static final long LIMIT_MS = 2000;

    private Submitted() {}

    /**
     * Waits until the agents have applied a command.
     *
     * @param future what submitting it gave
     * @param what the command was about, for the log
     * @return whether it took effect
     */
    static boolean await(CompletableFuture<Void> future, String what) {
        try {
            future.get(LIMIT_MS, TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException e) {
            LOG.error("{} failed: {}", what, e.getCause().getMessage());
        } catch (TimeoutException e) {
            LOG.error("{}: the dataplane did not answer within {} ms", what, LIMIT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }
}
