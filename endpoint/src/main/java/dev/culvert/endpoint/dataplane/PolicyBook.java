package dev.culvert.endpoint.dataplane;

import dev.culvert.endpoint.route.ClearPlanner;
import dev.culvert.endpoint.route.ClearPolicy;
import dev.culvert.endpoint.route.RouteBook;
import dev.culvert.endpoint.route.RoutePlanner;
import dev.culvert.endpoint.route.TunnelRoute;
import dev.culvert.esp.DataplaneCommand;
import dev.culvert.esp.DataplaneControl;
import dev.culvert.esp.PolicyAction;
import dev.culvert.esp.SaSelectors;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.EngineConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The policies that stand whether or not there is an SA: traps, protection of what is about to be
 * set up, drops and passes, each with its routes. Belongs to the control agent.
 */
public final class PolicyBook {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.cfg");

    private final DataplaneControl dataplane;
    private final RouteBook routes;
    private final HostNetwork host;
    private final Map<ChildRef, Standing> standing = new LinkedHashMap<>();
    private final Map<Long, ChildRef> refById = new HashMap<>();
    private EngineConfig config = new EngineConfig(List.of(), List.of());
    private long lastPolicyId;

    /** A policy as it is installed. */
    private record Standing(long policyId, Wanted wanted) {}

    /** A policy as the configuration wants it. */
    private record Wanted(
            PolicyAction action, int priority, SaSelectors selectors, List<TunnelRoute> routes) {}

    private record Owner(ChildRef policyOf) {}

    /**
     * @param dataplane where policies go
     * @param routes where routes go
     * @param host answers what {@code dynamic} means, and which address a route's packets carry
     */
    public PolicyBook(DataplaneControl dataplane, RouteBook routes, HostNetwork host) {
        this.dataplane = dataplane;
        this.routes = routes;
        this.host = host;
    }

    /** Puts a configuration's policies in force, in place of those before. */
    public void load(EngineConfig newConfig) {
        config = newConfig;
        Map<ChildRef, Wanted> wanted = new LinkedHashMap<>();
        for (ConnectionConfig connection : newConfig.connections()) {
            for (ChildConfig child : connection.children()) {
                action(child)
                        .flatMap(action -> wanted(connection, child, action))
                        .ifPresent(w -> wanted.put(ref(connection, child), w));
            }
        }
        for (ChildRef ref : List.copyOf(standing.keySet())) {
            if (!wanted.containsKey(ref)) {
                remove(ref);
            }
        }
        wanted.forEach(this::install);
        loadClearPolicies();
    }

    /** Keeps a trap for a child from now on, until the next {@link #load}. */
    public void installTrap(ChildRef ref) {
        for (ConnectionConfig connection : config.connections()) {
            for (ChildConfig child : connection.children()) {
                if (ref(connection, child).equals(ref)) {
                    wanted(connection, child, PolicyAction.TRAP).ifPresent(w -> install(ref, w));
                }
            }
        }
    }

    /** The child that a policy was made for. */
    public Optional<ChildRef> childOf(long policyId) {
        return Optional.ofNullable(refById.get(policyId));
    }

    /** How many policies there are. */
    public int size() {
        return standing.size();
    }

    private static Optional<PolicyAction> action(ChildConfig child) {
        return switch (child.mode()) {
            case PASS -> Optional.of(PolicyAction.PASS);
            case DROP -> Optional.of(PolicyAction.DROP);
            case TUNNEL -> {
                if (child.startActions().contains(ChildConfig.Action.TRAP)) {
                    yield Optional.of(PolicyAction.TRAP);
                }
                yield child.startActions().contains(ChildConfig.Action.START)
                        ? Optional.of(PolicyAction.PROTECT)
                        : Optional.empty();
            }
        };
    }

    private Optional<Wanted> wanted(
            ConnectionConfig connection, ChildConfig child, PolicyAction action) {
        PolicySelectors selectors = PolicySelectors.of(connection, child, host::sourceTowards);
        if (!selectors.isComplete()) {
            if (action == PolicyAction.TRAP) {
                LOG.warn(
                        "{}: no trap, since an address is not known: give local_ts and remote_ts, or"
                                + " single addresses in local_addrs and remote_addrs",
                        ref(connection, child));
            }
            return Optional.empty();
        }
        List<TunnelRoute> wantedRoutes =
                action == PolicyAction.PASS
                        ? List.of()
                        : RoutePlanner.routes(
                                selectors.local(), selectors.remote(), host.addresses());
        // The address that packets should carry is not known before the peer has assigned it.
        boolean assigned = !connection.virtualIps().requested().isEmpty();
        return Optional.of(
                new Wanted(
                        action,
                        PolicyPriority.of(child),
                        EspMapping.selectors(selectors.local(), selectors.remote()),
                        assigned ? withoutSource(wantedRoutes) : wantedRoutes));
    }

    private static List<TunnelRoute> withoutSource(List<TunnelRoute> routes) {
        return routes.stream()
                .map(route -> new TunnelRoute(route.destination(), Optional.empty()))
                .toList();
    }

    private void install(ChildRef ref, Wanted wanted) {
        Standing before = standing.get(ref);
        if (before != null && before.wanted().equals(wanted)) {
            return;
        }
        long policyId = before == null ? ++lastPolicyId : before.policyId();
        standing.put(ref, new Standing(policyId, wanted));
        refById.put(policyId, ref);
        Submitted.await(
                dataplane.submit(
                        new DataplaneCommand.InstallPolicy(
                                policyId, wanted.priority(), wanted.selectors(), wanted.action())),
                "policy of " + ref);
        // From here on packets come to the policy; without it they would be dropped unexplained.
        routes.claim(new Owner(ref), wanted.routes(), true);
        LOG.debug("{}: policy {}", ref, wanted.action());
    }

    private void remove(ChildRef ref) {
        Standing gone = standing.remove(ref);
        refById.remove(gone.policyId());
        routes.release(new Owner(ref));
        Submitted.await(
                dataplane.submit(new DataplaneCommand.RemovePolicy(gone.policyId())),
                "removal of the policy of " + ref);
    }

    private void loadClearPolicies() {
        List<ClearPolicy> policies = new ArrayList<>();
        for (ConnectionConfig connection : config.connections()) {
            for (ChildConfig child : connection.children()) {
                PolicySelectors selectors =
                        PolicySelectors.of(connection, child, host::sourceTowards);
                if (selectors.isComplete()) {
                    policies.add(
                            new ClearPolicy(
                                    ref(connection, child).toString(),
                                    child.mode() == ChildConfig.Mode.PASS,
                                    PolicyPriority.of(child),
                                    selectors.local(),
                                    selectors.remote()));
                }
            }
        }
        try {
            routes.replaceClearPolicies(policies);
        } catch (ClearPlanner.TooManyRulesException e) {
            LOG.error("{}", e.getMessage());
        }
    }

    private static ChildRef ref(ConnectionConfig connection, ChildConfig child) {
        return new ChildRef(connection.name(), child.name());
    }
}
