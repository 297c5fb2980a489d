package dev.culvert.endpoint.route;

import dev.culvert.endpoint.config.DaemonSettings;
import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.InterfaceAddress;
import dev.culvert.tun.IpPrefix;
import dev.culvert.tun.Link;
import dev.culvert.tun.Route;
import dev.culvert.tun.RouteType;
import dev.culvert.tun.RtNetlink;
import dev.culvert.tun.Rule;
import dev.culvert.tun.RuleAction;
import dev.culvert.tun.Sysctl;
import dev.culvert.tun.SystemCallException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The routes and policy rules that this daemon made on its host. What was made is undone by {@link
 * #close()}, and what an earlier run left behind after a crash is undone by {@link #open}. Belongs
 * to one thread.
 */
public final class HostRouting implements RouteBook, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.knl");

    /** Far behind the tunnel's own routes (0 for IPv4, 1024 for IPv6). */
    private static final int GUARD_METRIC = 32_000;

    private static final int EEXIST = 17;
    private static final int ENOENT = 2;
    private static final int ESRCH = 3;
    private static final int ENODEV = 19;

    private final RtNetlink netlink;
    private final DaemonSettings.Routing settings;
    private final int tunIndex;
    private final TunnelRules tunnelRules;
    private final ClearPlanner clearPlanner;
    private final RouteLedger ledger = new RouteLedger();
    private final RouteLedger guards = new RouteLedger();
    private final List<Rule> standingRules = new ArrayList<>();
    private final ReversePathFilter reversePathFilter;
    private List<Rule> clearRules = List.of();

    private HostRouting(
            RtNetlink netlink,
            DaemonSettings.Routing settings,
            int tunIndex,
            TunnelRules tunnelRules) {
        this.netlink = netlink;
        this.settings = settings;
        this.tunIndex = tunIndex;
        this.tunnelRules = tunnelRules;
        this.reversePathFilter = new ReversePathFilter(kernelSettings());
        this.clearPlanner = new ClearPlanner(settings.table(), settings.rulePriority());
    }

    /**
     * Cleans up after a crash and adds the standing rules.
     *
     * @param netlink stays the caller's
     * @param settings where to put routes; with {@code install} off, nothing is ever changed
     * @param tunIndex the TUN interface
     * @param tunnelRules what to add
     * @param families address families in use
     * @throws SystemCallException if the kernel refuses; nothing is left behind
     * @throws TableInUseException if another program uses the table
     */
    public static HostRouting open(
            RtNetlink netlink,
            DaemonSettings.Routing settings,
            int tunIndex,
            TunnelRules tunnelRules,
            Collection<AddressFamily> families)
            throws SystemCallException, TableInUseException {
        HostRouting routing = new HostRouting(netlink, settings, tunIndex, tunnelRules);
        if (!settings.install()) {
            return routing;
        }
        boolean opened = false;
        try {
            for (AddressFamily family : families) {
                routing.requireFreeTable(family);
                routing.removeLeftovers(family);
            }
            for (AddressFamily family : families) {
                for (Rule rule : tunnelRules.forFamily(family)) {
                    routing.add(rule);
                    routing.standingRules.add(rule);
                }
            }
            opened = true;
            return routing;
        } finally {
            if (!opened) {
                routing.close();
            }
        }
    }

    /** The routing table is somebody else's. */
    public static final class TableInUseException extends Exception {
        private static final long serialVersionUID = 1L;

        TableInUseException(String message) {
            super(message);
        }
    }

    @Override
    public void claim(Object owner, Collection<TunnelRoute> routes, boolean guarded) {
        apply(guards.claim(owner, guarded ? withoutSource(routes) : List.of()), this::guard);
        apply(ledger.claim(owner, routes), this::intoTunnel);
        updateReversePathFilter();
    }

    @Override
    public void release(Object owner) {
        apply(ledger.release(owner), this::intoTunnel);
        apply(guards.release(owner), this::guard);
        updateReversePathFilter();
    }

    /** Routes in the table. */
    public List<TunnelRoute> installed() {
        return ledger.installed();
    }

    @Override
    public void replaceClearPolicies(List<ClearPolicy> policies)
            throws ClearPlanner.TooManyRulesException {
        List<Rule> wanted = clearPlanner.plan(policies);
        if (!settings.install() || wanted.equals(clearRules)) {
            return;
        }
        // The old ones go first, so that at no time something passes that neither of them allows.
        for (Rule rule : clearRules) {
            if (!wanted.contains(rule)) {
                remove(rule);
            }
        }
        List<Rule> added = new ArrayList<>();
        for (Rule rule : wanted) {
            try {
                if (!clearRules.contains(rule)) {
                    add(rule);
                }
                added.add(rule);
            } catch (SystemCallException e) {
                LOG.warn("cannot add the policy rule for a pass policy: {}", e.getMessage());
            }
        }
        clearRules = List.copyOf(added);
    }

    /** Whether a route is one of this daemon's table. */
    public boolean isOurs(Route route) {
        return route.table() == settings.table()
                && (route.outputLinkIndex() == tunIndex || route.type() == RouteType.UNREACHABLE);
    }

    /**
     * Puts back routes that the kernel removed, as it does when their source address goes or the
     * TUN interface is taken down.
     */
    public void repair() {
        if (!settings.install()) {
            return;
        }
        try {
            Set<IpPrefix> routed = new HashSet<>();
            Set<IpPrefix> guarded = new HashSet<>();
            for (AddressFamily family : AddressFamily.values()) {
                for (Route route : netlink.routes(family)) {
                    if (isOurs(route)) {
                        (route.type() == RouteType.UNREACHABLE ? guarded : routed)
                                .add(route.destination());
                    }
                }
            }
            ledger.installed().stream()
                    .filter(route -> !routed.contains(route.destination()))
                    .forEach(route -> put(intoTunnel(route)));
            guards.installed().stream()
                    .filter(route -> !guarded.contains(route.destination()))
                    .forEach(route -> put(guard(route)));
            updateReversePathFilter();
        } catch (SystemCallException e) {
            LOG.warn("cannot read the routes: {}", e.getMessage());
        }
    }

    /** Undoes everything. */
    @Override
    public void close() {
        if (settings.install()) {
            ledger.installed().forEach(route -> delete(intoTunnel(route)));
            guards.installed().forEach(route -> delete(guard(route)));
        }
        reversePathFilter.close();
        clearRules.forEach(this::remove);
        clearRules = List.of();
        // The rule that leads into the table goes before those that protect our own packets from
        // it.
        standingRules.reversed().forEach(this::remove);
        standingRules.clear();
    }

    private void apply(RouteLedger.Change change, Function<TunnelRoute, Route> kernelRoute) {
        if (settings.install()) {
            change.remove().forEach(route -> delete(kernelRoute.apply(route)));
            change.put().forEach(route -> put(kernelRoute.apply(route)));
        }
    }

    private void updateReversePathFilter() {
        try {
            reversePathFilter.update(ledger.installed(), onLinkNetworks());
        } catch (SystemCallException e) {
            LOG.warn("cannot read the host's addresses: {}", e.getMessage());
        }
    }

    private List<ReversePathFilter.OnLink> onLinkNetworks() throws SystemCallException {
        Map<Integer, String> names = new HashMap<>();
        for (Link link : netlink.links()) {
            if (!link.isLoopback() && link.index() != tunIndex) {
                names.put(link.index(), link.name());
            }
        }
        List<ReversePathFilter.OnLink> networks = new ArrayList<>();
        for (InterfaceAddress address : netlink.addresses()) {
            if (names.containsKey(address.linkIndex())) {
                networks.add(
                        new ReversePathFilter.OnLink(
                                names.get(address.linkIndex()),
                                new IpPrefix(address.address(), address.prefixLength())));
            }
        }
        return networks;
    }

    private static ReversePathFilter.Settings kernelSettings() {
        Sysctl sysctl = Sysctl.ofHost();
        return new ReversePathFilter.Settings() {
            @Override
            public Optional<String> read(String key) {
                return sysctl.read(key);
            }

            @Override
            public boolean write(String key, String value) {
                return sysctl.write(key, value);
            }
        };
    }

    private void put(Route route) {
        try {
            netlink.replaceRoute(route);
            LOG.debug("route added: {} {}", route.type(), route.destination());
        } catch (SystemCallException e) {
            LOG.warn("cannot add the route to {}: {}", route.destination(), e.getMessage());
        }
    }

    private void delete(Route route) {
        try {
            netlink.deleteRoute(route);
            LOG.debug("route removed: {} {}", route.type(), route.destination());
        } catch (SystemCallException e) {
            if (e.errno() != ESRCH && e.errno() != ENODEV) {
                LOG.warn("cannot remove the route to {}: {}", route.destination(), e.getMessage());
            }
        }
    }

    private Route intoTunnel(TunnelRoute route) {
        Route result = Route.via(route.destination(), tunIndex).withTable(settings.table());
        return route.source().map(result::withPreferredSource).orElse(result);
    }

    /**
     * Behind the route into the tunnel, for when the kernel takes that away with the TUN interface:
     * the packets must not fall through to the main table, which would send them in clear.
     */
    private Route guard(TunnelRoute route) {
        return Route.of(RouteType.UNREACHABLE, route.destination())
                .withTable(settings.table())
                .withMetric(GUARD_METRIC);
    }

    private static List<TunnelRoute> withoutSource(Collection<TunnelRoute> routes) {
        return routes.stream()
                .map(route -> new TunnelRoute(route.destination(), Optional.empty()))
                .toList();
    }

    private void add(Rule rule) throws SystemCallException {
        try {
            netlink.addRule(rule);
        } catch (SystemCallException e) {
            // An equal one is there: ours, from a run that ended without a chance to clean up.
            if (e.errno() != EEXIST) {
                throw e;
            }
        }
    }

    private void remove(Rule rule) {
        try {
            netlink.deleteRule(rule);
        } catch (SystemCallException e) {
            if (e.errno() != ENOENT) {
                LOG.warn("cannot remove policy rule {}: {}", rule.priority(), e.getMessage());
            }
        }
    }

    /** A daemon that runs has routes through its TUN interface, which go with it. */
    private void requireFreeTable(AddressFamily family)
            throws SystemCallException, TableInUseException {
        for (Route route : netlink.routes(family)) {
            if (route.table() == settings.table()
                    && route.type() == RouteType.UNICAST
                    && route.outputLinkIndex() != tunIndex) {
                Optional<Link> link = netlink.linkByIndex(route.outputLinkIndex());
                throw new TableInUseException(
                        "routing table "
                                + settings.table()
                                + " already holds a route to "
                                + route.destination()
                                + " by "
                                + link.map(Link::name).orElse("another interface")
                                + ": stop the program that made it, or choose another table with"
                                + " culvert.routing_table and culvert.routing_table_prio");
            }
        }
    }

    private void removeLeftovers(AddressFamily family) throws SystemCallException {
        List<Rule> ours = tunnelRules.forFamily(family);
        for (Route route : netlink.routes(family)) {
            if (route.table() == settings.table()
                    && route.type() == RouteType.UNREACHABLE
                    && route.metric() == GUARD_METRIC) {
                delete(route);
            }
        }
        List<Rule> leftovers = new ArrayList<>();
        int end = settings.rulePriority() + 1;
        int start = settings.rulePriority() - 1 - ClearPlanner.MAX_RULES;
        for (Rule rule : netlink.rules(family)) {
            boolean jump = rule.action() == RuleAction.GOTO && rule.table() == end;
            boolean lookup = rule.action() == RuleAction.LOOKUP && rule.table() == settings.table();
            boolean leftover =
                    rule.priority() >= start
                            && rule.priority() < settings.rulePriority()
                            && (jump || lookup);
            if (leftover || ours.contains(rule)) {
                leftovers.add(rule);
            }
        }
        if (!leftovers.isEmpty()) {
            LOG.info(
                    "removing {} {} policy rules that an earlier run left",
                    leftovers.size(),
                    family == AddressFamily.IPV4 ? "IPv4" : "IPv6");
            leftovers.forEach(this::remove);
        }
    }
}
