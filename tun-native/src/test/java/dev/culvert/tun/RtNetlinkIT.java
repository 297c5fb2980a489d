package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What we make is read back with {@code ip}, and what {@code ip} makes is read back with ours. */
@Tag("real")
class RtNetlinkIT {
    private static final int TABLE = 220;
    private static final int BIG_TABLE = 100_000;
    private static final int BOOT = 3;
    private static final int KERNEL = 2;

    private TestNamespace namespace;
    private RtNetlink netlink;
    private int index;

    @BeforeEach
    void enter() throws Exception {
        namespace = TestNamespace.create();
        namespace.run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1");
        namespace.run("ip", "link", "set", "v0", "up");
        namespace.run("ip", "link", "set", "v1", "up");
        namespace.run("ip", "addr", "add", "192.0.2.2/24", "dev", "v0");
        namespace.run("ip", "addr", "add", "2001:db8::2/64", "dev", "v0", "nodad");
        netlink = namespace.call(RtNetlink::open);
        index = netlink.linkByName("v0").orElseThrow().index();
    }

    @AfterEach
    void leave() {
        if (netlink != null) {
            netlink.close();
        }
        if (namespace != null) {
            namespace.close();
        }
    }

    @Test
    void shouldListAndChangeLinks() throws Exception {
        assertThat(netlink.links()).extracting(Link::name).contains("lo", "v0", "v1");
        Link link = netlink.linkByIndex(index).orElseThrow();
        assertThat(link.name()).isEqualTo("v0");
        assertThat(link.kind()).isEqualTo("veth");
        assertThat(link.mtuBytes()).isEqualTo(1500);
        assertThat(link.isUp()).isTrue();
        assertThat(link.isRunning()).isTrue();
        assertThat(link.isLoopback()).isFalse();
        assertThat(netlink.linkByName("lo").orElseThrow().isLoopback()).isTrue();

        netlink.setLinkMtuBytes(index, 1400);
        netlink.setLinkUp(index, false);

        assertThat(namespace.run("ip", "link", "show", "v0"))
                .contains(" mtu 1400 ")
                .contains("state DOWN");
        assertThat(netlink.linkByName("none0")).isEmpty();
        assertThat(netlink.linkByIndex(9999)).isEmpty();
    }

    @Test
    void shouldExplainRefusedMtu() {
        SystemCallException refused =
                catchThrowableOfType(
                        SystemCallException.class, () -> netlink.setLinkMtuBytes(index, 10));

        assertThat(refused)
                .hasMessage(
                        "set MTU of interface "
                                + index
                                + " to 10: EINVAL (invalid argument): the kernel says: mtu less"
                                + " than device minimum");
    }

    @Test
    void shouldAddListAndDeleteAddresses() throws Exception {
        InterfaceAddress four = InterfaceAddress.of(index, ip("10.7.0.1"), 32);
        InterfaceAddress six = InterfaceAddress.of(index, ip("fd07::1"), 128);

        netlink.addAddress(four);
        netlink.addAddress(six);

        assertThat(namespace.run("ip", "addr", "show", "v0"))
                .contains("inet 10.7.0.1/32 scope global v0")
                .contains("inet6 fd07::1/128 scope global nodad");
        assertThat(netlink.addresses())
                .filteredOn(address -> address.linkIndex() == index)
                .filteredOn(address -> address.scope() == 0)
                .allMatch(InterfaceAddress::isUsable)
                .extracting(address ->
                        address.address().getHostAddress() + "/" + address.prefixLength())
                .containsExactlyInAnyOrder(
                        "192.0.2.2/24",
                        "10.7.0.1/32",
                        "2001:db8:0:0:0:0:0:2/64",
                        "fd07:0:0:0:0:0:0:1/128");
        assertThat(errnoOf(() -> netlink.addAddress(four))).isEqualTo(Errno.EEXIST);
        netlink.deleteAddress(four);
        netlink.deleteAddress(six);
        assertThat(namespace.run("ip", "addr", "show", "v0"))
                .doesNotContain("10.7.0.1")
                .doesNotContain("fd07::1");
        assertThat(errnoOf(() -> netlink.deleteAddress(four))).isEqualTo(Errno.EADDRNOTAVAIL);
    }

