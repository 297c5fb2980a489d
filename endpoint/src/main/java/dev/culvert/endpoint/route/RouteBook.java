package dev.culvert.endpoint.route;

import java.util.Collection;
import java.util.List;

/** Where wishes for routes go: {@link HostRouting}, or a test's list. */
public interface RouteBook {
    /**
     * Replaces the routes that an owner wants.
     *
     * @param owner compared by {@code equals}
     * @param routes into the tunnel
     * @param guarded whether packets to these destinations must not take another way when the TUN
     *     interface is gone
     */
    void claim(Object owner, Collection<TunnelRoute> routes, boolean guarded);

    /** Drops all that an owner wants. */
    void release(Object owner);

    /**
     * Replaces the rules for what passes in clear.
     *
     * @throws ClearPlanner.TooManyRulesException if there would be too many; nothing is changed
     */
    void replaceClearPolicies(List<ClearPolicy> policies) throws ClearPlanner.TooManyRulesException;
}
