package dev.culvert.ike.testkit.sim;

import static dev.culvert.ike.testkit.sim.SimConfigs.secret;
import static dev.culvert.ike.testkit.sim.SimPair.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.Configured;
import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.EngineInput.DataplaneEvent;
import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig.Unique;
import dev.culvert.ike.config.EngineConfig;
import dev.culvert.ike.config.Lifetime;
import dev.culvert.ike.config.PoolConfig;
import dev.culvert.ike.message.ConfigAttribute;
import dev.culvert.ike.message.ConfigAttributeType;
import dev.culvert.ike.testkit.sim.SimConfigs.Child;
import dev.culvert.ike.testkit.sim.SimConfigs.Connection;
import dev.culvert.ike.ts.TrafficSelector;
import dev.culvert.ike.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Virtual addresses: asked for, leased, kept, exhausted, given back. Moon asks, sun leases. */
class VirtualIpTest {
    private static PoolConfig pool(String name, String first, String last) {
        return new PoolConfig(
                name,
                ip(first),
                ip(first),
                ip(last),
                List.of(
                        new ConfigAttribute.Host(
                                ConfigAttributeType.INTERNAL_IP4_DNS, ip("10.2.0.53")),
                        new ConfigAttribute.Text(
                                ConfigAttributeType.INTERNAL_DNS_DOMAIN, "corp.example"),
                        new ConfigAttribute.Network(
                                ConfigAttributeType.INTERNAL_IP4_SUBNET, ip("10.2.0.0"), 16)));
    }

    private static final PoolConfig FOUR = pool("four", "10.3.0.1", "10.3.0.9");
    private static final PoolConfig SIX =
            new PoolConfig(
                    "six", ip("2001:db8:3::"), ip("2001:db8:3::1"), ip("2001:db8:3::9"), List.of());

    private static IpAddress ip(String text) {
        return IpAddress.parse(text).orElseThrow();
    }

    private static Connection client() {
        return SimPair.moonConnection()
                .vips("0.0.0.0")
                .child(new Child("web").remoteTs("10.2.0.0/16").build());
    }

    private static Connection server(PoolConfig... pools) {
        return new Connection()
                .local("198.51.100.2")
                .ids("sun.example", "%any")
                .pools(pools)
                .child(new Child("web").localTs("10.2.0.0/16,2001:db8:2::/64").build());
    }

    private static SimPair pair(Connection client, EngineConfig server) {
        SimPair pair = new SimPair(1, Weather.FAIR);
        pair.sun().configure(server);
        pair.moon().configure(client.with(secret("x")));
        return pair;
    }

    private static EngineSnapshot.Pool pool(SimHost host) {
        return host.snapshot().pools().getFirst();
    }

    // moon                                                   sun
    //   IKE_AUTH [ .. CP(REQUEST: IP4_ADDRESS, IP4_DNS, ..) SA TSi(0.0.0.0/0) TSr ] -->
    //                        <-- IKE_AUTH [ .. CP(REPLY: 10.3.0.1, 10.2.0.53, ..) SA
    // TSi(10.3.0.1/32) TSr ]
    @Test
    void shouldAssignAnAddressAndNarrowTheSelectorsToIt() {
        SimPair pair = pair(client(), server(FOUR).with(secret("x"))).up("web");
        EngineSnapshot.IkeSa moon = pair.moon().established().getFirst();
        EngineSnapshot.IkeSa sun = pair.sun().established().getFirst();
        assertThat(moon.configured().localVips()).containsExactly(ip("10.3.0.1"));
        assertThat(sun.configured().remoteVips()).containsExactly(ip("10.3.0.1"));
        assertThat(moon.children().getFirst().localSelectors())
                .hasToString("[10.3.0.1/32]")
                .isEqualTo(sun.children().getFirst().remoteSelectors());
        Configured configured = pair.moon().configurations().values().iterator().next();
        assertThat(configured.localVips()).containsExactly(ip("10.3.0.1"));
        assertThat(configured.dnsServers()).containsExactly(ip("10.2.0.53"));
        assertThat(configured.dnsDomains()).containsExactly("corp.example");
        assertThat(configured.subnets()).hasToString("[10.2.0.0/16]");
        assertThat(pair.moon().alerts(AlertType.TS_NARROWED)).isEmpty();
        assertThat(pool(pair.sun()).leases())
                .containsExactly(
                        new EngineSnapshot.Lease(
                                ip("10.3.0.1"), SimConfigs.id("moon.example"), true));
    }

