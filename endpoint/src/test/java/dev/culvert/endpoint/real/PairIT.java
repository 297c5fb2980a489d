package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Await;
import dev.culvert.endpoint.real.net.Capture;
import dev.culvert.endpoint.real.net.CommandResult;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Json;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two Culverts, and their command line. */
@RealNetwork
class PairIT {

    private static final Duration REST = Duration.ofSeconds(30);
    private static final Duration SOON = Duration.ofSeconds(8);

    @Test
    void shouldCarryTrafficBetweenTwoCulverts(Lab lab) {
        Culvert left = lab.culvert(lab.left());
        Culvert right = lab.culvert(lab.right());
        Tunnel tunnel = tunnel(lab).esp("aes256gcm16-esn");
        left.start(tunnel);
        right.start(tunnel.mirrored());
        Capture capture = lab.capture(Capture.ALL);

        left.up("gw", "net").orThrow();
        left.up("gw", "six").orThrow();

        lab.exchange(lab.left(), lab.right());
        lab.exchange(lab.right(), lab.left());
        lab.exchange(lab.left(), lab.left().innerV6(), lab.right().innerV6());
        lab.traffic()
                .udpEcho(lab.left().namespace(), lab.left().inner(), lab.right().inner(), 1200)
                .orThrow();
        assertThat(capture.stop().packets())
                .allMatch(packet -> packet.isIke() || packet.isEsp())
                .hasSizeGreaterThan(100);
        for (Culvert culvert : List.of(left, right)) {
            assertThat(culvert.sa("gw").child("net").value("esn")).isNotEmpty();
            assertThat(culvert.log()).doesNotContain("Exception");
        }
    }

    @Test
    void shouldBeDrivenByItsCommandLine(Lab lab) {
        Culvert left = lab.culvert(lab.left());
        Culvert right = lab.culvert(lab.right());
        left.start(tunnel(lab));
        right.start(tunnel(lab).mirrored());

        CommandResult up = left.cli("up", "net");

        assertThat(up.succeeded()).as(up.toString()).isTrue();
        lab.exchange(lab.left(), lab.right());
        CommandResult status = right.cli("status");
        assertThat(status.succeeded()).as(status.toString()).isTrue();
        assertThat(status.stdout()).contains("gw", "net", "ESTABLISHED", "INSTALLED");
        Json sa =
                left.statusJson()
                        .at("connections")
                        .items()
                        .getFirst()
                        .at("ike_sas")
                        .items()
                        .getFirst();
        assertThat(sa.at("state")).hasToString("ESTABLISHED");
        Json child = sa.at("child_sas").items().getFirst();
        assertThat(child.at("out").number("packets")).isPositive();
        assertThat(child.at("in").number("packets")).isPositive();

        CommandResult down = left.cli("down", "gw");

        assertThat(down.succeeded()).as(down.toString()).isTrue();
        right.awaitIkeSas(0, SOON);
        assertThat(left.cli("up", "nothing").succeeded()).isFalse();
        assertThat(left.stop()).isZero();
        assertThat(right.stop()).isZero();
    }

    @Test
    void shouldSurviveBothEndsSettingUpAtOnce(Lab lab) {
        Culvert left = lab.culvert(lab.left());
        Culvert right = lab.culvert(lab.right());
        Tunnel tunnel = tunnel(lab).withChildren("start_action", "start");
        left.start(tunnel);
        right.start(tunnel(lab).mirrored().withChildren("start_action", "start"));

        left.up("gw", "net");
        // A responder may send before its peer has read the answer: until both negotiations have
        // ended, a packet may meet an SA that its receiver does not know yet.
        Await.until("every ping is answered", SOON, () -> pingFromLeft(lab) == 3);
        lab.exchange(lab.left(), lab.right());
        lab.exchange(lab.right(), lab.left());

        assertThat(left.stop()).isZero();
        right.awaitChildren(0, SOON);
    }

    @Test
    void shouldRestWhenThereIsNothingToDo(Lab lab) {
        Culvert left = lab.culvert(lab.left());
        Culvert right = lab.culvert(lab.right());
        left.start(tunnel(lab));
        right.start(tunnel(lab).mirrored());
        left.up("gw", "net").orThrow();
        lab.exchange(lab.left(), lab.right());

        // The JVM compiles for a while what it has just run. An agent that spins would never use
        // less than 5000 ms.
        Await.until(
                "5 s with less than 250 ms of processor time", REST, () -> usedMillis(left) < 250);
    }

    private static long usedMillis(Culvert culvert) {
        long before = culvert.processorMillis();
        Await.pause(Duration.ofSeconds(5));
        return culvert.processorMillis() - before;
    }

    @Test
    void shouldServeTheStockSwanctl(Lab lab) {
        Culvert left = lab.culvert(lab.left());
        Culvert right = lab.culvert(lab.right());
        left.start(tunnel(lab).esp("aes256gcm16-esn"));
        right.start(tunnel(lab).esp("aes256gcm16-esn").mirrored());

        assertThat(left.swanctl("--initiate", "--child", "net").orThrow().stdout())
                .contains("initiate completed successfully");

        assertThat(left.swanctl("--list-sas").orThrow().stdout())
                .contains("gw: #1, ESTABLISHED, IKEv2", "net: #1, reqid")
                .contains("INSTALLED, TUNNEL-in-UDP, ESP:AES_GCM_16-256/ESN");
        assertThat(left.swanctl("--list-conns").orThrow().stdout())
                .contains("gw: IKEv2", "net: TUNNEL", "six: TUNNEL");
        assertThat(left.swanctl("--version", "--daemon").orThrow().stdout())
                .containsIgnoringCase("culvert");
        assertThat(left.swanctl("--terminate", "--child", "net").orThrow().stdout())
                .contains("terminate completed successfully");
        left.awaitChildren(0, SOON);
        right.awaitChildren(0, SOON);
    }

    private static Tunnel tunnel(Lab lab) {
        return Tunnel.between("gw", lab.left(), lab.right())
                .child(Child.of("net", lab.left().network(), lab.right().network()))
                .child(Child.of("six", lab.left().networkV6(), lab.right().networkV6()));
    }

    private static int pingFromLeft(Lab lab) {
        return lab.traffic()
                .ping(lab.left().namespace(), lab.left().inner(), lab.right().inner(), 3);
    }
}
