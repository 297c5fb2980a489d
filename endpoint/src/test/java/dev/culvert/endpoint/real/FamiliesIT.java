package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Capture;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.Peer;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.Site;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.WirePacket;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** IPv4 and IPv6, outside and inside, in all combinations and both roles. */
@RealNetwork
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FamiliesIT {

    private static final Duration SOON = Duration.ofSeconds(5);

    /** The DSCP of IKE packets: expedited forwarding. */
    private static final String MARK = "101110";

    private Lab lab;
    private Peer subject;
    private StrongSwan strongSwan;

    @BeforeAll
    void startBoth(Lab sharedLab) {
        lab = sharedLab;
        Site left = lab.left();
        Site right = lab.right();
        Tunnel.Child v4 = Tunnel.Child.of("v4", left.network(), right.network());
        Tunnel.Child v6 = Tunnel.Child.of("v6", left.networkV6(), right.networkV6());
        // Two connections want two pairs of identities, or their pre-shared keys could be mixed up.
        Tunnel outer4 =
                Tunnel.between("outer4", left, right).with("dscp", MARK).child(v4).child(v6);
        Tunnel outer6 =
                Tunnel.betweenV6("outer6", left, right)
                        .ids("six.left.example", "six.right.example")
                        .with("dscp", MARK)
                        .child(v4)
                        .child(v6);
        subject = lab.subject(left);
        strongSwan = lab.strongSwan(right);
        // The outer addresses differ, the inner ones do not: only one connection is up at a time.
        subject.start(outer4, outer6);
        strongSwan.start(outer4.mirrored(), outer6.mirrored());
    }

    @ParameterizedTest
    @CsvSource({
        "4, 4, true", "4, 6, true", "6, 4, true", "6, 6, true",
        "4, 4, false", "4, 6, false", "6, 4, false", "6, 6, false"
    })
    void shouldCarryTraffic(int outer, int inner, boolean initiating) {
        Peer initiator = initiating ? subject : strongSwan;
        Peer responder = initiating ? strongSwan : subject;
        Site from = initiator.site();
        Site to = responder.site();
        Capture capture = lab.capture(Capture.ALL);

        initiator.up("outer" + outer, "v" + inner).orThrow();
        if (inner == 4) {
            lab.exchange(from, from.inner(), to.inner());
        } else {
            lab.exchange(from, from.innerV6(), to.innerV6());
        }

        List<WirePacket> packets = capture.stop().packets();
        assertThat(packets)
                .as("only IKE and ESP of the outer family, nothing in clear")
                .allMatch(packet -> packet.isIke() || packet.isEsp())
                .allMatch(packet -> packet.isV4() == (outer == 4))
                .hasSizeGreaterThan(100);
        InetAddress subjectAddress =
                InetAddress.ofLiteral(outer == 4 ? lab.left().address() : lab.left().addressV6());
        assertThat(packets)
                .filteredOn(WirePacket::isIke)
                .filteredOn(p -> InetAddress.ofLiteral(p.source()).equals(subjectAddress))
                // A responder knows the connection from IKE_AUTH on.
                .filteredOn(packet -> initiating || packet.sourcePort() == 4500)
                .as("IKE packets are marked as the connection says")
                .isNotEmpty()
                .allMatch(packet -> packet.trafficClass() == Integer.parseInt(MARK, 2) << 2);
        initiator.down("outer" + outer).orThrow();
        responder.awaitIkeSas(0, SOON);
    }
}