    @Test
    void shouldAddIpv4RoutesThatIpShows() throws Exception {
        Route full =
                Route.via(IpPrefix.parse("10.1.0.0/16"), index)
                        .withGateway(ip("192.0.2.1"))
                        .withPreferredSource(ip("192.0.2.2"))
                        .withMetric(5)
                        .withMtuBytes(1400)
                        .withTable(TABLE);
        netlink.addRoute(full);
        netlink.addRoute(Route.via(IpPrefix.ANY_IPV4, index).withTable(TABLE));
        netlink.addRoute(unroutable(RouteType.THROW, "10.2.0.0/16"));
        netlink.addRoute(unroutable(RouteType.BLACKHOLE, "10.3.0.0/16"));
        netlink.addRoute(unroutable(RouteType.UNREACHABLE, "10.4.0.0/16"));

        assertThat(lines("ip", "route", "show", "table", "220"))
                .containsExactly(
                        "default dev v0 proto static scope link",
                        "10.1.0.0/16 via 192.0.2.1 dev v0 proto static src 192.0.2.2 metric 5 mtu"
                                + " 1400",
                        "throw 10.2.0.0/16 proto static",
                        "blackhole 10.3.0.0/16 proto static",
                        "unreachable 10.4.0.0/16 proto static");
        List<Route> own = inTable(AddressFamily.IPV4, TABLE);
        assertThat(own).hasSize(5).contains(full);

        for (Route route : own) {
            netlink.deleteRoute(route);
        }
        assertThat(inTable(AddressFamily.IPV4, TABLE)).isEmpty();
        assertThat(errnoOf(() -> netlink.deleteRoute(full))).isEqualTo(Errno.ESRCH);
    }

    @Test
    void shouldAddIpv6RoutesThatIpShows() throws Exception {
        Route full =
                Route.via(IpPrefix.parse("2001:db8:1::/48"), index)
                        .withGateway(ip("2001:db8::1"))
                        .withPreferredSource(ip("2001:db8::2"))
                        .withMetric(5)
                        .withMtuBytes(1400)
                        .withTable(BIG_TABLE);
        netlink.addRoute(full);
        netlink.addRoute(
                Route.of(RouteType.THROW, IpPrefix.parse("2001:db8:2::/48")).withTable(BIG_TABLE));

        assertThat(lines("ip", "-6", "route", "show", "table", "100000"))
                .containsExactly(
                        "2001:db8:1::/48 via 2001:db8::1 dev v0 proto static src 2001:db8::2 metric"
                                + " 5 mtu 1400 pref medium",
                        "throw 2001:db8:2::/48 dev lo proto static metric 1024 pref medium");
        List<Route> own = inTable(AddressFamily.IPV6, BIG_TABLE);
        assertThat(own).hasSize(2).contains(full);
        for (Route route : own) {
            netlink.deleteRoute(route);
        }
        assertThat(inTable(AddressFamily.IPV6, BIG_TABLE)).isEmpty();
    }

    @Test
    void shouldReplaceOnlyWhenAskedTo() throws Exception {
        Route route = Route.via(IpPrefix.parse("10.1.0.0/16"), index).withTable(TABLE);
        netlink.addRoute(route);

        assertThat(errnoOf(() -> netlink.addRoute(route))).isEqualTo(Errno.EEXIST);
        netlink.replaceRoute(route.withMtuBytes(1300));

        assertThat(lines("ip", "route", "show", "table", "220"))
                .containsExactly("10.1.0.0/16 dev v0 proto static scope link mtu 1300");
    }

    @Test
    void shouldReadRoutesThatOthersMade() throws Exception {
        namespace.run(
                "ip",
                "route",
                "add",
                "10.8.0.0/16",
                "nexthop",
                "via",
                "192.0.2.7",
                "nexthop",
                "via",
                "192.0.2.8");
        namespace.run("ip", "route", "add", "prohibit", "10.9.0.0/16", "metric", "9");

        assertThat(netlink.routes(AddressFamily.IPV4))
                .contains(
                        viaProtocol(
                                Route.of(RouteType.PROHIBIT, IpPrefix.parse("10.9.0.0/16"))
                                        .withMetric(9),
                                BOOT),
                        viaProtocol(
                                Route.via(IpPrefix.parse("10.8.0.0/16"), index)
                                        .withGateway(ip("192.0.2.7")),
                                BOOT),
                        viaProtocol(
                                Route.via(IpPrefix.parse("192.0.2.0/24"), index)
                                        .withPreferredSource(ip("192.0.2.2")),
                                KERNEL))
                .anyMatch(route -> route.type() == RouteType.LOCAL && route.table() == 255);
    }

    @Test
    void shouldExplainRefusedRoute() {
        Route route = Route.of(RouteType.UNICAST, IpPrefix.parse("10.1.0.0/16"));

        SystemCallException refused =
                catchThrowableOfType(
                        SystemCallException.class,
                        () -> netlink.addRoute(route.withGateway(ip("203.0.113.1"))));

        assertThat(refused)
                .hasMessage(
                        "add route 10.1.0.0/16 via 203.0.113.1 in table 254: ENETUNREACH (network"
                                + " is unreachable): the kernel says: Nexthop has invalid gateway");
    }

