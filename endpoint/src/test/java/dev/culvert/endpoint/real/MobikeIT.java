package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Await;
import dev.culvert.endpoint.real.net.Background;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.Peer;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.SaView;
import dev.culvert.endpoint.real.net.Site;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The initiator's outer address is replaced, and another way taken, while TCP fills the tunnel in
 * both directions: the connections live on. Twice, there and back.
 */
@RealNetwork
class MobikeIT {
    private static final int SECONDS = 12;
    private static final Duration BEFORE = Duration.ofSeconds(3);
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration END = Duration.ofSeconds(90);

    @Test
    void shouldMoveInPlaceWhenBothAreCulvert(Lab lab) {
        Culvert left = lab.culvert(lab.left());
        Culvert right = lab.culvert(lab.right());
        bringUp(lab, left, right);
        String inbound = spi(left, "spi-in");
        String outbound = spi(left, "spi-out");
        List<Background> load = startLoad(lab);

        roam(lab, left, right);

        awaitContent(load);
        assertThat(spi(left, "spi-in")).isEqualTo(inbound);
        assertThat(spi(left, "spi-out")).isEqualTo(outbound);
        assertThat(spi(right, "spi-in")).isEqualTo(outbound);
        assertThat(left.sa("gw").value("mobike")).isEqualTo("yes");
        assertThat(left.cli("status").orThrow().output()).contains("MOBIKE");
        assertThat(left.log()).contains("moved from 192.0.2.2[4500]", "tells the peer to use");
        assertThat(right.log())
                .contains("the peer moved from 192.0.2.2[4500]", "is at 203.0.113.2");
    }

    @Test
    void shouldMoveUnderLoadWhenStrongSwanIsThePeer(Lab lab) {
        Peer left = lab.culvert(lab.left());
        Peer right = lab.strongSwan(lab.right());
        bringUp(lab, left, right);
        List<Background> load = startLoad(lab);

        roam(lab, left, right);

        awaitContent(load);
    }

    @Test
    void shouldFollowUnderLoadWhenStrongSwanMoves(Lab lab) {
        Peer left = lab.strongSwan(lab.left());
        Peer right = lab.culvert(lab.right());
        bringUp(lab, left, right);
        List<Background> load = startLoad(lab);

        roam(lab, left, right);

        awaitContent(load);
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

    private static List<Background> startLoad(Lab lab) {
        Background there = receive(lab, lab.right());
        Background back = receive(lab, lab.left());
        return List.of(
                send(lab, lab.left(), lab.right()),
                send(lab, lab.right(), lab.left()),
                there,
                back);
    }

    private static Background receive(Lab lab, Site site) {
        return lab.traffic().startFullSpeed(site.namespace(), "receive", site.inner(), "7001");
    }

    private static Background send(Lab lab, Site from, Site to) {
        return lab.traffic()
                .startFullSpeed(
                        from.namespace(),
                        "send",
                        from.inner(),
                        to.inner(),
                        "7001",
                        Integer.toString(SECONDS));
    }

    private static void awaitContent(List<Background> load) {
        for (Background process : load) {
            assertThat(process.awaitExit(END)).as(process.log()).hasValue(0);
        }
        for (Background sender : load.subList(0, 2)) {
            assertThat(sender.log()).contains("content checked at the receiver");
        }
    }
}
