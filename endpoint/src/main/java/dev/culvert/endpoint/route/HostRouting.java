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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The routes and policy rules that this daemon made on its host. What was made is undone by {@link
 * #close()}, and what an earlier run left behind after a crash is undone by {@link #open}. Belongs
 * to one thread.
 */
public final class HostRouting implements RouteBook, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.knl");

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
    public void claim(Object owner, Collection<TunnelRoute> routes) {
        apply(ledger.claim(owner, routes));
    }

    @Override
    public void release(Object owner) {
        apply(ledger.release(owner));
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

    /** Puts back routes that the kernel removed, as it does when their source address goes. */
    public void repair() {
        if (!settings.install()) {
            return;
        }
        try {
            Set<Object> present = new HashSet<>();
            for (AddressFamily family : AddressFamily.values()) {
                for (Route route : netlink.routes(family)) {
                    if (route.table() == settings.table() && route.outputLinkIndex() == tunIndex) {
                        present.add(route.destination());
                    }
                }
            }
            for (TunnelRoute route : ledger.installed()) {
                if (!present.contains(route.destination())) {
                    put(route);
                }
            }
            updateReversePathFilter();
        } catch (SystemCallException e) {
            LOG.warn("cannot read the routes: {}", e.getMessage());
        }
    }

    /** Undoes everything. */
    @Override
    public void close() {
        for (TunnelRoute route : ledger.installed()) {
            delete(route);
        }
        reversePathFilter.close();
        clearRules.forEach(this::remove);
        clearRules = List.of();
        // The rule that leads into the table goes before those that protect our own packets from
        // it.
        standingRules.reversed().forEach(this::remove);
        standingRules.clear();
    }

    private void apply(RouteLedger.Change change) {
        if (!settings.install()) {
            return;
        }
        change.remove().forEach(this::delete);
        change.put().forEach(this::put);
        updateReversePathFilter();
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

    private void put(TunnelRoute route) {
        try {
            netlink.replaceRoute(kernelRoute(route));
            LOG.debug("route {} into the tunnel", route.destination());
        } catch (SystemCallException e) {
            LOG.warn("cannot add the route to {}: {}", route.destination(), e.getMessage());
        }
    }

    private void delete(TunnelRoute route) {
        if (!settings.install()) {
            return;
        }
        try {
            netlink.deleteRoute(kernelRoute(route));
            LOG.debug("route {} removed", route.destination());
        } catch (SystemCallException e) {
            if (e.errno() != ESRCH && e.errno() != ENODEV) {
                LOG.warn("cannot remove the route to {}: {}", route.destination(), e.getMessage());
            }
        }
    }

    private Route kernelRoute(TunnelRoute route) {
        Route result = Route.via(route.destination(), tunIndex).withTable(settings.table());
        return route.source().map(result::withPreferredSource).orElse(result);
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
