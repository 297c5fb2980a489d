package dev.culvert.endpoint.route;

import dev.culvert.ike.ts.TrafficSelector;
import dev.culvert.ike.wire.IpAddress;
import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.InterfaceAddress;
import dev.culvert.tun.IpPrefix;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Turns traffic selectors into routes. */
public final class RoutePlanner {
    private static final int SCOPE_GLOBAL = 0;

    private RoutePlanner() {}

    /**
     * The routes that lead to the remote selectors.
     *
     * @param local this side's selectors; an address of the host that is in one of them becomes the
     *     routes' source address
     * @param remote the peer's selectors
     * @param hostAddresses all addresses of the host
     * @return one for each prefix, without duplicates; none for a family that has no local selector
     */
    public static List<TunnelRoute> routes(
            List<TrafficSelector> local,
            List<TrafficSelector> remote,
            List<InterfaceAddress> hostAddresses) {
        Set<IpPrefix> prefixes = new LinkedHashSet<>();
        for (TrafficSelector selector : remote) {
            if (local.stream().anyMatch(l -> l.version() == selector.version())) {
                prefixes.addAll(prefixes(selector));
            }
        }
        List<TunnelRoute> routes = new ArrayList<>();
        for (IpPrefix prefix : prefixes) {
            routes.add(
                    new TunnelRoute(prefix, sourceAddress(local, prefix.family(), hostAddresses)));
        }
        return routes;
    }

    /** The prefixes that together are a selector's address range. */
    public static List<IpPrefix> prefixes(TrafficSelector selector) {
        return selector.toPrefixes().stream()
                .map(p -> new IpPrefix(p.address().toInetAddress(), p.prefixBits()))
                .toList();
    }

    /**
     * The address of this host that its own packets into the tunnel should carry: one that is
     * inside the local selectors, on whatever interface, so that they match the policy.
     *
     * @return empty when the host has none, as on a gateway that only forwards
     */
    public static Optional<InetAddress> sourceAddress(
            List<TrafficSelector> local,
            AddressFamily family,
            List<InterfaceAddress> hostAddresses) {
        return hostAddresses.stream()
                .filter(a -> a.family() == family && a.isUsable())
                .filter(a -> a.scope() == SCOPE_GLOBAL && !a.address().isLoopbackAddress())
                .filter(a -> isInside(local, a.address()))
                .max(Comparator.comparingInt(a -> narrowest(local, a.address())))
                .map(InterfaceAddress::address);
    }

    private static boolean isInside(List<TrafficSelector> local, InetAddress address) {
        IpAddress ip = IpAddress.of(address);
        return local.stream().anyMatch(selector -> selector.containsAddress(ip));
    }

    /**
     * How narrow the narrowest selector around an address is: the number of bits that are fixed.
     */
    private static int narrowest(List<TrafficSelector> local, InetAddress address) {
        IpAddress ip = IpAddress.of(address);
        return local.stream()
                .filter(selector -> selector.containsAddress(ip))
                .mapToInt(RoutePlanner::commonBits)
                .max()
                .orElse(0);
    }

    private static int commonBits(TrafficSelector selector) {
        int width = selector.start().widthBits();
        int bits = width;
        while (bits > 0
                && !selector.start().networkStart(bits).equals(selector.end().networkStart(bits))) {
            bits--;
        }
        return bits;
    }
}
