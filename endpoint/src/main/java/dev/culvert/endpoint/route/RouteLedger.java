package dev.culvert.endpoint.route;

import dev.culvert.tun.IpPrefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who wants which route. Policies and SAs share destinations, so a route stays until its last owner
 * lets it go. Belongs to one thread.
 */
final class RouteLedger {
    private final Map<Object, Set<TunnelRoute>> wantedByOwner = new LinkedHashMap<>();
    private final Map<IpPrefix, TunnelRoute> installed = new LinkedHashMap<>();

    /**
     * A change to the routing table.
     *
     * @param remove to be taken away first
     * @param put to be added, or to take the place of the route with the same destination
     */
    record Change(List<TunnelRoute> remove, List<TunnelRoute> put) {
        Change {
            remove = List.copyOf(remove);
            put = List.copyOf(put);
        }
    }

    /** Replaces what an owner wants. */
    Change claim(Object owner, Collection<TunnelRoute> routes) {
        wantedByOwner.remove(owner);
        if (!routes.isEmpty()) {
            wantedByOwner.put(owner, new LinkedHashSet<>(routes));
        }
        return settle();
    }

    /** Drops all that an owner wanted. */
    Change release(Object owner) {
        wantedByOwner.remove(owner);
        return settle();
    }

    /** What is in the table, in the order of its installation. */
    List<TunnelRoute> installed() {
        return List.copyOf(installed.values());
    }

    private Change settle() {
        // Where owners disagree about the source address, the oldest claim decides.
        Map<IpPrefix, TunnelRoute> wanted = new LinkedHashMap<>();
        for (Set<TunnelRoute> routes : wantedByOwner.values()) {
            for (TunnelRoute route : routes) {
                TunnelRoute earlier = wanted.putIfAbsent(route.destination(), route);
                if (earlier != null && earlier.source().isEmpty() && route.source().isPresent()) {
                    wanted.put(route.destination(), route);
                }
            }
        }
        List<TunnelRoute> remove = new ArrayList<>();
        for (TunnelRoute route : installed.values()) {
            if (!wanted.containsKey(route.destination())) {
                remove.add(route);
            }
        }
        List<TunnelRoute> put = new ArrayList<>();
        for (TunnelRoute route : wanted.values()) {
            if (!route.equals(installed.get(route.destination()))) {
                put.add(route);
            }
        }
        installed.keySet().retainAll(wanted.keySet());
        installed.putAll(wanted);
        return new Change(remove, put);
    }
}
