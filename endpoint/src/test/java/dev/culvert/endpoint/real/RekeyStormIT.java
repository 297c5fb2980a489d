package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Await;
import dev.culvert.endpoint.real.net.Background;
import dev.culvert.endpoint.real.net.Json;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.Peer;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.SaView;
import dev.culvert.endpoint.real.net.Site;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Rekeying all the time, the child SA every two seconds and the IKE SA every five, while traffic
 * flows: no TCP connection may break, and no datagram of a stream within capacity may get lost.
 */
@RealNetwork
class RekeyStormIT {
    private static final int LOAD_SECONDS = 12;
    private static final int LEAST_REKEYINGS = 4;
    private static final String TCP_BITS_PER_SECOND = "40M";
    private static final String UDP_BITS_PER_SECOND = "4M";

    /** Who rekeys. */
    enum Rekeying {
        SUBJECT,
        STRONGSWAN,
        BOTH
    }

    @ParameterizedTest
    @EnumSource(Rekeying.class)
    void shouldLoseNothingWhenSasAreRekeyedAllTheTime(Rekeying rekeying, Lab lab) {
        Site left = lab.left();
        Site right = lab.right();
        Tunnel tunnel =
                Tunnel.between("gw", left, right)
                        .child(
                                Child.of("net", left.network(), right.network())
                                        .esp("aes128gcm16-ecp256"));
        Peer subject = lab.subject(left);
        StrongSwan strongSwan = lab.strongSwan(right);
        subject.start(rekeying == Rekeying.STRONGSWAN ? lasting(tunnel) : hasty(tunnel));
        Tunnel theirs = tunnel.mirrored();
        strongSwan.start(rekeying == Rekeying.SUBJECT ? lasting(theirs) : hasty(theirs));
        subject.up("gw", "net").orThrow();
        lab.exchange(left, right);

        List<Background> servers =
                Stream.of("5301", "5302", "5303").map(port -> serve(lab, right, port)).toList();
        Background tcp = load(lab, "5301", "-b", TCP_BITS_PER_SECOND);
        Background there = load(lab, "5302", "-u", "-l", "1000", "-b", UDP_BITS_PER_SECOND);
        Background back = load(lab, "5303", "-u", "-l", "1000", "-b", UDP_BITS_PER_SECOND, "-R");

        Json transferred = result(tcp);
        assertThat(transferred.at("sum_received").number("bytes")).isGreaterThan(10_000_000);
        for (Background stream : List.of(there, back)) {
            Json sum = result(stream).at("sum");
            assertThat(sum.number("packets")).isGreaterThan(4000);
            assertThat(sum.number("lost_packets")).as("lost of " + stream).isZero();
        }
        servers.forEach(Background::kill);
        int rekeyings = subject.log().split("rekeyed", -1).length - 1;
        assertThat(rekeyings).isGreaterThanOrEqualTo(LEAST_REKEYINGS);
        for (Peer peer : List.of(subject, strongSwan)) {
            Await.until(
                    () -> "one IKE SA with one child at " + peer + ": " + peer.sas(),
                    Duration.ofSeconds(15),
                    () -> hasOneOfEach(peer));
        }
        lab.exchange(left, right);
    }

    private static boolean hasOneOfEach(Peer peer) {
        List<SaView> up = peer.sas().stream().filter(SaView::isEstablished).toList();
        return up.size() == 1
                && up.getFirst().children().stream().filter(SaView.ChildView::isInstalled).count()
                        == 1;
    }

    private static Tunnel hasty(Tunnel tunnel) {
        return tunnel.with("rekey_time", "5s")
                .with("over_time", "120s")
                .with("rand_time", "0s")
                .withChildren("rekey_time", "2s")
                .withChildren("life_time", "120s")
                .withChildren("rand_time", "0s");
    }

    private static Tunnel lasting(Tunnel tunnel) {
        return tunnel.with("rekey_time", "0s").withChildren("rekey_time", "0s");
    }

    private static Background serve(Lab lab, Site site, String port) {
        Background server =
                site.namespace()
                        .start(
                                lab.directory().resolve("iperf-server-" + port + ".log"),
                                Map.of(),
                                "iperf3",
                                "-s",
                                "--forceflush",
                                "-B",
                                site.inner(),
                                "-p",
                                port);
        server.awaitLog("listening", Duration.ofSeconds(5));
        return server;
    }

    private static Background load(Lab lab, String port, String... more) {
        List<String> words =
                Stream.concat(
                                Stream.of(
                                        "iperf3",
                                        "-c",
                                        lab.right().inner(),
                                        "-B",
                                        lab.left().inner(),
                                        "-p",
                                        port,
                                        "-t",
                                        Integer.toString(LOAD_SECONDS),
                                        "--json"),
                                Stream.of(more))
                        .toList();
        return lab.left()
                .namespace()
                .start(
                        lab.directory().resolve("iperf-client-" + port + ".log"),
                        Map.of(),
                        words.toArray(String[]::new));
    }

    /** What iperf3 says at its end; fails when it failed. */
    private static Json result(Background client) {
        assertThat(client.awaitExit(Duration.ofSeconds(LOAD_SECONDS + 20L)))
                .as(client + " wrote " + client.log())
                .hasValue(0);
        return Json.parse(client.log()).at("end");
    }
}
