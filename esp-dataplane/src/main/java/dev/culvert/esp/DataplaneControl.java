package dev.culvert.esp;

import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** The control plane's hold on the dataplane. */
public interface DataplaneControl {

    /**
     * Hands a command to the agents it concerns. Commands take effect in the order in which one
     * thread submits them, per direction. When a ring is full the caller waits for room; a command
     * is never dropped.
     *
     * @param command the command
     * @return completes once every agent concerned has applied it; fails with {@link
     *     IllegalStateException} when it can't be applied (the message says why) or the dataplane
     *     is closed. The agent's thread completes it: use the {@code …Async} methods for anything
     *     that follows
     */
    CompletableFuture<Void> submit(DataplaneCommand command);

    /**
     * Takes events; for one thread only.
     *
     * @param handler gets each event
     * @param limit at most this many
     * @return how many were taken
     */
    int pollEvents(Consumer<? super DataplaneEvent> handler, int limit);

    /**
     * Sends an IKE message from an ESP port, with the non-ESP marker in front (RFC 3948 2.2).
     * Writes to the socket on the caller's thread.
     *
     * @param local our address and port
     * @param remote the peer's address and port
     * @param message the message
     * @param dscp of the packet, 0 to 63 (RFC 2474)
     * @return false when the socket did not take it (counted; IKE retransmits)
     */
    boolean sendIke(InetSocketAddress local, InetSocketAddress remote, byte[] message, int dscp);

    /**
     * Sends a NAT keep-alive, the single byte 0xFF (RFC 3948 2.3), on the caller's thread.
     *
     * @param local our address and port
     * @param remote the peer's address and port
     * @return false when the socket did not take it
     */
    boolean sendKeepalive(InetSocketAddress local, InetSocketAddress remote);
}