    @Test
    void shouldAddListAndDeleteRules() throws Exception {
        Rule full =
                Rule.builder(AddressFamily.IPV4, 100, TABLE)
                        .inverted()
                        .from(IpPrefix.parse("10.0.0.0/8"))
                        .to(IpPrefix.parse("192.0.2.0/24"))
                        .mark(0x10, 0xff)
                        .inputInterface("lo")
                        .ipProtocol(17)
                        .sourcePorts(PortRange.single(500))
                        .destinationPorts(new PortRange(4500, 4600))
                        .build();
        Rule plain = Rule.lookup(AddressFamily.IPV4, 101, BIG_TABLE);
        Rule suppressing =
                Rule.builder(AddressFamily.IPV4, 102, Route.MAIN_TABLE)
                        .suppressPrefixLength(0)
                        .outputInterface("v0")
                        .build();
        Rule six =
                Rule.builder(AddressFamily.IPV6, 103, TABLE)
                        .inverted()
                        .mark(0x77, 0xffffffff)
                        .build();
        List<Rule> all = List.of(full, plain, suppressing, six);
        for (Rule rule : all) {
            netlink.addRule(rule);
        }

        assertThat(lines("ip", "rule", "show"))
                .containsExactly(
                        "0:\tfrom all lookup local",
                        "100:\tnot from 10.0.0.0/8 to 192.0.2.0/24 fwmark 0x10/0xff iif lo ipproto"
                                + " udp sport 500 dport 4500-4600 lookup 220 proto static",
                        "101:\tfrom all lookup 100000 proto static",
                        "102:\tfrom all oif v0 lookup main suppress_prefixlength 0 proto static",
                        "32766:\tfrom all lookup main",
                        "32767:\tfrom all lookup default");
        assertThat(lines("ip", "-6", "rule", "show"))
                .contains("103:\tnot from all fwmark 0x77 lookup 220 proto static");
        assertThat(netlink.rules(AddressFamily.IPV4)).hasSize(6).contains(full, plain, suppressing);
        assertThat(netlink.rules(AddressFamily.IPV6)).contains(six);
        assertThat(errnoOf(() -> netlink.addRule(full))).isEqualTo(Errno.EEXIST);

        for (Rule rule : all) {
            netlink.deleteRule(rule);
        }
        assertThat(netlink.rules(AddressFamily.IPV4)).hasSize(3);
        assertThat(errnoOf(() -> netlink.deleteRule(full))).isEqualTo(Errno.ENOENT);
    }

    @Test
    void shouldLookUpRoutesAsTheKernelWouldSend() throws Exception {
        netlink.addRoute(
                Route.via(IpPrefix.ANY_IPV4, index)
                        .withGateway(ip("192.0.2.1"))
                        .withMtuBytes(1400));
        netlink.addRoute(unroutable(RouteType.UNREACHABLE, "0.0.0.0/0"));
        netlink.addRoute(Route.of(RouteType.BLACKHOLE, IpPrefix.parse("10.3.0.0/16")));
        netlink.addRule(Rule.builder(AddressFamily.IPV4, 50, TABLE).mark(0x77, 0xff).build());

        assertThat(netlink.lookupRoute(ip("203.0.113.9")))
                .contains(
                        new ResolvedRoute(
                                RouteType.UNICAST,
                                index,
                                Optional.of(ip("192.0.2.2")),
                                Optional.of(ip("192.0.2.1")),
                                1400,
                                Route.MAIN_TABLE));
        assertThat(netlink.lookupRoute(RouteQuery.to(ip("203.0.113.9")).withMark(0x77))).isEmpty();
        assertThat(netlink.lookupRoute(ip("10.3.0.1"))).as("blackhole").isEmpty();
        assertThat(netlink.lookupRoute(ip("192.0.2.2")).orElseThrow().type())
                .isEqualTo(RouteType.LOCAL);
        ResolvedRoute onLink =
                netlink.lookupRoute(
                                RouteQuery.to(ip("192.0.2.9"))
                                        .withSource(ip("192.0.2.2"))
                                        .withOutputLinkIndex(index)
                                        .withUserId(1000))
                        .orElseThrow();
        assertThat(onLink.gateway()).isEmpty();
        assertThat(onLink.mtuBytes()).isZero();

        assertThat(netlink.lookupRoute(ip("2001:db8::9")))
                .contains(
                        new ResolvedRoute(
                                RouteType.UNICAST,
                                index,
                                Optional.of(ip("2001:db8::2")),
                                Optional.empty(),
                                0,
                                Route.MAIN_TABLE));
        assertThat(netlink.lookupRoute(ip("2001:db9::9"))).as("no IPv6 default route").isEmpty();
    }

