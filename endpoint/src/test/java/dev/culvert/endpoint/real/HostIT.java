package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Await;
import dev.culvert.endpoint.real.net.CommandResult;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.Site;
import dev.culvert.endpoint.real.net.Tunnel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the daemon does to the host it runs on. */
@RealNetwork
class HostIT {
    private static final Duration SOON = Duration.ofSeconds(10);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void shouldAnswerNeighboursWhenTheTunnelCoversEverything(int reversePathFilter, Lab lab) {
        Site left = lab.left();
        left.namespace().sysctl("net.ipv4.conf.all.rp_filter", reversePathFilter);
        left.namespace().sysctl("net.ipv4.conf.wan.rp_filter", reversePathFilter);
        String routing = left.namespace().routing();
        Tunnel tunnel =
                Tunnel.between("gw", left, lab.right())
                        .child(Tunnel.Child.of("all", "dynamic", "0.0.0.0/0"));
        Culvert one = lab.culvert(left);
        Culvert other = lab.culvert(lab.right());
        other.start(tunnel.mirrored());
        one.start(tunnel);
        one.up("gw", "all").orThrow();

        // The gateway has to ask again who we are; without an answer nothing comes in any more.
        lab.router().check("ip", "neighbour", "flush", "all");
        lab.exchange(left, left.address(), lab.right().inner());

        assertThat(one.stop()).isZero();
        assertThat(left.namespace().routing()).isEqualTo(routing);
        assertThat(left.namespace().check("sysctl", "-n", "net.ipv4.conf.wan.rp_filter").stdout())
                .isEqualToIgnoringNewLines(Integer.toString(reversePathFilter));
    }

    @Test
    void shouldRefuseToRunTwiceInOneNamespace(Lab lab) {
        Tunnel tunnel = tunnel(lab);
        Culvert first = lab.culvert(lab.left());
        first.start(tunnel);
        String routing = lab.left().namespace().routing();

        CommandResult second = runBeside(first, lab, "", tunnel);

        assertThat(second.exitCode()).isEqualTo(1);
        assertThat(second.stderr()).contains("port 4500 in use");
        assertThat(lab.left().namespace().routing()).isEqualTo(routing);
    }

    @Test
    void shouldRefuseARoutingTableThatIsInUse(Lab lab) {
        Tunnel tunnel = tunnel(lab).withChildren("start_action", "trap");
        Culvert first = lab.culvert(lab.left());
        first.start(tunnel);
        String routing = lab.left().namespace().routing();

        CommandResult second =
                runBeside(
                        first,
                        lab,
                        "culvert { port = 501\n port_nat_t = 4501\n tun { name = culvert1 } }\n",
                        tunnel);

        assertThat(second.exitCode()).isEqualTo(1);
        assertThat(second.stderr())
                .contains("routing table 220")
                .contains("culvert0")
                .contains("culvert.routing_table");
        assertThat(lab.left().namespace().routing()).isEqualTo(routing);
    }

    @Test
    void shouldNeverFallBackToTheMainTableWhenTheInterfaceIsDown(Lab lab) {
        Tunnel tunnel = tunnel(lab).withChildren("start_action", "trap");
        Culvert one = lab.culvert(lab.left());
        Culvert other = lab.culvert(lab.right());
        other.start(tunnel.mirrored());
        one.start(tunnel);
        one.up("gw", "net").orThrow();
        lab.exchange(lab.left(), lab.right());

        lab.left().namespace().check("ip", "link", "set", "culvert0", "down");
        assertThat(routeToRight(lab)).doesNotContain("dev wan").contains("No route to host");

        lab.left().namespace().check("ip", "link", "set", "culvert0", "up");
        Await.until("the route", SOON, () -> routeToRight(lab).contains("dev culvert0"));
        lab.exchange(lab.left(), lab.right());
    }

    @Test
    void shouldPutBackRoutesThatAnotherProgramRemoves(Lab lab) {
        Culvert one = lab.culvert(lab.left());
        one.start(tunnel(lab).withChildren("start_action", "trap"));
        String routing = lab.left().namespace().routing();

        lab.left().namespace().check("ip", "route", "flush", "table", "220");

        Await.until("the routes", SOON, () -> lab.left().namespace().routing().equals(routing));
    }

    @Test
    void shouldEndInAnOrderlyWayWhenTheInterfaceIsDeleted(Lab lab) {
        String routing = lab.left().namespace().routing();
        Culvert one = lab.culvert(lab.left());
        one.start(tunnel(lab).withChildren("start_action", "trap"));

        lab.left().namespace().check("ip", "link", "delete", "culvert0");

        one.awaitLog("culvert: somebody deleted the interface culvert0", SOON);
        Await.until("its end", SOON, () -> !one.isAlive());
        assertThat(lab.left().namespace().routing()).isEqualTo(routing);
    }

    private static String routeToRight(Lab lab) {
        return lab.left().namespace().run("ip", "route", "get", lab.right().inner()).output();
    }

    private static CommandResult runBeside(Culvert first, Lab lab, String settings, Tunnel tunnel) {
        Path file = lab.write("second.conf", settings + Tunnel.file(List.of(tunnel)));
        return first.cli("run", "-c", file.toString());
    }

    private static Tunnel tunnel(Lab lab) {
        return Tunnel.between("gw", lab.left(), lab.right())
                .child(Tunnel.Child.of("net", lab.left().network(), lab.right().network()));
    }
}
