package dev.culvert.endpoint.dataplane;

import dev.culvert.endpoint.assign.TunAddresses;
import dev.culvert.endpoint.route.ClearPolicy;
import dev.culvert.endpoint.route.RouteBook;
import dev.culvert.endpoint.route.TunnelRoute;
import dev.culvert.tun.InterfaceAddress;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A host with one address, and a routing table that only remembers. */
public final class FakeHost implements HostNetwork, RouteBook, TunAddresses {
    /** What each owner wants. */
    public final Map<Object, List<String>> routes = new LinkedHashMap<>();

    /** Whether the routes of each owner are guarded. */
    public final Map<Object, Boolean> guards = new LinkedHashMap<>();

    /** What was put on the TUN interface. */
    public final List<InetAddress> assigned = new ArrayList<>();

    /** The last clear policies. */
    public List<ClearPolicy> clearPolicies = List.of();

    /** Path MTU to everywhere. */
    public int pathMtuBytes = 1500;

    /** What the TUN interface was set to last; 0 for never. */
    public int tunMtuBytes;

    @Override
    public List<InterfaceAddress> addresses() {
        return List.of(InterfaceAddress.of(2, InetAddress.ofLiteral("192.0.2.1"), 24));
    }

    @Override
    public Optional<InetAddress> sourceTowards(InetAddress remote) {
        return Optional.of(InetAddress.ofLiteral("192.0.2.1"));
    }

    @Override
    public int pathMtuBytes(InetAddress remote) {
        return pathMtuBytes;
    }

    @Override
    public void setTunMtuBytes(int mtuBytes) {
        tunMtuBytes = mtuBytes;
    }

    @Override
    public void add(InetAddress address) {
        assigned.add(address);
    }

    @Override
    public void remove(InetAddress address) {
        assigned.remove(address);
    }

    @Override
    public void claim(Object owner, Collection<TunnelRoute> wanted, boolean guarded) {
        guards.put(owner, guarded);
        routes.put(owner, wanted.stream().map(r -> r.destination().toString()).toList());
    }

    @Override
    public void release(Object owner) {
        routes.remove(owner);
    }

    @Override
    public void replaceClearPolicies(List<ClearPolicy> policies) {
        clearPolicies = policies;
    }

    /** All routes, of whomever. */
    public List<String> allRoutes() {
        return routes.values().stream().flatMap(List::stream).toList();
    }
}
