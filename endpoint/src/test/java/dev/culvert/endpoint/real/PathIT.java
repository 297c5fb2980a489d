package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Capture;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.Namespace;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Traffic;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import dev.culvert.endpoint.real.net.WirePacket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the outer header takes from the inner one, and packets that do not fit the path. */
@RealNetwork
class PathIT {

    private static final int NARROW_MTU = 1400;
    private static final int EXPEDITED = 0xb8;
    private static final int ECT0 = 2;
    private static final int CE = 3;
    private static final Duration TRANSFER = Duration.ofSeconds(60);

    @Test
    void shouldTellHostsBehindItWhatFits(Lab lab) {
        Namespace host = lab.hostBehind(lab.left());
        Culvert culvert = start(lab, tunnel(lab));
        culvert.up("gw", "net").orThrow();
        String source = "10.1.200.2";

        Traffic.Ping tooBig = Traffic.ping(host, source, lab.right().inner(), 3, 1472, true);
        Traffic.Ping fits = Traffic.ping(host, source, lab.right().inner(), 3, 1300, true);

        assertThat(tooBig.received()).isZero();
        assertThat(tooBig.output()).containsIgnoringCase("frag needed").contains("mtu");
        assertThat(fits.received()).as(fits.output()).isEqualTo(3);
        Traffic.Ping fragments = Traffic.ping(host, source, lab.right().inner(), 3, 2500, false);
        assertThat(fragments.received()).as(fragments.output()).isEqualTo(3);
        lab.traffic().transfer(host, source, lab.right().inner(), 1 << 20).orThrow();
    }

    @Test
    void shouldTellHostsBehindItWhatFitsInIpv6(Lab lab) {
        Culvert culvert = start(lab, tunnel(lab));
        culvert.up("gw", "six").orThrow();
        Namespace left = lab.left().namespace();
        String source = lab.left().innerV6();

        Traffic.Ping tooBig = Traffic.ping(left, source, lab.right().innerV6(), 3, 1452, true);
        Traffic.Ping fits = Traffic.ping(left, source, lab.right().innerV6(), 3, 1300, true);

        assertThat(tooBig.received()).as(tooBig.output()).isZero();
        assertThat(fits.received()).as(fits.output()).isEqualTo(3);
        lab.exchange(lab.left(), source, lab.right().innerV6());
    }

    @ParameterizedTest
    @ValueSource(strings = {"first hop", "second hop"})
    void shouldCarryBulkOverANarrowPath(String where, Lab lab) {
        if (where.equals("first hop")) {
            lab.router().mtu("left", NARROW_MTU);
            lab.left().namespace().mtu("wan", NARROW_MTU);
        } else {
            lab.router().mtu("right", NARROW_MTU);
            lab.right().namespace().mtu("wan", NARROW_MTU);
        }
        Culvert left = lab.culvert(lab.left());
        Culvert right = lab.culvert(lab.right());
        left.start(tunnel(lab));
        right.start(tunnel(lab).mirrored());
        left.up("gw", "net").orThrow();
        Namespace host = lab.hostBehind(lab.left());

        lab.traffic()
                .startTransfer(host, "10.1.200.2", lab.right().inner(), 8 << 20)
                .awaitLog("ok", TRANSFER);
        lab.traffic()
                .startTransfer(
                        lab.right().namespace(), lab.right().inner(), lab.left().inner(), 8 << 20)
                .awaitLog("ok", TRANSFER);
        // Each side learns of a narrow hop beyond its own by the packet that does not fit.
        bigPing(lab, 2);
        Traffic.Ping big = bigPing(lab, 3);
        assertThat(big.received()).as(big.output()).isEqualTo(3);
    }

    @Test
    void shouldCarryBulkToStrongSwan(Lab lab) {
        Culvert culvert = start(lab, tunnel(lab));
        culvert.up("gw", "net").orThrow();

        lab.traffic()
                .startTransfer(
                        lab.left().namespace(), lab.left().inner(), lab.right().inner(), 16 << 20)
                .awaitLog("ok", TRANSFER);
    }

    @Test
    void shouldCopyDscpAndEcnOutwards(Lab lab) {
        Culvert culvert = start(lab, tunnel(lab));
        culvert.up("gw", "net").orThrow();
        Capture capture = lab.capture("udp port 4500");

        pingWithTrafficClass(lab.left().namespace(), lab, EXPEDITED | ECT0);

        assertThat(capture.stop().espFrom(lab.left().address()))
                .hasSize(2)
                .allMatch(packet -> packet.trafficClass() == (EXPEDITED | ECT0));
    }