    @Test
    void shouldAssignBothVersionsWhenBothAreAskedFor() {
        Connection client =
                SimPair.moonConnection()
                        .vips("0.0.0.0", "::")
                        .child(new Child("web").remoteTs("10.2.0.0/16,2001:db8:2::/64").build());
        SimPair pair = pair(client, server(FOUR, SIX).with(secret("x"))).up("web");
        EngineSnapshot.IkeSa moon = pair.moon().established().getFirst();
        assertThat(moon.configured().localVips())
                .containsExactly(ip("10.3.0.1"), ip("2001:db8:3::1"));
        assertThat(moon.children().getFirst().localSelectors())
                .hasToString("[10.3.0.1/32, 2001:db8:3::1/128]");
    }

    @Test
    void shouldKeepTheAddressWhenBothKindsOfSaAreRekeyed() {
        SimPair pair =
                pair(
                                client().rekey(new Lifetime(50 * SECOND, 100 * SECOND, 0)),
                                server(FOUR).with(secret("x")))
                        .up("web");
        pair.network().run(175 * SECOND);
        assertThat(pair.moon().established()).hasSize(1);
        assertThat(pair.moon().established().getFirst().uniqueId()).isGreaterThan(3);
        assertThat(pair.moon().configurations().keySet()).containsExactly(1);
        assertThat(pool(pair.sun()).online()).isEqualTo(1);
        long command = pair.moon().terminate("net");
        pair.network().await("the end", () -> pair.moon().isDone(command), 60 * SECOND);
        pair.network().run(SECOND);
        assertThat(pair.moon().configurations()).isEmpty();
        assertThat(pool(pair.sun()).online()).isZero();
        assertThat(pool(pair.sun()).offline()).isEqualTo(1);
        assertThat(pair.up("web").moon().established().getFirst().configured().localVips())
                .containsExactly(ip("10.3.0.1"));
    }

    @Test
    void shouldGiveTheSameAddressAtOnceWhenTheClientHasCrashed() {
        SimPair pair =
                pair(client(), server(FOUR).unique(Unique.REPLACE).with(secret("x"))).up("web");
        pair.moon().restart();
        pair.up("web");
        assertThat(pair.moon().established().getFirst().configured().localVips())
                .containsExactly(ip("10.3.0.1"));
        assertThat(pool(pair.sun()).leases()).hasSize(1);
        assertThat(pool(pair.sun()).online()).isEqualTo(1);
    }

