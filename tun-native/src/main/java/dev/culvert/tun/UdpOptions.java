package dev.culvert.tun;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * How to open a UDP socket. An IPv6 socket carries IPv6 only: open a second one for IPv4.
 *
 * @param bindAddress address (or the wildcard) and port (0: the kernel chooses)
 * @param mark {@code SO_MARK} for all that leaves, for policy rules; 0 for none; else needs
 *     CAP_NET_ADMIN or CAP_NET_RAW
 * @param receiveBufferBytes wanted kernel receive buffer, 0 to leave the default; the host's {@code
 *     net.core.rmem_max} is exceeded if CAP_NET_ADMIN allows
 * @param sendBufferBytes same for the send buffer
 * @param pathMtuDiscovery what happens to datagrams larger than the path
 */
public record UdpOptions(
        InetSocketAddress bindAddress,
        int mark,
        int receiveBufferBytes,
        int sendBufferBytes,
        PathMtuDiscovery pathMtuDiscovery) {

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if the address is unresolved or a size is negative
     */
    public UdpOptions {
        if (bindAddress.isUnresolved()) {
            throw new IllegalArgumentException(
                    "bind address must be an IP address: " + bindAddress);
        }
        if (receiveBufferBytes < 0 || sendBufferBytes < 0) {
            throw new IllegalArgumentException("buffer sizes must not be negative");
        }
    }

    /** No mark, the kernel's buffer sizes, fragmenting to the path MTU. */
    public static UdpOptions boundTo(InetAddress address, int port) {
        return new UdpOptions(
                new InetSocketAddress(address, port),
                0,
                0,
                0,
                PathMtuDiscovery.FRAGMENT_TO_PATH_MTU);
    }

    public UdpOptions withMark(int newMark) {
        return new UdpOptions(
                bindAddress, newMark, receiveBufferBytes, sendBufferBytes, pathMtuDiscovery);
    }

    public UdpOptions withBufferBytes(int newReceiveBufferBytes, int newSendBufferBytes) {
        return new UdpOptions(
                bindAddress, mark, newReceiveBufferBytes, newSendBufferBytes, pathMtuDiscovery);
    }

    public UdpOptions withPathMtuDiscovery(PathMtuDiscovery newPathMtuDiscovery) {
        return new UdpOptions(
                bindAddress, mark, receiveBufferBytes, sendBufferBytes, newPathMtuDiscovery);
    }

    public AddressFamily family() {
        return AddressFamily.of(bindAddress.getAddress());
    }
}