    @Test
    void shouldHandCongestionInwards(Lab lab) {
        Culvert culvert = start(lab, tunnel(lab));
        culvert.up("gw", "net").orThrow();
        lab.router()
                .nft(
                        """
                        table ip cvmark {
                          chain forward {
                            type filter hook forward priority mangle;
                            iifname "right" udp sport 4500 ip ecn set ce
                          }
                        }
                        """);
        Capture inside = lab.capture(lab.left().namespace(), culvert.tunDevice(), "icmp");

        String answered = pingWithTrafficClass(lab.left().namespace(), lab, ECT0);
        String notCapable = pingWithTrafficClass(lab.left().namespace(), lab, 0);

        assertThat(answered).contains("2 received");
        assertThat(inside.stop().packets())
                .filteredOn(packet -> packet.destination().equals(lab.left().inner()))
                .hasSize(2)
                .extracting(WirePacket::trafficClass)
                .containsOnly(CE);
        assertThat(notCapable).as("RFC 6040: dropped").contains("0 received");
        assertThat(culvert.drops("ecn_not_capable")).isEqualTo(2);
    }

    @Test
    void shouldFragmentInsideTheTunnelOnly(Lab lab) {
        // On a veth a capture shows a run of datagrams before the kernel cuts it.
        Culvert culvert =
                start(lab, lab.culvert(lab.left()).setting("offload.udp_gso", "no"), tunnel(lab));
        culvert.up("gw", "net").orThrow();
        Capture capture = lab.capture(Capture.ALL);
        Namespace left = lab.left().namespace();

        Traffic.Ping big =
                Traffic.ping(left, lab.left().inner(), lab.right().inner(), 3, 4000, false);

        assertThat(big.received()).as(big.output()).isEqualTo(3);
        List<WirePacket> ours =
                capture.stop().packets().stream()
                        .filter(packet -> packet.source().equals(lab.left().address()))
                        .filter(packet -> !packet.isIke())
                        .toList();
        assertThat(ours)
                .as("whole datagrams that no router may fragment")
                .hasSizeGreaterThanOrEqualTo(9)
                .allMatch(WirePacket::isEsp)
                .allMatch(WirePacket::dontFragment);
    }

    @Test
    void shouldLowerTheMssOfConnectionsThroughTheTunnel(Lab lab) {
        Namespace host = lab.hostBehind(lab.left());
        Culvert culvert = start(lab, tunnel(lab));
        culvert.up("gw", "net").orThrow();
        Capture inside = lab.capture(lab.right().namespace(), "ipsec0", "tcp[13] & 2 != 0");

        lab.traffic().transfer(host, "10.1.200.2", lab.right().inner(), 1 << 16).orThrow();

        WirePacket syn =
                inside.stop().packets().stream()
                        .filter(packet -> packet.source().equals("10.1.200.2"))
                        .findFirst()
                        .orElseThrow();
        assertThat(mssOf(syn)).isBetween(1200, 1420);
    }

    private static Traffic.Ping bigPing(Lab lab, int count) {
        return Traffic.ping(
                lab.left().namespace(),
                lab.left().inner(),
                lab.right().inner(),
                count,
                3000,
                false);
    }

    private static int mssOf(WirePacket syn) {
        byte[] bytes = syn.bytes();
        int at = (bytes[0] & 0xf) * 4 + 20;
        while (at + 3 < bytes.length && bytes[at] != 0) {
            if (bytes[at] == 2) {
                return (bytes[at + 2] & 0xff) << 8 | (bytes[at + 3] & 0xff);
            }
            at += bytes[at] == 1 ? 1 : Math.max(2, bytes[at + 1] & 0xff);
        }
        throw new AssertionError("no MSS in " + syn);
    }

    private static String pingWithTrafficClass(Namespace from, Lab lab, int trafficClass) {
        return from.run(
                        "ping",
                        "-c",
                        "2",
                        "-i",
                        "0.1",
                        "-W",
                        "1",
                        "-Q",
                        Integer.toString(trafficClass),
                        "-I",
                        lab.left().inner(),
                        lab.right().inner())
                .output();
    }

    private static Culvert start(Lab lab, Tunnel tunnel) {
        return start(lab, lab.culvert(lab.left()), tunnel);
    }

    private static Culvert start(Lab lab, Culvert culvert, Tunnel tunnel) {
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        culvert.start(tunnel);
        strongSwan.start(tunnel.mirrored());
        return culvert;
    }

    private static Tunnel tunnel(Lab lab) {
        return Tunnel.between("gw", lab.left(), lab.right())
                .child(Child.of("net", "10.1.0.0/16", lab.right().network()))
                .child(Child.of("six", lab.left().networkV6(), lab.right().networkV6()));
    }
}
