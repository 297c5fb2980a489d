package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Capture;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import dev.culvert.endpoint.real.net.WirePacket;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * No key ever meets a nonce twice: of every ESP packet on the wire, the key (from the key log) and
 * the nonce (salt and explicit IV) are compared with those of all others, across rekeyings,
 * reauthentications, crashes and restarts of both sides.
 */
@RealNetwork
class NonceIT {

    private static final Duration SOON = Duration.ofSeconds(15);
    private static final int PACKETS = 20;
    private static final int ESP_HEADER_BYTES = 8;
    private static final int IV_BYTES = 8;

    @Test
    void shouldUseNoNonceTwiceWhateverHappensToTheDaemons(Lab lab) throws IOException {
        Culvert left =
                lab.culvert(lab.left())
                        .setting("retransmit.timeout", "0.5")
                        .setting("retransmit.tries", "2");
        Culvert right = lab.culvert(lab.right());
        Tunnel tunnel =
                Tunnel.between("gw", lab.left(), lab.right())
                        .child(Child.of("net", lab.left().network(), lab.right().network()));
        right.start(tunnel.mirrored());
        left.start(tunnel);
        Capture capture = lab.capture("udp port 4500");
        up(lab, left);

        left.swanctl("--rekey", "--child", "net").orThrow();
        packets(lab);
        right.swanctl("--rekey", "--ike", "gw").orThrow();
        packets(lab);
        left.swanctl("--rekey", "--ike", "gw", "--reauth").orThrow();
        packets(lab);
        left.kill();
        left.start(tunnel);
        up(lab, left);
        right.kill();
        right.start(tunnel.mirrored());
        left.down("gw");
        left.awaitIkeSas(0, Duration.ofSeconds(40));
        up(lab, left);
        assertThat(left.stop()).isZero();
        left.start(tunnel);
        up(lab, left);

        Map<String, String> keys = keysBySpi(left);
        keys.putAll(keysBySpi(right));
        List<String> nonces = new ArrayList<>();
        for (WirePacket packet : capture.stop().packets()) {
            if (packet.isEsp()) {
                String key = keys.get(String.format(Locale.ROOT, "0x%08x", packet.spi()));
                assertThat(key).as("key of %s", packet).isNotNull();
                byte[] iv =
                        Arrays.copyOfRange(
                                packet.udpPayload(), ESP_HEADER_BYTES, ESP_HEADER_BYTES + IV_BYTES);
                nonces.add(key + " " + HexFormat.of().formatHex(iv));
            }
        }
        assertThat(nonces).hasSizeGreaterThan(6 * 2 * PACKETS).doesNotHaveDuplicates();
        // Each SA had a key of its own, so that equal sequence numbers are no matter.
        assertThat(keys.values()).doesNotHaveDuplicates();
        assertThat(keys).hasSizeGreaterThanOrEqualTo(12);
    }

    private static void up(Lab lab, Culvert left) {
        left.up("gw", "net").orThrow();
        left.awaitChildren(1, SOON);
        packets(lab);
    }

    private static void packets(Lab lab) {
        lab.traffic()
                .ping(lab.left().namespace(), lab.left().inner(), lab.right().inner(), PACKETS);
    }

    /** Keys with their salts from Wireshark's file, by SPI. */
    private static Map<String, String> keysBySpi(Culvert culvert) throws IOException {
        Map<String, String> keys = new HashMap<>();
        for (String line : Files.readAllLines(culvert.keyDirectory().resolve("esp_sa"))) {
            String[] fields = line.replace("\"", "").split(",", -1);
            String before = keys.put(fields[3].toLowerCase(Locale.ROOT), fields[5]);
            assertThat(before == null || before.equals(fields[5])).as(line).isTrue();
        }
        return keys;
    }
}
