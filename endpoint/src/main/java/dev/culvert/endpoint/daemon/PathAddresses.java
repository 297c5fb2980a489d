package dev.culvert.endpoint.daemon;

import dev.culvert.endpoint.dataplane.HostNetwork;
import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.InterfaceAddress;
import java.net.InetAddress;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;

/**
 * The addresses of this host that IKE and ESP can be sent from: of global scope, usable, and not on
 * the TUN interface; those on the loopback interface, which leads nowhere, last.
 *
 * @param network of the host
 * @param tunIndex the TUN interface
 * @param families address families that there are sockets for
 * @param listen addresses that the sockets are bound to; empty or unspecified ones: to all
 */
record PathAddresses(
        HostNetwork network,
        int tunIndex,
        Collection<AddressFamily> families,
        Collection<InetAddress> listen)
        implements Supplier<List<InetAddress>> {
    private static final int SCOPE_GLOBAL = 0;

    /** The first interface of every network namespace. */
    private static final int LOOPBACK_INDEX = 1;

    @Override
    public List<InetAddress> get() {
        return network.addresses().stream()
                .filter(address -> address.linkIndex() != tunIndex)
                .filter(address -> address.scope() == SCOPE_GLOBAL && address.isUsable())
                .filter(address -> families.contains(address.family()))
                .sorted(Comparator.comparing(address -> address.linkIndex() == LOOPBACK_INDEX))
                .map(InterfaceAddress::address)
                .filter(this::isListenedAt)
                .distinct()
                .toList();
    }

    private boolean isListenedAt(InetAddress address) {
        return listen.isEmpty()
                || listen.contains(address)
                || listen.stream()
                        .anyMatch(bound ->
                                bound.isAnyLocalAddress()
                                        && AddressFamily.of(bound) == AddressFamily.of(address));
    }
}