    @Test
    void shouldKeepKernelFromGivingLinkLocalAddress() throws Exception {
        namespace.run(() -> {
            try (TunDevice quiet = TunDevice.open(TunOptions.named("quiet0"));
                    TunDevice normal = TunDevice.open(TunOptions.named("normal0"))) {
                netlink.disableLinkLocalAddress(quiet.index());
                quiet.setUp(true);
                normal.setUp(true);

                assertThat(netlink.addresses())
                        .filteredOn(address -> address.family() == AddressFamily.IPV6)
                        .extracting(InterfaceAddress::linkIndex)
                        .contains(normal.index())
                        .doesNotContain(quiet.index());
            }
        });
    }

    @Test
    void shouldReadSysctlsOfTheNamespace() throws Exception {
        namespace.run(() -> {
            Sysctl sysctl = Sysctl.ofHost();
            assertThat(sysctl.read("ipv4/conf/v0/rp_filter")).isPresent();
            assertThat(sysctl.write("ipv4/ip_default_ttl", "63")).isTrue();
            assertThat(sysctl.read("ipv4/ip_default_ttl")).as("all of its digits").contains("63");
            assertThat(sysctl.write("ipv6/conf/v0/disable_ipv6", "1")).isTrue();
            assertThat(sysctl.read("ipv6/conf/v0/disable_ipv6")).contains("1");
        });
        assertThat(namespace.run("ip", "addr", "show", "v0")).doesNotContain("inet6");
    }

    @Test
    void shouldReportChangesToTheMonitor() throws Exception {
        try (NetworkMonitor monitor = namespace.call(NetworkMonitor::open)) {
            Poller poller = new Poller(1);
            poller.add(monitor.fd(), Poller.READABLE);
            assertThat(monitor.drain(change -> {})).as("quiet").isZero();

            namespace.run("ip", "link", "set", "v0", "mtu", "1390");
            namespace.run("ip", "addr", "add", "10.7.0.1/32", "dev", "v0");
            namespace.run("ip", "addr", "del", "10.7.0.1/32", "dev", "v0");
            namespace.run("ip", "route", "add", "10.8.0.0/16", "dev", "v0");
            namespace.run("ip", "route", "del", "10.8.0.0/16", "dev", "v0");
            namespace.run("ip", "link", "del", "v0");

            assertThat(poller.poll(1_000_000_000L)).isEqualTo(1);
            List<NetworkChange> changes = new ArrayList<>();
            while (monitor.drain(changes::add) > 0) {}
            Route route = viaProtocol(Route.via(IpPrefix.parse("10.8.0.0/16"), index), BOOT);
            InterfaceAddress address =
                    new InterfaceAddress(index, ip("10.7.0.1"), 32, 0, 0x80 /* permanent */);
            assertThat(changes)
                    .containsSubsequence(
                            new NetworkChange.AddressChanged(address),
                            new NetworkChange.AddressRemoved(address),
                            new NetworkChange.RouteChanged(route),
                            new NetworkChange.RouteRemoved(route))
                    .anyMatch(change ->
                            change instanceof NetworkChange.LinkChanged(Link link)
                                    && link.mtuBytes() == 1390)
                    .anyMatch(change ->
                            change instanceof NetworkChange.LinkRemoved(Link link)
                                    && link.name().equals("v0"));
        }
    }

    @Test
    void shouldSayWhenTheMonitorMissedChanges() throws Exception {
        try (NetworkMonitor monitor = namespace.call(NetworkMonitor::open)) {
            Route route = Route.via(IpPrefix.parse("10.8.0.0/16"), index).withTable(TABLE);
            for (int i = 0; i < 3000; i++) {
                netlink.addRoute(route);
                netlink.deleteRoute(route);
            }
            List<NetworkChange> changes = new ArrayList<>();
            while (monitor.drain(changes::add) > 0) {}

            assertThat(changes).contains(new NetworkChange.Overrun());
        }
    }

    private interface Call {
        void run() throws SystemCallException;
    }

    private static int errnoOf(Call call) {
        return catchThrowableOfType(SystemCallException.class, call::run).errno();
    }

    private List<Route> inTable(AddressFamily family, int table) throws Exception {
        return netlink.routes(family).stream().filter(route -> route.table() == table).toList();
    }

    private static Route unroutable(RouteType type, String destination) {
        return Route.of(type, IpPrefix.parse(destination)).withTable(TABLE);
    }

    private static Route viaProtocol(Route route, int protocol) {
        return new Route(
                route.type(),
                route.destination(),
                route.table(),
                route.outputLinkIndex(),
                route.gateway(),
                route.preferredSource(),
                route.metric(),
                route.mtuBytes(),
                protocol);
    }

    private List<String> lines(String... command) throws Exception {
        return namespace.run(command).lines().map(String::stripTrailing).toList();
    }

    private static InetAddress ip(String text) {
        return InetAddress.ofLiteral(text);
    }
}