    // moon                                         sun (the pool is empty)
    //   IKE_AUTH [ .. CP(REQUEST) SA TSi TSr ] -->
    //                                          <-- IKE_AUTH [ IDr AUTH N(INTERNAL_ADDRESS_FAILURE)
    // ]
    //   INFORMATIONAL [ D ]                    -->
    @Test
    void shouldTellBothSidesWhenThePoolIsExhausted() {
        PoolConfig one = pool("one", "10.3.0.1", "10.3.0.1");
        SimPair pair = pair(client(), server(one).with(secret("x"))).up("web");
        SimHost mars =
                pair.network()
                        .addHost("mars", SimConfigs.ip("198.51.100.3"), SimConfigs.settings());
        mars.configure(
                client().local("198.51.100.3")
                        .ids("mars.example", "sun.example")
                        .with(secret("x")));
        long command = mars.initiate("net", "web");
        pair.network().await("the failure", () -> mars.isDone(command), 60 * SECOND);
        pair.network().run(SECOND);
        assertThat(mars.errorOf(command).orElseThrow())
                .contains("no virtual address")
                .contains("INTERNAL_ADDRESS_FAILURE");
        assertThat(mars.established()).isEmpty();
        assertThat(mars.configurations()).isEmpty();
        assertThat(pair.sun().alerts(AlertType.VIP_FAILURE)).hasSize(1);
        assertThat(pair.sun().established()).hasSize(1);
        assertThat(pair.sun().counter("ike_failed_virtual_address")).isEqualTo(1);
        // It works as soon as there is room again.
        pair.sun().configure(server(pool("one", "10.3.0.1", "10.3.0.2")).with(secret("x")));
        long again = mars.initiate("net", "web");
        pair.network().await("the address", () -> mars.isDone(again), 60 * SECOND);
        assertThat(mars.errorOf(again)).isEmpty();
        assertThat(pool(pair.sun()).online()).isEqualTo(2);
    }

    @Test
    void shouldRefuseTheChildWhenAnAddressIsRequiredAndNotAskedFor() {
        Connection client =
                SimPair.moonConnection().child(new Child("web").remoteTs("10.2.0.0/16").build());
        SimPair pair = pair(client, server(FOUR).with(secret("x")));
        long command = pair.moon().initiate("net", "web");
        pair.network().await("the failure", () -> pair.moon().isDone(command), 60 * SECOND);
        assertThat(pair.moon().errorOf(command).orElseThrow()).contains("FAILED_CP_REQUIRED");
        assertThat(pair.sun().alerts(AlertType.VIP_FAILURE)).hasSize(1);
        assertThat(pair.sun().childrenUp()).isEmpty();
    }

