package dev.culvert.esp.agent;

import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.UdpPort;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.OptionalInt;

/** Finds the UDP port that sends from an address. */
public final class PortChoice {

    private PortChoice() {}

    /**
     * The port with the address's family and port number: one bound to just that address before one
     * bound to the wildcard address before any other.
     *
     * @param ports the ports
     * @param local our address
     * @return its place in the list, or empty
     */
    public static OptionalInt indexOf(List<UdpPort> ports, InetSocketAddress local) {
        final AddressFamily family = AddressFamily.of(local.getAddress());
        OptionalInt best = OptionalInt.empty();
        int bestRank = Integer.MAX_VALUE;
        for (int i = 0; i < ports.size(); i++) {
            final InetSocketAddress bound = ports.get(i).localAddress();
            if (ports.get(i).family() == family && bound.getPort() == local.getPort()) {
                final int rank = rank(bound, local);
                if (rank < bestRank) {
                    best = OptionalInt.of(i);
                    bestRank = rank;
                }
            }
        }
        return best;
    }

    private static int rank(InetSocketAddress bound, InetSocketAddress local) {
        if (bound.getAddress().equals(local.getAddress())) {
            return 0;
        }
        return bound.getAddress().isAnyLocalAddress() ? 1 : 2;
    }
}
