package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Await;
import dev.culvert.endpoint.real.net.CommandResult;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.Peer;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.Site;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Redirects (RFC 5685): a client at the left site knows the gateway at the right one, which sends
 * it to another gateway, at a third site. Both have the same identity and the same network behind.
 */
@RealNetwork
class RedirectIT {

    private static final Duration SOON = Duration.ofSeconds(15);

    @ParameterizedTest(name = "{0} in {1}")
    // strongSwan 5.9.8 crashes when it is redirected in IKE_AUTH.
    @CsvSource({"strongSwan, init", "Culvert, init", "Culvert, auth"})
    void shouldSendClientsToAnotherGatewayWhenTheyBegin(String kind, String at, Lab lab) {
        Site other = other(lab);
        Culvert busy =
                lab.culvert(lab.right())
                        .setting("redirect.to", other.address())
                        .setting("redirect.at", at);
        Culvert idle = lab.culvert(other);
        Peer client = kind.equals("Culvert") ? lab.culvert(lab.left()) : lab.strongSwan(lab.left());
        busy.start(gateway(lab, lab.right()));
        idle.start(gateway(lab, other));
        client.start(client(lab));

        client.up("gw", "net").orThrow();

        idle.awaitChildren(1, SOON);
        client.awaitIkeSas(1, SOON);
        assertThat(client.sa("gw").value("remote-host")).isEqualTo(other.address());
        lab.exchange(lab.left(), lab.right());
        busy.awaitIkeSas(0, SOON);
        assertThat(busy.statusJson().at("ike_counters").number("ike_redirects_sent")).isOne();
    }

    @Test
    void shouldSendStrongSwanToAnotherGatewayWhenItIsConnected(Lab lab) {
        Site other = other(lab);
        Culvert busy = lab.culvert(lab.right());
        Culvert idle = lab.culvert(other);
        StrongSwan client = lab.strongSwan(lab.left());
        busy.start(gateway(lab, lab.right()));
        idle.start(gateway(lab, other));
        client.start(client(lab));
        client.up("gw", "net").orThrow();
        assertThat(client.sa("gw").value("remote-host")).isEqualTo(lab.right().address());

        busy.swanctl("--redirect", "--ike", "gw", "--gateway", other.address()).orThrow();

        idle.awaitChildren(1, SOON);
        busy.awaitIkeSas(0, SOON);
        client.awaitIkeSas(1, SOON);
        lab.exchange(lab.left(), lab.right());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldFollowToAnotherGatewayWhenItIsConnected(boolean fromStrongSwan, Lab lab) {
        Site other = other(lab);
        Peer busy = fromStrongSwan ? lab.strongSwan(lab.right()) : lab.culvert(lab.right());
        StrongSwan idle = lab.strongSwan(other);
        Culvert client = lab.culvert(lab.left());
        busy.start(gateway(lab, lab.right()));
        idle.start(gateway(lab, other));
        client.start(client(lab));
        client.up("gw", "net").orThrow();
        assertThat(client.sa("gw").value("remote-host")).isEqualTo(lab.right().address());

        redirect(busy, other).orThrow();

        Await.until(
                () -> "the client is at the other gateway: " + client.sas(),
                SOON,
                () ->
                        client.sas().size() == 1
                                && client.sa("gw").value("remote-host").equals(other.address())
                                && client.installedChildren() == 1);
        busy.awaitIkeSas(0, SOON);
        lab.exchange(lab.left(), lab.right());
        assertThat(client.log()).contains("redirected to " + other.address());
    }

    @Test
    void shouldStayWhereItIsWhenItIsNotToFollow(Lab lab) {
        Site other = other(lab);
        StrongSwan busy = lab.strongSwan(lab.right());
        Culvert client = lab.culvert(lab.left()).setting("follow_redirects", "no");
        busy.start(gateway(lab, lab.right()));
        client.start(client(lab));
        client.up("gw", "net").orThrow();

        redirect(busy, other);

        // Nothing is to happen, which takes its time to be seen.
        Await.pause(Duration.ofSeconds(2));
        assertThat(client.sa("gw").value("remote-host")).isEqualTo(lab.right().address());
        assertThat(client.installedChildren()).isOne();
    }

    private static CommandResult redirect(Peer gateway, Site to) {
        return gateway.swanctl("--redirect", "--ike", "gw", "--gateway", to.address());
    }

    /** A site with the same host behind it as the right one has. */
    private static Site other(Lab lab) {
        Site other = lab.third();
        String host = lab.right().inner() + "/32";
        other.namespace().check("ip", "address", "add", host, "dev", "lo");
        return other;
    }

    private static Tunnel client(Lab lab) {
        return Tunnel.between("gw", lab.left(), lab.right())
                .ids("left.example", "gateway.example")
                .child(Child.of("net", lab.left().network(), lab.right().network()));
    }

    private static Tunnel gateway(Lab lab, Site own) {
        return Tunnel.between("gw", own, lab.left())
                .ids("gateway.example", "left.example")
                .child(Child.of("net", lab.right().network(), lab.left().network()));
    }
}
