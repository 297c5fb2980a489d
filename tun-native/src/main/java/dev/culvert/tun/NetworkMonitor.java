package dev.culvert.tun;

import java.util.function.Consumer;

/**
 * A subscription to changes of interfaces, addresses and routes. Belongs to one thread. Changes
 * made through {@link RtNetlink} are reported too.
 */
public final class NetworkMonitor implements AutoCloseable {
    private NetworkMonitor() {}

    /**
     * Subscribes; changes from now on are queued by the kernel.
     *
     * @throws SystemCallException if the kernel refuses
     */
    public static NetworkMonitor open() throws SystemCallException {
        return new NetworkMonitor();
    }

    /** The descriptor, for a {@link Poller}. */
    public int fd() {
        return -1;
    }

    /**
     * Hands over all changes that wait; never blocks.
     *
     * @return number of changes
     */
    public int drain(Consumer<NetworkChange> consumer) throws SystemCallException {
        return -1;
    }

    @Override
    public void close() {}
}
