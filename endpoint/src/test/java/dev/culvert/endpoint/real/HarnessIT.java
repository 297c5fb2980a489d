package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Capture;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Tunnel;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * The harness itself, with strongSwan at both ends: when this fails, no other result means much.
 */
@RealNetwork
class HarnessIT {

    private static final Duration SOON = Duration.ofSeconds(10);

    @Test
    void shouldCarryTrafficBetweenTwoStrongSwans(Lab lab) {
        StrongSwan left = lab.strongSwan(lab.left());
        StrongSwan right = lab.strongSwan(lab.right());
        Tunnel tunnel = tunnel(lab);
        left.start(tunnel);
        right.start(tunnel.mirrored());
        Capture capture = lab.capture(Capture.ALL);

        left.up("gw", "net").orThrow();
        lab.exchange(lab.left(), lab.right());

        assertThat(left.sa("gw").suite()).isEqualTo("AES_GCM_16-128/PRF_HMAC_SHA2_256/ECP_256");
        assertThat(right.sa("gw").child("net").suite()).isEqualTo("AES_GCM_16-128");
        assertThat(right.sa("gw").child("net").packetsIn()).isGreaterThan(3);
        assertThat(capture.stop().packets())
                .allMatch(packet -> packet.isUdp() && (packet.isEsp() || packet.isIke()))
                .hasSizeGreaterThan(100);
    }

    @Test
    @RealNetwork(nat = Lab.Nat.BOTH)
    void shouldCarryTrafficThroughTwoNats(Lab lab) {
        StrongSwan left = lab.strongSwan(lab.left());
        StrongSwan right = lab.strongSwan(lab.right());
        Tunnel tunnel = tunnel(lab);
        left.start(tunnel);
        right.start(tunnel.mirrored().addresses("%any", "%any"));

        left.up("gw", "net").orThrow();
        lab.exchange(lab.left(), lab.right());

        assertThat(right.sa("gw").value("remote-host")).isEqualTo(lab.left().publicAddress());
    }

    @Test
    void shouldLoseDatagramsWhenTold(Lab lab) {
        StrongSwan left = lab.strongSwan(lab.left());
        StrongSwan right = lab.strongSwan(lab.right());
        Tunnel tunnel = tunnel(lab);
        left.start(tunnel);
        right.start(tunnel.mirrored());
        left.up("gw", "net").orThrow();

        lab.lose(50);
        int answered =
                lab.traffic()
                        .ping(lab.left().namespace(), lab.left().inner(), lab.right().inner(), 60);
        lab.loseNothing();

        assertThat(answered).isBetween(1, 40);
        lab.exchange(lab.left(), lab.right());
    }

    @Test
    void shouldSeeAPeerGo(Lab lab) {
        StrongSwan left = lab.strongSwan(lab.left());
        StrongSwan right = lab.strongSwan(lab.right());
        Tunnel tunnel = tunnel(lab);
        left.start(tunnel);
        right.start(tunnel.mirrored());
        left.up("gw", "net").orThrow();

        assertThat(left.stop()).isZero();

        right.awaitIkeSas(0, SOON);
        assertThat(
                        lab.traffic()
                                .pingInVain(
                                        lab.left().namespace(),
                                        lab.left().inner(),
                                        lab.right().inner(),
                                        1))
                .isZero();
    }

    private static Tunnel tunnel(Lab lab) {
        return Tunnel.between("gw", lab.left(), lab.right())
                .child(Tunnel.Child.of("net", lab.left().network(), lab.right().network()));
    }
}
