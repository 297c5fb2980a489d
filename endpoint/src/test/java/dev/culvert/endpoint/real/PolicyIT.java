package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Await;
import dev.culvert.endpoint.real.net.Capture;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.Peer;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import dev.culvert.endpoint.real.net.WirePacket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to packets before there is an SA, and to those that no SA is for. */
@RealNetwork
class PolicyIT {

    private static final Duration SOON = Duration.ofSeconds(10);

    @Test
    void shouldHoldTheFirstPacketsUntilTheSaIsThere(Lab lab) {
        Tunnel tunnel = tunnel(lab);
        Culvert culvert = lab.culvert(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        culvert.start(tunnel.withChildren("start_action", "trap"));
        strongSwan.start(tunnel.mirrored());
        Capture capture = lab.capture(Capture.ALL);

        int answers = ping(lab, lab.right().inner(), 5);

        assertThat(answers).as("none is lost, not even the first").isEqualTo(5);
        lab.exchange(lab.left(), lab.right());
        assertProtected(capture);
    }

    @Test
    void shouldSetUpAgainWhenTrafficComesAfterADelete(Lab lab) {
        Tunnel tunnel = tunnel(lab);
        Culvert culvert = lab.culvert(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        culvert.start(tunnel.withChildren("start_action", "trap"));
        strongSwan.start(tunnel.mirrored());
        assertThat(ping(lab, lab.right().inner(), 2)).isEqualTo(2);
        Capture capture = lab.capture(Capture.ALL);
        strongSwan.down("gw").orThrow();
        culvert.awaitIkeSas(0, SOON);

        int answers = ping(lab, lab.right().inner(), 3);

        assertThat(answers).isEqualTo(3);
        assertProtected(capture);
    }

    @Test
    void shouldSetUpAtTheStartWhenToldTo(Lab lab) {
        Tunnel tunnel = tunnel(lab);
        Peer subject = lab.subject(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        strongSwan.start(tunnel.mirrored());
        subject.start(tunnel.withChildren("start_action", "start"));

        strongSwan.awaitChildren(1, SOON);
        subject.awaitChildren(1, SOON);

        lab.exchange(lab.left(), lab.right());
    }

    @Test
    void shouldSendNothingInClearWhileThePeerIsAway(Lab lab) {
        Tunnel tunnel = tunnel(lab);
        Culvert culvert =
                lab.culvert(lab.left())
                        .setting("retransmit.timeout", "0.5")
                        .setting("retransmit.tries", "2");
        culvert.start(tunnel.withChildren("start_action", "trap"));
        Capture capture = lab.capture(Capture.ALL);

        int answers = pingInVain(lab, lab.right().inner(), 60);
        Await.until(
                () ->
                        "packets that waited for nothing, or found the queue full: "
                                + culvert.drops(),
                SOON,
                () ->
                        culvert.drops().entrySet().stream()
                                .filter(drop -> drop.getKey().startsWith("acquire"))
                                .anyMatch(drop -> drop.getValue() > 0));

        assertThat(answers).isZero();
        List<WirePacket> packets = capture.stop().packets();
        assertThat(packets).as("only attempts to reach the peer").anyMatch(WirePacket::isIke);
        assertThat(packets.stream().filter(packet -> !packet.isIke()).toList())
                .as("router and peer say port unreachable; nothing else")
                .allMatch(packet ->
                        packet.protocol() == 1 && packet.source().equals(lab.right().address()));
    }

    @Test
    void shouldPassAndDropAsPoliciesSay(Lab lab) {
        Tunnel.Child pass =
                Child.of("clear", "10.1.0.0/16", "10.2.9.0/24")
                        .with("mode", "pass")
                        .with("start_action", "trap");
        // As in strongSwan, dropping comes last, unless a priority says otherwise.
        Tunnel.Child drop =
                Child.of("never", "10.1.0.0/16", "10.2.10.0/24")
                        .with("mode", "drop")
                        .with("priority", "100000")
                        .with("start_action", "trap");
        Tunnel.Child rest =
                Child.of("net", "10.1.0.0/16", "10.2.0.0/16").with("start_action", "trap");
        Tunnel tunnel = Tunnel.between("gw", lab.left(), lab.right());
        Culvert culvert = lab.culvert(lab.left());
        culvert.start(tunnel.child(pass).child(drop).child(rest));
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        strongSwan.start(tunnel.child(Child.of("net", "10.1.0.0/16", "10.2.0.0/16")).mirrored());
        // In clear, the router must know the way, and strongSwan's policies must not cover it.
        lab.router().route("10.2.8.0/22", lab.right().address());
        lab.router().route("10.1.0.0/16", lab.left().address());
        Capture capture = lab.capture(Capture.ALL);

        int passed = ping(lab, lab.right().inner(9), 3);
        int dropped = pingInVain(lab, lab.right().inner(10), 2);
        int sealed = ping(lab, lab.right().inner(0), 3);

        List<WirePacket> packets = capture.stop().packets();
        assertThat(packets)
                .as("requests in clear as the policy says")
                .filteredOn(packet -> packet.destination().equals("10.2.9.1"))
                .hasSize(3);
        assertThat(passed).isEqualTo(3);
        assertThat(packets).noneMatch(packet -> packet.destination().equals("10.2.10.1"));
        assertThat(dropped).isZero();
        assertThat(packets).noneMatch(packet -> packet.destination().equals("10.2.0.1"));
        assertThat(sealed).isEqualTo(3);
        assertThat(culvert.drops("policy_drop")).isGreaterThanOrEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCoverThePeerItselfWithoutALoop(boolean initiating, Lab lab) {
        Tunnel tunnel =
                Tunnel.between("gw", lab.left(), lab.right())
                        .child(Child.of("all", lab.left().network(), "0.0.0.0/0"));
        Peer subject = lab.subject(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        subject.start(tunnel);
        strongSwan.start(tunnel.mirrored());
        Capture capture = lab.capture(Capture.ALL);

        (initiating ? subject : strongSwan).up("gw", "all").orThrow();

        lab.exchange(lab.left(), lab.right());
        lab.exchange(lab.left(), lab.left().inner(), lab.right().inner(7));
        assertThat(ping(lab, lab.right().address(), 3))
                .as("the peer's own outer address, through the tunnel")
                .isEqualTo(3);
        assertProtected(capture);
        assertThat(subject.sa("gw").child("all").packetsOut())
                .as("a loop would count each packet many times")
                .isLessThan(20_000);
        subject.down("gw").orThrow();
        strongSwan.awaitIkeSas(0, SOON);
    }

    private static int ping(Lab lab, String destination, int count) {
        return lab.traffic().ping(lab.left().namespace(), lab.left().inner(), destination, count);
    }

    private static int pingInVain(Lab lab, String destination, int count) {
        return lab.traffic()
                .pingInVain(lab.left().namespace(), lab.left().inner(), destination, count);
    }

    private static void assertProtected(Capture capture) {
        assertThat(capture.stop().packets())
                .as("only IKE and ESP on the wire")
                .isNotEmpty()
                .allMatch(packet -> packet.isIke() || packet.isEsp());
    }

    private static Tunnel tunnel(Lab lab) {
        return Tunnel.between("gw", lab.left(), lab.right())
                .child(Child.of("net", lab.left().network(), lab.right().network()));
    }
}
