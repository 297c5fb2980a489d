package dev.culvert.endpoint.doctor;

import dev.culvert.endpoint.config.DaemonSettings;
import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.Link;
import dev.culvert.tun.Route;
import dev.culvert.tun.RouteType;
import dev.culvert.tun.RtNetlink;
import dev.culvert.tun.Rule;
import dev.culvert.tun.RuleAction;
import dev.culvert.tun.SystemCallException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** How packets come and go on this host. */
final class NetworkChecks {
    static final String DEFAULT_ROUTE = "default route";
    static final String FORWARDING = "forwarding";
    static final String REVERSE_PATH = "rp_filter";
    static final String ROUTING = "tunnel routing";
    static final String DNS = "DNS servers";

    private static final int ETHERNET_MTU_BYTES = 1500;
    private static final String STRICT = "1";
    private static final List<String> RESOLVER_PROGRAMS = List.of("resolvconf", "resolvectl");

    private NetworkChecks() {}

    static List<Finding> examine(DaemonSettings settings, HostFiles files, boolean daemonRuns) {
        List<Finding> findings = new ArrayList<>();
        try (RtNetlink netlink = RtNetlink.open()) {
            List<Route> routes = new ArrayList<>(netlink.routes(AddressFamily.IPV4));
            routes.addAll(netlink.routes(AddressFamily.IPV6));
            List<Rule> rules = new ArrayList<>(netlink.rules(AddressFamily.IPV4));
            rules.addAll(netlink.rules(AddressFamily.IPV6));
            List<Link> links = netlink.links();
            findings.add(defaultRoute(routes, links));
            findings.add(routing(settings, routes, rules, links, daemonRuns));
            findings.add(reversePath(links, files));
        } catch (SystemCallException e) {
            findings.add(Finding.unknown(DEFAULT_ROUTE, e.getMessage()));
        }
        findings.add(forwarding(files.sysctl("ipv4/ip_forward"), ipv6Forwarding(files)));
        findings.add(dns(files.program(RESOLVER_PROGRAMS), files.mayChangeResolvConf()));
        return findings;
    }

    private static Optional<String> ipv6Forwarding(HostFiles files) {
        return files.sysctl("ipv6/conf/all/forwarding");
    }

    static Finding defaultRoute(List<Route> routes, List<Link> links) {
        List<Route> defaults =
                routes.stream()
                        .filter(route ->
                                route.destination().prefixLength() == 0
                                        && route.table() == Route.MAIN_TABLE
                                        && route.type() == RouteType.UNICAST)
                        .sorted(Comparator.comparingInt(Route::metric))
                        .toList();
        List<String> texts = new ArrayList<>();
        int smallest = Integer.MAX_VALUE;
        for (AddressFamily family : AddressFamily.values()) {
            Optional<Route> route = defaults.stream().filter(r -> r.family() == family).findFirst();
            if (route.isEmpty()) {
                continue;
            }
            Optional<Link> link = link(links, route.get().outputLinkIndex());
            int mtuBytes =
                    route.get().mtuBytes() != 0
                            ? route.get().mtuBytes()
                            : link.map(Link::mtuBytes).orElse(ETHERNET_MTU_BYTES);
            smallest = Math.min(smallest, mtuBytes);
            texts.add(
                    (family == AddressFamily.IPV4 ? "IPv4" : "IPv6")
                            + " by "
                            + link.map(Link::name).orElse("another interface")
                            + ", MTU "
                            + mtuBytes);
        }
        if (texts.isEmpty()) {
            return Finding.note(
                    DEFAULT_ROUTE, "none: only peers that other routes lead to are reached");
        }
        String detail = String.join("; ", texts);
        return smallest >= ETHERNET_MTU_BYTES
                ? Finding.ok(DEFAULT_ROUTE, detail)
                : Finding.note(DEFAULT_ROUTE, detail + ": the tunnel's MTU is below the usual");
    }

