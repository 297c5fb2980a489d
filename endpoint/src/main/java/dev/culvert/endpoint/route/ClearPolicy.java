package dev.culvert.endpoint.route;

import dev.culvert.ike.ts.TrafficSelector;
import java.util.List;

/**
 * A policy as far as routing has to know it: what may pass in clear, and what must not although
 * something else may.
 *
 * @param name for messages
 * @param passes whether the packets stay out of the tunnel
 * @param priority lower is looked at first
 * @param local this side's selectors
 * @param remote the peer's selectors
 */
public record ClearPolicy(
        String name,
        boolean passes,
        int priority,
        List<TrafficSelector> local,
        List<TrafficSelector> remote) {
    public ClearPolicy {
        local = List.copyOf(local);
        remote = List.copyOf(remote);
    }
}