    @Test
    void shouldServeTwoHundredClientsWhenEachHasItsOwnIdentity() {
        int clients = 200;
        SimPair pair = new SimPair(3, Weather.FAIR);
        PoolConfig small = pool("small", "10.3.0.1", "10.3.0.120");
        PoolConfig rest = pool("rest", "10.3.1.1", "10.3.1.79");
        pair.sun().configure(server(small, rest).with(secret("x")));
        List<SimHost> hosts = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            String address = "203.0.113." + (i + 1);
            SimHost host =
                    pair.network().addHost("c" + i, SimConfigs.ip(address), SimConfigs.settings());
            host.configure(
                    client().local(address)
                            .ids("c" + i + ".example", "sun.example")
                            .with(secret("x")));
            hosts.add(host);
        }
        List<Long> commands = hosts.stream().map(h -> h.initiate("net", "web")).toList();
        pair.network()
                .await(
                        "all clients",
                        () ->
                                hosts.stream()
                                        .allMatch(h -> h.isDone(commands.get(hosts.indexOf(h)))),
                        300 * SECOND);
        List<SimHost> up = hosts.stream().filter(h -> !h.established().isEmpty()).toList();
        // One address is missing.
        assertThat(up).hasSize(clients - 1);
        List<IpAddress> addresses =
                up.stream()
                        .flatMap(h -> h.established().getFirst().configured().localVips().stream())
                        .toList();
        assertThat(new HashSet<>(addresses)).hasSize(clients - 1);
        assertThat(pair.sun().childrenUp()).hasSize(clients - 1);
        SimHost unlucky = hosts.stream().filter(h -> !up.contains(h)).findFirst().orElseThrow();
        long gone = up.getFirst().terminate("net");
        pair.network().await("room", () -> up.getFirst().isDone(gone), 60 * SECOND);
        pair.network().run(SECOND);
        long again = unlucky.initiate("net", "web");
        pair.network().await("the last", () -> unlucky.isDone(again), 60 * SECOND);
        assertThat(unlucky.established().getFirst().configured().localVips())
                .containsExactly(addresses.getFirst());
        assertThat(pair.sun().snapshot().pools().stream().mapToInt(p -> p.online()).sum())
                .isEqualTo(clients - 1);
    }

    @Test
    void shouldTellTheAddressesWhenAnIkeSaIsUp() {
        SimPair pair = pair(client(), server(FOUR).with(secret("x"))).up("web");
        assertThat(pair.sun().events())
                .filteredOn(EngineEvent.IkeUp.class::isInstance)
                .map(event -> ((EngineEvent.IkeUp) event).ikeSa().configured().remoteVips())
                .containsExactly(List.of(ip("10.3.0.1")));
    }

    // The packet that meets the trap is older than the address that it should have.
    //   IKE_AUTH [ .. CP(REQUEST: IP4_ADDRESS) SA TSi(0.0.0.0/0) TSr(10.2.0.0/16) ] -->
    //                        <-- IKE_AUTH [ .. CP(REPLY: 10.3.0.1) SA TSi(10.3.0.1/32) TSr ]
    @Test
    void shouldSetTheChildUpOnceWhenPacketsWithoutTheAddressMeetItsTrap() {
        Connection client =
                SimPair.moonConnection()
                        .vips("0.0.0.0")
                        .child(
                                new Child("web")
                                        .remoteTs("10.2.0.0/16")
                                        .dpd(ChildConfig.DpdAction.TRAP)
                                        .build())
                        .child(new Child("lab").remoteTs("10.9.0.0/16").build())
                        .dpdSeconds(10);
        Connection server = server(FOUR).child(new Child("lab").localTs("10.9.0.0/16").build());
        SimPair pair = pair(client, server.with(secret("x")));
        acquire(pair, "web", "198.51.100.1[tcp/40000]", "10.2.0.5[tcp/80]");
        assertOneChildFor(pair, "10.3.0.1/32");
        // The connection begun before tries again and again; it does not fit the SA.
        for (int i = 0; i < 5; i++) {
            acquire(pair, "web", "198.51.100.1[tcp/40000]", "10.2.0.5[tcp/80]");
        }
        assertOneChildFor(pair, "10.3.0.1/32");
        assertThat(pair.moon().alerts(AlertType.TS_NARROWED)).isEmpty();

        acquire(pair, "lab", "10.3.0.1[udp/5000]", "10.9.0.5[udp/53]");
        assertThat(pair.moon().childrenUp()).containsExactlyInAnyOrder("web", "lab");
        acquire(pair, "lab", "198.51.100.1[udp/5000]", "10.9.0.5[udp/53]");
        pair.network().checkConverged(pair.moon(), pair.sun());

        // The peer is lost and found again: the same address, by way of the trap.
        pair.network().setWeather(Weather.OUTAGE);
        pair.network().run(60 * SECOND);
        pair.network().setWeather(Weather.FAIR);
        assertThat(pair.moon().established()).isEmpty();
        assertThat(pair.moon().configurations()).isEmpty();
        assertThat(pair.moon().dataplane().traps()).containsExactly("net/web");
        acquire(pair, "web", "10.3.0.1[tcp/40001]", "10.2.0.5[tcp/80]");
        // What is replaced receives for a while.
        pair.network().run(10 * SECOND);
        assertOneChildFor(pair, "10.3.0.1/32");
    }

    private static void acquire(SimPair pair, String child, String source, String destination) {
        pair.moon()
                .acquire(
                        new DataplaneEvent.Acquire(
                                "net",
                                child,
                                TrafficSelector.parse(source).orThrow(),
                                TrafficSelector.parse(destination).orThrow()));
        pair.network().run(2 * SECOND);
    }

    private static void assertOneChildFor(SimPair pair, String address) {
        assertThat(pair.moon().childrenUp()).containsExactly("web");
        assertThat(pair.moon().dataplane().installed())
                .extracting(sa -> sa.localSelectors().toString())
                .containsExactly("[" + address + "]");
        assertThat(pair.sun().dataplane().installed())
                .extracting(sa -> sa.remoteSelectors().toString())
                .containsExactly("[" + address + "]");
    }
}
