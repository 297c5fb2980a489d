package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Capture;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Tshark;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Wireshark's dissectors read, with our keys, what we and strongSwan sent. */
@RealNetwork
class DecryptIT {

    private static final int PINGS = 3;

    @ParameterizedTest
    @CsvSource({
        "aes128gcm16-prfsha256-ecp256, aes128gcm16, false",
        "aes256gcm16-prfsha384-x25519, aes256gcm16, false",
        "aes256-sha256-ecp256, aes128-sha256, true",
        "aes128-sha512-ecp384, aes256-sha512, true"
    })
    void shouldBeReadByWireshark(String ike, String esp, boolean icvIsChecked, Lab lab) {
        Tunnel tunnel =
                Tunnel.between("gw", lab.left(), lab.right())
                        .ike(ike)
                        .child(
                                Child.of("net", lab.left().network(), lab.right().network())
                                        .esp(esp))
                        // No word on addresses in between: the messages are counted.
                        .with("mobike", "no");
        Culvert culvert = lab.culvert(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        culvert.start(tunnel);
        strongSwan.start(tunnel.mirrored());
        Capture capture = lab.capture("udp port 500 or udp port 4500");
        culvert.up("gw", "net").orThrow();
        lab.traffic().ping(lab.left().namespace(), lab.left().inner(), lab.right().inner(), PINGS);
        culvert.down("gw").orThrow();
        capture.stop();

        Tshark tshark = new Tshark(culvert.keyDirectory(), lab.directory().resolve("profile"));

        // IKE_AUTH (35) and INFORMATIONAL (37), requests and responses.
        List<List<String>> ikes =
                tshark.fields(
                        capture,
                        "isakmp.exchangetype >= 35",
                        "isakmp.exchangetype",
                        "isakmp.typepayload",
                        "_ws.malformed",
                        "isakmp.ikev2.integrity_checksum");
        assertThat(ikes).hasSize(4);
        assertThat(ikes)
                .allSatisfy(fields -> {
                    assertThat(fields.get(2)).as("malformed").isEmpty();
                    assertThat(fields.get(3)).as("wrong ICV").isEmpty();
                });
        // In IKE_AUTH, behind the Encrypted payload (46): identity (35, 36), AUTH (39), SA (33), TS
        // (44, 45).
        assertThat(ikes.getFirst().get(1).split(",")).contains("46", "35", "39", "33", "44", "45");
        assertThat(ikes.get(1).get(1).split(",")).contains("46", "36", "39", "33", "44", "45");
        assertThat(ikes.get(2).get(1).split(",")).as("Delete").contains("46", "42");

        List<List<String>> esps =
                tshark.fields(
                        capture,
                        "esp",
                        "ip.src",
                        "ip.dst",
                        "icmp.type",
                        "esp.icv_good",
                        "esp.icv_bad");
        assertThat(esps).hasSize(2 * PINGS);
        assertThat(esps)
                .allSatisfy(fields -> {
                    assertThat(fields.get(0)).containsAnyOf("10.1.0.1", "10.2.0.1");
                    assertThat(fields.get(1)).containsAnyOf("10.1.0.1", "10.2.0.1");
                    assertThat(fields.get(2)).isIn("8", "0");
                    if (icvIsChecked) {
                        assertThat(fields.get(3)).isEqualTo("1");
                    }
                    assertThat(fields.get(4)).isIn("", "0");
                });
    }
}
