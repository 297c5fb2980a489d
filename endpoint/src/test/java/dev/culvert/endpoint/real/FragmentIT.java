package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Capture;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.Peer;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import dev.culvert.endpoint.real.net.WirePacket;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * IKE messages of several kilobytes over paths that carry no IKE packet above 1280 or 576 bytes,
 * and no IP fragments (RFC 7383).
 */
@RealNetwork
class FragmentIT {
    /** 16 bytes each in a message. */
    private static final int SELECTORS = 150;

    private static final int NETWORKS = 39;

    @ParameterizedTest(name = "{0} bytes, {1} initiates")
    @CsvSource({"1280,Culvert", "576,Culvert", "1280,strongSwan", "576,strongSwan"})
    void shouldSetUpATunnelOverANarrowPath(int pathBytes, String initiator, Lab lab) {
        Culvert culvert = lab.culvert(lab.left());
        // It learns of the narrow path by itself; strongSwan has to be told.
        StrongSwan strongSwan =
                lab.strongSwan(lab.right()).setting("fragment_size", Integer.toString(pathBytes));
        Tunnel tunnel = tunnel(lab);
        culvert.start(tunnel);
        strongSwan.start(tunnel.mirrored());
        lab.router().nft(limit(pathBytes));
        Capture capture = lab.capture(lab.router(), "right", "udp");
        Peer first = initiator.equals("Culvert") ? culvert : strongSwan;

        first.up("gw", "net").orThrow();

        lab.exchange(lab.left(), lab.right());
        lab.exchange(lab.right(), lab.left());
        List<Integer> ours = ikeBytes(capture.stop(), lab.left().address());
        assertThat(ours).hasSizeGreaterThan(2000 / pathBytes).allMatch(bytes -> bytes <= pathBytes);
        assertThat(strongSwan.log()).contains("EF(");
        assertThat(culvert.log()).contains("fragments");
    }

    /** Lengths of the IKE packets of a host that got through the router. */
    private static List<Integer> ikeBytes(Capture capture, String from) {
        return capture.packets().stream()
                .filter(packet -> packet.source().equals(from))
                .filter(WirePacket::isIke)
                .map(packet -> packet.bytes().length)
                .toList();
    }

    private static String limit(int pathBytes) {
        return """
        table ip cvpath {
          chain forward {
            type filter hook forward priority filter;
            ip frag-off & 0x3fff != 0 counter drop
            udp dport 4500 @th,64,32 0 meta length > %1$d counter drop
            udp dport 500 meta length > %1$d counter drop
          }
        }
        """
                .formatted(pathBytes);
    }

    private static Tunnel tunnel(Lab lab) {
        // strongSwan wants an address of its own in each of them.
        String remote =
                IntStream.range(0, SELECTORS)
                        .mapToObj(i -> "10.2.%d.0/24[udp/%d]".formatted(1 + i % NETWORKS, 1000 + i))
                        .collect(Collectors.joining(", ", lab.right().network() + ", ", ""));
        return Tunnel.between("gw", lab.left(), lab.right())
                .child(Child.of("net", lab.left().network(), remote));
    }
}
