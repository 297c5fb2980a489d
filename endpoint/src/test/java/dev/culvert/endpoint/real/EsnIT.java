package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Capture;
import dev.culvert.endpoint.real.net.CommandResult;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.EspKey;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.Peer;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.Scapy;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import dev.culvert.endpoint.real.net.WirePacket;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Extended sequence numbers: agreed not to be used with strongSwan, whose user-space ESP has none;
 * and used, with scapy's ESP as the second implementation.
 */
@RealNetwork
class EsnIT {

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldDoWithoutWhenStrongSwanHasNone(boolean initiating, Lab lab) {
        Tunnel tunnel = tunnel(lab);
        Peer subject = lab.subject(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        subject.start(tunnel.esp("aes128gcm16-esn-noesn"));
        strongSwan.start(tunnel.mirrored().esp("aes128gcm16-noesn"));

        (initiating ? subject : strongSwan).up("gw", "net").orThrow();

        assertThat(subject.sa("gw").child("net").value("esn")).isEmpty();
        assertThat(strongSwan.sa("gw").child("net").value("esn")).isEmpty();
        lab.exchange(lab.left(), lab.right());
    }

    @Test
    void shouldFailWhenTheyAreRequiredAndThePeerHasNone(Lab lab) {
        Tunnel tunnel = tunnel(lab);
        Culvert culvert = lab.culvert(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        culvert.start(tunnel.esp("aes128gcm16-esn"));
        strongSwan.start(tunnel.mirrored().esp("aes128gcm16-noesn"));

        CommandResult up = culvert.up("gw", "net");

        assertThat(up.succeeded()).isFalse();
        assertThat(up.output() + culvert.log()).contains("NO_PROPOSAL_CHOSEN");
    }

    @Test
    void shouldSealWhatScapyOpens(Lab lab) {
        Pair pair = upWithEsn(lab);
        Capture capture = lab.capture("udp port 4500");

        int answers =
                lab.traffic()
                        .ping(lab.left().namespace(), lab.left().inner(), lab.right().inner(), 4);

        assertThat(answers).isEqualTo(4);
        capture.stop();
        for (EspKey key : EspKey.read(pair.left().keyDirectory())) {
            assertThat(Scapy.open(lab, key, true, capture).orThrow().stdout())
                    .as("SPI %08x", key.spi())
                    .contains("opened 4")
                    .contains("10.1.0.1", "10.2.0.1");
            assertThat(Scapy.open(lab, key, false, capture).succeeded())
                    .as("the high half is authenticated")
                    .isFalse();
        }
    }

    @Test
    void shouldOpenWhatScapySeals(Lab lab) {
        Pair pair = upWithEsn(lab);
        EspKey key = EspKey.to(pair.right().keyDirectory(), lab.right().address());
        Capture inside =
                lab.capture(lab.right().namespace(), pair.right().tunDevice(), "udp port 9");

        byte[] good = Scapy.seal(lab, key, true, 7, "10.1.0.1", "10.2.0.1");
        byte[] withoutHighHalf = Scapy.seal(lab, key, false, 8, "10.1.0.1", "10.2.0.1");
        byte[] wrongHighHalf = Scapy.seal(lab, key, true, (1L << 32) + 9, "10.1.0.1", "10.2.0.1");
        byte[] outsideSource = Scapy.seal(lab, key, true, 10, "10.9.9.9", "10.2.0.1");
        byte[] outsideDestination = Scapy.seal(lab, key, true, 11, "10.1.0.1", "10.9.9.9");
        Scapy.send(
                lab,
                lab.left(),
                lab.right(),
                List.of(good, withoutHighHalf, wrongHighHalf, outsideSource, outsideDestination));

        List<WirePacket> delivered = inside.stop().packets();
        assertThat(delivered)
                .singleElement()
                .satisfies(packet ->
                        assertThat(
                                        new String(
                                                packet.udpPayload(),
                                                java.nio.charset.StandardCharsets.US_ASCII))
                                .isEqualTo("from scapy"));
        assertThat(pair.right().drops("selector_mismatch")).isEqualTo(2);
        // A number without the high half, or with the next one, does not verify.
        assertThat(pair.right().drops("authentication_failed"))
                .as(
                        "%s %s",
                        HexFormat.of().formatHex(withoutHighHalf), HexFormat.of().formatHex(good))
                .isEqualTo(2);
    }

    private record Pair(Culvert left, Culvert right) {}

    private static Pair upWithEsn(Lab lab) {
        Pair pair = new Pair(lab.culvert(lab.left()), lab.culvert(lab.right()));
        Tunnel tunnel = tunnel(lab).esp("aes256gcm16-esn");
        pair.left().start(tunnel);
        pair.right().start(tunnel.mirrored());
        pair.left().up("gw", "net").orThrow();
        return pair;
    }

    private static Tunnel tunnel(Lab lab) {
        return Tunnel.between("gw", lab.left(), lab.right())
                .child(Child.of("net", lab.left().network(), lab.right().network()));
    }
}
