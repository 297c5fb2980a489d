package dev.culvert.tun;

import static dev.culvert.tun.NetlinkDescriptor.*;

import java.util.Optional;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;

/**
 * A subscription to changes of interfaces, addresses and routes. Belongs to one thread. Changes
 * made through {@link RtNetlink} are reported too.
 */
public final class NetworkMonitor implements AutoCloseable {
    private static final int GROUPS =
            GROUP_LINK
                    | GROUP_IPV4_ADDRESS
                    | GROUP_IPV6_ADDRESS
                    | GROUP_IPV4_ROUTE
                    | GROUP_IPV6_ROUTE;

    /** Lets others have their turn when changes come faster than they are read. */
    private static final int MAX_DATAGRAMS_PER_DRAIN = 64;

    private final NetlinkSocket socket;

    private NetworkMonitor(NetlinkSocket socket) {
        this.socket = socket;
    }

    /**
     * Subscribes; changes from now on are queued by the kernel.
     *
     * @throws SystemCallException if the kernel refuses
     */
    public static NetworkMonitor open() throws SystemCallException {
        return new NetworkMonitor(NetlinkSocket.open(GROUPS, false));
    }

    /** The descriptor, for a {@link Poller}. */
    public int fd() {
        return socket.fd();
    }

    /**
     * Hands over changes that wait, up to a bound; never blocks. When more wait, {@link #fd()}
     * stays readable.
     *
     * @return number of changes
     * @throws SystemCallException if the socket fails
     */
    public int drain(Consumer<NetworkChange> consumer) throws SystemCallException {
        int[] changes = new int[1];
        Consumer<NetworkChange> counting =
                change -> {
                    changes[0]++;
                    consumer.accept(change);
                };
        for (int i = 0; i < MAX_DATAGRAMS_PER_DRAIN; i++) {
            int received = socket.receive();
            if (received == 0) {
                break;
            }
            if (received == -Errno.ENOBUFS) {
                counting.accept(new NetworkChange.Overrun());
            } else if (received < 0) {
                throw Checks.failed("recv(AF_NETLINK)", -received);
            } else {
                socket.forEachMessage((type, flags, offset, end) ->
                        decode(socket.response(), type, offset, end).ifPresent(counting));
            }
        }
        return changes[0];
    }

    @Override
    public void close() {
        socket.close();
    }

    private static Optional<NetworkChange> decode(
            DirectBuffer buffer, int type, int offset, int end) {
        return switch (type) {
            case RTM_NEWLINK ->
                    LinkCodec.decode(buffer, offset, end).map(NetworkChange.LinkChanged::new);
            case RTM_DELLINK ->
                    LinkCodec.decode(buffer, offset, end).map(NetworkChange.LinkRemoved::new);
            case RTM_NEWADDR ->
                    AddressCodec.decode(buffer, offset, end).map(NetworkChange.AddressChanged::new);
            case RTM_DELADDR ->
                    AddressCodec.decode(buffer, offset, end).map(NetworkChange.AddressRemoved::new);
            case RTM_NEWROUTE ->
                    RouteCodec.decode(buffer, offset, end).map(NetworkChange.RouteChanged::new);
            case RTM_DELROUTE ->
                    RouteCodec.decode(buffer, offset, end).map(NetworkChange.RouteRemoved::new);
            default -> Optional.empty();
        };
    }
}
