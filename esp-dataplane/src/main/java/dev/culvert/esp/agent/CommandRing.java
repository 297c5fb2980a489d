package dev.culvert.esp.agent;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * Commands on their way to one agent. When the ring is full the sender waits: a command is never
 * dropped.
 *
 * @param <C> the commands of that agent
 */
public final class CommandRing<C> {

    private static final long FULL_PARK_NS = 100_000;

    private final ManyToOneConcurrentArrayQueue<Envelope<C>> queue;
    private final Runnable wake;
    private volatile boolean closed;

    private record Envelope<C>(C command, CompletableFuture<Void> applied) {}

    /**
     * An empty ring.
     *
     * @param slots room for commands
     * @param wake wakes the agent
     */
    public CommandRing(int slots, Runnable wake) {
        queue = new ManyToOneConcurrentArrayQueue<>(slots);
        this.wake = wake;
    }

    /**
     * Hands a command over. Any thread but the agent's.
     *
     * @return completes on the agent's thread once the command was applied
     */
    public CompletableFuture<Void> submit(C command) {
        final Envelope<C> envelope = new Envelope<>(command, new CompletableFuture<>());
        while (!closed && !queue.offer(envelope)) {
            wake.run();
            LockSupport.parkNanos(FULL_PARK_NS);
        }
        if (closed) {
            fail(envelope, new IllegalStateException("the dataplane is closed"));
        } else {
            wake.run();
        }
        return envelope.applied;
    }

    /** Applies waiting commands. For the agent. */
    int drain(Consumer<? super C> handler, int limit) {
        int taken = 0;
        while (taken < limit) {
            final Envelope<C> envelope = queue.poll();
            if (envelope == null) {
                break;
            }
            apply(envelope, handler);
            taken++;
        }
        return taken;
    }

    /** Refuses further commands and fails those that wait. For the agent, or after it ended. */
    public void close() {
        closed = true;
        Envelope<C> envelope = queue.poll();
        while (envelope != null) {
            fail(envelope, new IllegalStateException("the dataplane is closed"));
            envelope = queue.poll();
        }
    }

    private static <C> void apply(Envelope<C> envelope, Consumer<? super C> handler) {
        try {
            handler.accept(envelope.command);
            envelope.applied.complete(null);
        } catch (IllegalStateException e) {
            fail(envelope, e);
        } catch (RuntimeException e) {
            fail(envelope, new IllegalStateException("the command failed: " + e.getMessage(), e));
        }
    }

    private static <C> void fail(Envelope<C> envelope, IllegalStateException e) {
        envelope.applied.completeExceptionally(e);
    }
}
