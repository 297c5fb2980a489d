package dev.culvert.endpoint.control;

import dev.culvert.ike.EngineInput;
import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.EngineConfig;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.lease.SavedLease;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * The control agent for other threads. Each method returns at once; the future completes on the
 * agent's thread, or at once with an {@link IllegalStateException} when too many commands wait.
 */
public final class ControlProxy {
    private final CommandQueue queue;
    private final EngineHost host;

    ControlProxy(CommandQueue queue, EngineHost host) {
        this.queue = queue;
        this.host = host;
    }

    /** Puts a configuration in force; completes when its policies are. */
    public CompletableFuture<Void> configure(EngineConfig config) {
        return call(engine -> {
            engine.configure(config);
            return null;
        });
    }

    /** Brings back the leases of an earlier run; before the first configuration. */
    public CompletableFuture<Void> restoreLeases(List<SavedLease> leases) {
        return call(engine -> {
            engine.handle(new EngineInput.Command.RestoreLeases(leases));
            return null;
        });
    }

    /** What the engine holds. */
    public CompletableFuture<EngineSnapshot> snapshot() {
        return call(EngineHost::snapshot);
    }

    /**
     * Sets up SAs.
     *
     * @return completes with the reason of a failure, or empty when all are up
     */
    public CompletableFuture<Optional<String>> initiate(
            Optional<String> connection, Optional<String> child) {
        return command(requestId -> new EngineInput.Command.Initiate(requestId, connection, child));
    }

    /**
     * Deletes SAs; at least one filter is present.
     *
     * @return completes with the reason of a failure, or empty when they are gone
     */
    public CompletableFuture<Optional<String>> terminate(
            Optional<String> ike,
            Optional<String> child,
            OptionalInt ikeId,
            OptionalInt childId,
            boolean force) {
        return command(requestId ->
                new EngineInput.Command.Terminate(requestId, ike, child, ikeId, childId, force));
    }

    /**
     * Sends peers to another gateway.
     *
     * @return completes with the reason of a failure, or empty when some are on their way
     */
    public CompletableFuture<Optional<String>> redirect(
            Optional<String> ike,
            OptionalInt ikeId,
            Optional<AddressSpec> peerAddresses,
            Optional<Identity> peerId,
            String gateway) {
        return command(requestId ->
                new EngineInput.Command.Redirect(
                        requestId, ike, ikeId, peerAddresses, peerId, gateway));
    }

    /**
     * Rekeys SAs; at least one filter is present.
     *
     * @param reauth make IKE SAs anew instead
     * @return completes with the reason of a failure, or empty when it has begun
     */
    public CompletableFuture<Optional<String>> rekey(
            Optional<String> ike,
            Optional<String> child,
            OptionalInt ikeId,
            OptionalInt childId,
            boolean reauth) {
        return command(requestId ->
                new EngineInput.Command.Rekey(requestId, ike, child, ikeId, childId, reauth));
    }

    /**
     * Deletes all SAs at their peers.
     *
     * @return completes when they are gone, or the peers were given up
     */
    public CompletableFuture<Optional<String>> shutdown() {
        return command(EngineInput.Command.Shutdown::new);
    }

    private CompletableFuture<Optional<String>> command(
            Function<Long, EngineInput.Command> command) {
        CompletableFuture<Optional<String>> done = new CompletableFuture<>();
        CompletableFuture<Void> submitted =
                call(engine -> {
                    long requestId = engine.newRequest(done::complete);
                    engine.handle(command.apply(requestId));
                    return null;
                });
        return submitted.thenCompose(_ -> done);
    }

    private <T> CompletableFuture<T> call(Function<EngineHost, T> action) {
        CompletableFuture<T> future = new CompletableFuture<>();
        boolean taken =
                queue.offer(() -> {
                    try {
                        future.complete(action.apply(host));
                    } catch (RuntimeException e) {
                        future.completeExceptionally(e);
                    }
                });
        if (!taken) {
            future.completeExceptionally(
                    new IllegalStateException(
                            "the daemon is busy: "
                                    + CommandQueue.CAPACITY
                                    + " commands wait already; try again"));
        }
        return future;
    }
}