    static Finding routing(
            DaemonSettings settings,
            List<Route> routes,
            List<Rule> rules,
            List<Link> links,
            boolean daemonRuns) {
        DaemonSettings.Routing routing = settings.routing();
        String names =
                "table "
                        + routing.table()
                        + ", rules of priority "
                        + routing.rulePriority()
                        + ", fwmark "
                        + routing.fwmark();
        if (!routing.install()) {
            return Finding.note(ROUTING, "left to you: culvert.install_routes = no");
        }
        if (daemonRuns) {
            return Finding.ok(ROUTING, names + ": in use by the daemon that runs");
        }
        Optional<Route> stranger =
                routes.stream()
                        .filter(route ->
                                route.table() == routing.table()
                                        && route.type() == RouteType.UNICAST)
                        .findFirst();
        if (stranger.isPresent()) {
            return Finding.fault(
                    ROUTING,
                    "table "
                            + routing.table()
                            + " holds a route to "
                            + stranger.get().destination()
                            + " by "
                            + link(links, stranger.get().outputLinkIndex())
                                    .map(Link::name)
                                    .orElse("another interface"),
                    "stop the program that made it, or set culvert.routing_table and"
                            + " culvert.routing_table_prio");
        }
        return rules.stream()
                .filter(rule -> isInTheWay(rule, routing))
                .findFirst()
                .map(rule ->
                        Finding.warning(
                                ROUTING,
                                names
                                        + ": there is a rule already ("
                                        + rule.action().name().toLowerCase(Locale.ROOT)
                                        + " "
                                        + rule.table()
                                        + " at priority "
                                        + rule.priority()
                                        + ")",
                                "a daemon that ended without tidying up left it, and the next start"
                                        + " takes it over; if not, see 'ip rule'"))
                .orElseGet(() -> Finding.ok(ROUTING, names + ": free"));
    }

    private static boolean isInTheWay(Rule rule, DaemonSettings.Routing routing) {
        boolean sameTable = rule.action() == RuleAction.LOOKUP && rule.table() == routing.table();
        boolean sameMark =
                routing.fwmark() != 0 && rule.markMask() != 0 && rule.mark() == routing.fwmark();
        return sameTable || sameMark || rule.priority() == routing.rulePriority();
    }

    private static Finding reversePath(List<Link> links, HostFiles files) {
        List<String> strict = new ArrayList<>();
        boolean fixed = false;
        for (Link link : links) {
            String key = "ipv4/conf/" + link.name() + "/rp_filter";
            Optional<String> own = files.sysctl(key);
            boolean isStrict =
                    own.equals(Optional.of(STRICT))
                            || (own.equals(Optional.of("0"))
                                    && files.sysctl("ipv4/conf/all/rp_filter")
                                            .equals(Optional.of(STRICT)));
            if (isStrict && !link.isLoopback()) {
                strict.add(link.name());
                fixed |= !files.maySet(key);
            }
        }
        return reversePath(strict, fixed);
    }

    /**
     * Judges it.
     *
     * @param strict interfaces where it is strict
     * @param fixed whether one of these may not be changed
     */
    static Finding reversePath(List<String> strict, boolean fixed) {
        if (strict.isEmpty()) {
            return Finding.ok(REVERSE_PATH, "off or loose");
        }
        String detail = "strict on " + String.join(", ", strict);
        return fixed
                ? Finding.note(
                        REVERSE_PATH,
                        detail
                                + ", which this user may not change; matters only if a tunnel covers"
                                + " the network of that interface")
                : Finding.ok(
                        REVERSE_PATH,
                        detail + "; made loose while a tunnel covers that interface's network");
    }

    static Finding forwarding(Optional<String> ipv4, Optional<String> ipv6) {
        String detail = "IPv4 " + onOff(ipv4) + ", IPv6 " + onOff(ipv6);
        return ipv4.equals(Optional.of("1"))
                ? Finding.ok(FORWARDING, detail)
                : Finding.note(
                        FORWARDING,
                        detail
                                + "; a gateway for other hosts needs sysctl -w net.ipv4.ip_forward=1");
    }

    private static String onOff(Optional<String> value) {
        return value.map(text -> text.equals("0") ? "off" : "on").orElse("unknown");
    }

    static Finding dns(Optional<String> program, boolean fileMayBeChanged) {
        return program.map(name -> Finding.ok(DNS, name + " is here"))
                .orElseGet(() ->
                        Finding.note(
                                DNS,
                                "no resolvconf or resolvectl; /etc/resolv.conf "
                                        + (fileMayBeChanged ? "may" : "may not")
                                        + " be changed by this user"));
    }

    private static Optional<Link> link(List<Link> links, int index) {
        return links.stream().filter(link -> link.index() == index).findFirst();
    }
}
