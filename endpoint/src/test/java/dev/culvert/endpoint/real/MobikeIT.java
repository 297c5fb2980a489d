package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Alone;
import dev.culvert.endpoint.real.net.Await;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.FullSpeed;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.Peer;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.SaView;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * The initiator's outer address is replaced, and another way taken, while TCP fills the tunnel in
 * both directions: the connections live on. Twice, there and back.
 */
@Alone
@RealNetwork
class MobikeIT {
    private static final int SECONDS = 9;
    private static final Duration BEFORE = Duration.ofSeconds(2);
    private static final Duration SOON = Duration.ofSeconds(20);

    @Test
    void shouldMoveInPlaceWhenBothAreCulvert(Lab lab) {
        Culvert left = lab.culvert(lab.left());
        Culvert right = lab.culvert(lab.right());
        bringUp(lab, left, right);
        String inbound = spi(left, "spi-in");
        String outbound = spi(left, "spi-out");
        FullSpeed load = startLoad(lab);

        roam(lab, left, right);

        assertThat(load.isRunning()).as("all of it happened under load").isTrue();
        load.awaitContent();
        assertThat(spi(left, "spi-in")).isEqualTo(inbound);
        assertThat(spi(left, "spi-out")).isEqualTo(outbound);
        assertThat(spi(right, "spi-in")).isEqualTo(outbound);
        assertThat(left.sa("gw").value("mobike")).isEqualTo("yes");
        assertThat(left.cli("status").orThrow().output()).contains("MOBIKE");
        assertThat(left.log())
                .contains(
                        "IKE SA #1 moved to path 203.0.113.2[4500] - 198.51.100.2[4500],"
                                + " was 192.0.2.2[4500] - 198.51.100.2[4500]",
                        "tells the peer to use");
        assertThat(right.log())
                .contains("the peer moved from 192.0.2.2[4500]", "is at 203.0.113.2");
    }

    @Test
    void shouldMoveUnderLoadWhenStrongSwanIsThePeer(Lab lab) {
        Peer left = lab.culvert(lab.left());
        Peer right = lab.strongSwan(lab.right());
        bringUp(lab, left, right);
        FullSpeed load = startLoad(lab);

        roam(lab, left, right);

        assertThat(load.isRunning()).as("all of it happened under load").isTrue();
        load.awaitContent();
    }

    @Test
    void shouldFollowUnderLoadWhenStrongSwanMoves(Lab lab) {
        Peer left = lab.strongSwan(lab.left());
        Peer right = lab.culvert(lab.right());
        bringUp(lab, left, right);
        FullSpeed load = startLoad(lab);

        roam(lab, left, right);

        assertThat(load.isRunning()).as("all of it happened under load").isTrue();
        load.awaitContent();
    }

    private static void bringUp(Lab lab, Peer left, Peer right) {
        lab.addSecondPath();
        Tunnel tunnel =
                Tunnel.between("gw", lab.left(), lab.right())
                        .addresses("%any", lab.right().address())
                        .with("mobike", "yes")
                        .child(Child.of("net", lab.left().network(), lab.right().network()));
        left.start(tunnel);
        right.start(tunnel.mirrored().addresses("%any", "%any"));
        left.up("gw", "net").orThrow();
        lab.exchange(lab.left(), lab.right());
    }

    private static void roam(Lab lab, Peer left, Peer right) {
        Await.pause(BEFORE);
        lab.moveToSecondPath();
        awaitPath(left, right, Lab.SECOND_ADDRESS);
        Await.pause(BEFORE);
        lab.moveToFirstPath();
        awaitPath(left, right, lab.left().address());
    }

    private static void awaitPath(Peer left, Peer right, String address) {
        Await.until(
                () -> left + " and " + right + " know the address " + address,
                SOON,
                () ->
                        only(left).value("local-host").equals(address)
                                && only(right).value("remote-host").equals(address));
    }

    private static SaView only(Peer peer) {
        return peer.sa("gw");
    }

    private static String spi(Peer peer, String key) {
        return only(peer).child("net").value(key);
    }

    private static FullSpeed startLoad(Lab lab) {
        return lab.traffic().startFullSpeed(lab.left(), lab.right(), SECONDS);
    }
}
