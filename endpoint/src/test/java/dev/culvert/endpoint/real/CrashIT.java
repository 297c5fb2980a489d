package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Await;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Peers that crash, and come back soon or late. */
@RealNetwork
class CrashIT {

    private static final Duration SOON = Duration.ofSeconds(15);
    private static final Duration DPD = Duration.ofSeconds(60);

    @Test
    void shouldBeBackInSecondsWhenThePeerCrashedAndSaysSo(Lab lab) {
        // Retransmissions take their default time, 165 s.
        Culvert left = lab.culvert(lab.left());
        Culvert right =
                lab.culvert(lab.right()).setting("crash_secret", "\"of the right site only\"");
        Tunnel tunnel = tunnel(lab);
        right.start(tunnel.mirrored());
        left.start(tunnel.with("dpd_delay", "2s").withChildren("dpd_action", "restart"));
        left.up("gw", "net").orThrow();
        lab.exchange(lab.left(), lab.right());

        right.kill();
        right.start(tunnel.mirrored());

        right.awaitChildren(1, SOON);
        left.awaitChildren(1, SOON);
        lab.exchange(lab.left(), lab.right());
        assertThat(left.statusJson().at("ike_counters").number("ike_crashes_detected")).isOne();
        assertThat(left.log()).contains("crash token is right");
    }

    @Test
    void shouldNotBelieveThatThePeerCrashedWhenItsSecretIsAnother(Lab lab) {
        Culvert left = lab.culvert(lab.left()).setting("retransmit.timeout", "1s");
        Culvert right =
                lab.culvert(lab.right()).setting("crash_secret", "\"the first secret of it\"");
        Tunnel tunnel = tunnel(lab);
        right.start(tunnel.mirrored());
        left.start(tunnel.with("dpd_delay", "2s"));
        left.up("gw", "net").orThrow();

        right.kill();
        right.setting("crash_secret", "\"the second secret\"").start(tunnel.mirrored());

        Await.until(
                "the wrong token has come",
                SOON,
                () ->
                        left.statusJson().at("ike_counters").number("ike_dropped_unprotected_hint")
                                > 0);
        assertThat(left.sa("gw").isEstablished()).isTrue();
        assertThat(left.statusJson().at("ike_counters").number("ike_crashes_detected")).isZero();
    }

    @Test
    void shouldFindThePeerAgainWhenItComesBackLate(Lab lab) {
        Culvert culvert =
                lab.culvert(lab.left())
                        .setting("retransmit.timeout", "0.5")
                        .setting("retransmit.tries", "2");
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        Tunnel tunnel = tunnel(lab);
        strongSwan.start(tunnel.mirrored());
        culvert.start(
                tunnel.with("dpd_delay", "1s")
                        .withChildren("start_action", "start")
                        .withChildren("dpd_action", "restart"));
        culvert.awaitChildren(1, SOON);

        strongSwan.kill();
        culvert.awaitLog("try 1 of 1", DPD);
        Await.until(
                "several set-ups have failed, each a while after the other",
                DPD,
                () -> culvert.log().split("no answer from", -1).length > 3);
        assertThat(culvert.installedChildren()).isZero();
        strongSwan.start(tunnel.mirrored());

        culvert.awaitChildren(1, DPD);
        lab.exchange(lab.left(), lab.right());
    }

    private static Tunnel tunnel(Lab lab) {
        return Tunnel.between("gw", lab.left(), lab.right())
                .child(Child.of("net", lab.left().network(), lab.right().network()));
    }
}
