package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Alone;
import dev.culvert.endpoint.real.net.Await;
import dev.culvert.endpoint.real.net.Background;
import dev.culvert.endpoint.real.net.Capture;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.SaView;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import dev.culvert.endpoint.real.net.WirePacket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Garbage and floods at ports 500 and 4500, while a tunnel carries traffic. */
@Alone
@RealNetwork
class HostileIT {

    private static final int GARBAGE_COUNT = 500_000;
    private static final int GARBAGE_PER_SECOND = 25_000;
    private static final int HALF_OPEN_COUNT = 10_000;
    private static final int HALF_OPEN_PER_SECOND = 2_000;
    private static final long SEED = 7296;
    private static final long MEMORY_GROWTH_BYTES = 160L << 20;
    private static final Duration LIMIT = Duration.ofSeconds(150);
    private static final Duration HALF_OPEN_END = Duration.ofSeconds(30);

    @Test
    @Timeout(300)
    void shouldCarryTrafficUnderRandomAndMutatedDatagrams(Lab lab) {
        Culvert culvert = lab.culvert(lab.left());
        List<WirePacket> samples = bringUp(lab, culvert);
        Path templates = lab.write("templates", hexLines(samples));
        long before = culvert.residentBytes();
        Background traffic = steadyTraffic(lab);

        String sent =
                lab.inject(
                                LIMIT,
                                "",
                                "garbage",
                                lab.left().address(),
                                Long.toString(SEED),
                                Integer.toString(GARBAGE_COUNT),
                                Integer.toString(GARBAGE_PER_SECOND),
                                templates.toString())
                        .stdout();

        assertThat(sent).contains("sent " + GARBAGE_COUNT);
        assertThat(culvert.statusJson().at("dataplane_counters").number("in_datagrams"))
                .as("what arrived; the kernel may drop some before us")
                .isGreaterThan(GARBAGE_COUNT / 2);
        assertUnharmed(lab, culvert, before, traffic);
    }

    @Test
    @Timeout(300)
    void shouldCarryTrafficUnderHalfOpenFloods(Lab lab) {
        Culvert culvert =
                lab.culvert(lab.left())
                        .setting("limits.half_open", "200")
                        .setting("limits.half_open_timeout", "5s");
        List<WirePacket> samples = bringUp(lab, culvert);
        String request =
                samples.stream()
                        .filter(packet -> packet.destinationPort() == 500)
                        .filter(packet -> packet.destination().equals(lab.left().address()))
                        .findFirst()
                        .map(packet -> HexFormat.of().formatHex(packet.udpPayload()))
                        .orElseThrow();
        long before = culvert.residentBytes();
        Background traffic = steadyTraffic(lab);

        lab.inject(
                LIMIT,
                "",
                "halfopen",
                lab.left().address(),
                Long.toString(SEED),
                Integer.toString(HALF_OPEN_COUNT),
                Integer.toString(HALF_OPEN_PER_SECOND),
                request);

        assertThat(culvert.statusJson().number("half_open")).isLessThanOrEqualTo(200);
        assertUnharmed(lab, culvert, before, traffic);
        Await.until(
                "half-open SAs end",
                HALF_OPEN_END,
                () -> culvert.statusJson().number("half_open") == 0);
    }

    private static void assertUnharmed(
            Lab lab, Culvert culvert, long residentBytesBefore, Background traffic) {
        assertThat(culvert.isAlive()).isTrue();
        assertThat(culvert.log()).doesNotContain("Exception", "\tat ");
        assertThat(culvert.drops("internal_fault")).isZero();
        assertThat(culvert.residentBytes() - residentBytesBefore).isLessThan(MEMORY_GROWTH_BYTES);
        traffic.signal("TERM");
        traffic.awaitLog("steady", Duration.ofSeconds(60));
        assertThat(traffic.log().lines().count()).as(traffic.log()).isGreaterThan(3);
        lab.exchange(lab.left(), lab.right());
        assertThat(culvert.sas()).filteredOn(SaView::isEstablished).hasSize(1);
    }

    /** Transfers of half a MiB each way, as long as the flood lasts. */
    private static Background steadyTraffic(Lab lab) {
        return lab.traffic()
                .startSteady(
                        lab.right().namespace(), lab.right().inner(), lab.left().inner(), 1 << 19);
    }

    /** Sets the tunnel up with strongSwan as the initiator; returns what was on the wire. */
    private static List<WirePacket> bringUp(Lab lab, Culvert culvert) {
        Tunnel tunnel =
                Tunnel.between("gw", lab.left(), lab.right())
                        .addresses(lab.left().address(), "%any")
                        .child(Child.of("net", lab.left().network(), lab.right().network()));
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        culvert.start(tunnel);
        strongSwan.start(tunnel.mirrored().addresses(lab.right().address(), lab.left().address()));
        Capture capture = lab.capture("udp");
        strongSwan.up("gw", "net").orThrow();
        lab.exchange(lab.left(), lab.right());
        return capture.stop().packets().stream()
                .filter(packet -> packet.isIke() || packet.isEsp())
                .filter(packet -> packet.udpPayload().length < 600)
                .limit(60)
                .toList();
    }

    private static String hexLines(List<WirePacket> packets) {
        return packets.stream()
                .map(packet -> HexFormat.of().formatHex(packet.udpPayload()))
                .collect(Collectors.joining("\n"));
    }
}
