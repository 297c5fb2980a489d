package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Alone;
import dev.culvert.endpoint.real.net.Await;
import dev.culvert.endpoint.real.net.Background;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.FullQueues;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.Peer;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.SaView;
import dev.culvert.endpoint.real.net.Site;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Traffic;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Rekeying all the time, the child SA every two seconds and the IKE SA every five, while traffic
 * flows: no TCP connection breaks, and no datagram of a stream gets lost.
 *
 * <p>strongSwan's socket has a receive buffer of 208 KiB, and on a busy machine it fills up, with
 * rekeyings and without. What the kernel drops there, and at any other full queue, it counts; so a
 * storm is repeated when a queue was full, and no more may be lost than was counted.
 */
@Alone
@RealNetwork
class RekeyStormIT {
    private static final int LOAD_SECONDS = 12;
    private static final int TCP_CONNECTIONS = 4;
    private static final int TCP_BYTES_PER_SECOND = 300_000;
    private static final int DATAGRAM_BYTES = 1000;
    private static final int DATAGRAMS_PER_SECOND = 400;
    private static final int STORMS = 3;
    private static final int LEAST_CHILD_REKEYINGS = 4;
    private static final Duration END = Duration.ofSeconds(40);

    /** What more than the line takes runs into, whatever becomes of SAs. */
    private static final Set<String> FULL_LOAD = Set.of("send_blocked");

    /** Who rekeys. */
    enum Rekeying {
        SUBJECT,
        STRONGSWAN,
        BOTH
    }

    private final List<Background> servers = new ArrayList<>();
    private Lab lab;
    private Peer subject;
    private StrongSwan strongSwan;

    /** Starts TCP; gives what waits for its end, which must be a good one. */
    private interface TcpLoad {
        Runnable start();
    }

    @ParameterizedTest
    @EnumSource(Rekeying.class)
    void shouldLoseNothingWhenSasAreRekeyedAllTheTime(Rekeying rekeying, Lab freshLab) {
        bringUp(rekeying, freshLab);
        FullQueues full = storm(this::startPaced);
        for (int more = 1; more < STORMS && full.total() > 0; more++) {
            full = storm(this::startPaced);
        }
        assertRekeyed(rekeying);
        assertNothingDropped();
    }

    @Test
    void shouldKeepConnectionsWhenSasAreRekeyedUnderFullLoad(Lab freshLab) {
        bringUp(Rekeying.BOTH, freshLab);
        storm(this::startFullSpeed);
        assertRekeyed(Rekeying.BOTH);
        assertNothingDropped();
    }

    private void bringUp(Rekeying rekeying, Lab freshLab) {
        lab = freshLab;
        Tunnel tunnel =
                Tunnel.between("gw", lab.left(), lab.right())
                        .child(
                                Child.of("net", lab.left().network(), lab.right().network())
                                        .esp("aes128gcm16-ecp256"));
        subject = lab.subject(lab.left());
        strongSwan = lab.strongSwan(lab.right());
        subject.start(rekeying == Rekeying.STRONGSWAN ? lasting(tunnel) : hasty(tunnel));
        Tunnel theirs = tunnel.mirrored();
        strongSwan.start(rekeying == Rekeying.SUBJECT ? lasting(theirs) : hasty(theirs));
        subject.up("gw", "net").orThrow();
        lab.exchange(lab.left(), lab.right());
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

    private Runnable startPaced() {
        Background mirror = lab.traffic().startMirror(lab.right());
        servers.add(mirror);
        List<Background> connections = new ArrayList<>();
        for (int i = 0; i < TCP_CONNECTIONS; i++) {
            connections.add(
                    lab.traffic()
                            .startPaced(
                                    lab.left(), lab.right(), TCP_BYTES_PER_SECOND, LOAD_SECONDS));
        }
        return () -> connections.forEach(RekeyStormIT::assertEndsWell);
    }

    private Runnable startFullSpeed() {
        return lab.traffic().startFullSpeed(lab.left(), lab.right(), LOAD_SECONDS)::awaitContent;
    }

    /** Traffic for a while; gives what full queues cost. */
    private FullQueues storm(TcpLoad load) {
        FullQueues before = fullQueues();
        Background atRight = lab.traffic().startCollector(lab.right());
        Background atLeft = lab.traffic().startCollector(lab.left());
        Runnable tcp = load.start();
        Background there = stream(lab.left(), lab.right());
        Background back = stream(lab.right(), lab.left());
        tcp.run();
        assertEndsWell(there);
        assertEndsWell(back);
        lab.exchange(lab.left(), lab.right());
        servers.addAll(List.of(atRight, atLeft));
        servers.forEach(server -> server.signal("TERM"));
        servers.forEach(server -> server.awaitExit(END));
        servers.clear();
        FullQueues full = fullQueues().since(before);
        assertStream(Traffic.Stream.of(there, atRight), full, atRight);
        assertStream(Traffic.Stream.of(back, atLeft), full, atLeft);
        return full;
    }

    private static void assertEndsWell(Background process) {
        assertThat(process.awaitExit(END))
                .as(() -> process + " wrote " + process.log())
                .hasValue(0);
    }

    private Background stream(Site from, Site to) {
        return lab.traffic()
                .startStream(from, to, DATAGRAM_BYTES, DATAGRAMS_PER_SECOND, LOAD_SECONDS);
    }

    private FullQueues fullQueues() {
        return FullQueues.of(
                List.of(lab.left().namespace(), lab.right().namespace(), lab.router()));
    }

    private static void assertStream(Traffic.Stream stream, FullQueues full, Background collector) {
        assertThat(stream.sent()).isEqualTo(DATAGRAMS_PER_SECOND * LOAD_SECONDS);
        assertThat(stream.twice()).isZero();
        assertThat(stream.lost())
                .as(() -> "lost; full queues dropped " + full + "; " + collector.log())
                .isLessThanOrEqualTo(full.total());
    }

    private void assertRekeyed(Rekeying rekeying) {
        String log = strongSwan.log();
        assertThat(log.split("outbound CHILD_SA net", -1).length - 1)
                .as("rekeyings of the child SA")
                .isGreaterThanOrEqualTo(LEAST_CHILD_REKEYINGS);
        assertThat(log.split(" rekeyed between ", -1).length - 1)
                .as("rekeyings of the IKE SA")
                .isGreaterThanOrEqualTo(rekeying == Rekeying.BOTH ? 1 : 2);
        for (Peer peer : List.of(subject, strongSwan)) {
            Await.until(
                    () -> "one IKE SA with one child at " + peer + ": " + peer.sas(),
                    Duration.ofSeconds(15),
                    () -> hasOneOfEach(peer));
        }
        lab.exchange(lab.left(), lab.right());
    }

    private static boolean hasOneOfEach(Peer peer) {
        List<SaView> up = peer.sas().stream().filter(SaView::isEstablished).toList();
        return up.size() == 1
                && up.getFirst().children().stream().filter(SaView.ChildView::isInstalled).count()
                        == 1;
    }

    private void assertNothingDropped() {
        if (subject instanceof Culvert culvert) {
            assertThat(
                            culvert.drops().entrySet().stream()
                                    .filter(drop -> drop.getValue() > 0)
                                    .filter(drop -> !FULL_LOAD.contains(drop.getKey()))
                                    .collect(Collectors.toSet()))
                    .as("drops at %s", culvert)
                    .isEmpty();
        }
    }
}
