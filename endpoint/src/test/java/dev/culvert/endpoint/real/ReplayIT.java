package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Capture;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Traffic;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import dev.culvert.endpoint.real.net.WirePacket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * ESP packets of strongSwan that come again, late, changed or cut. The router keeps packets back
 * that the tests want to send themselves.
 */
@RealNetwork
class ReplayIT {

    private static final int WINDOW = 64;
    private static final Duration INJECT = Duration.ofSeconds(30);

    private Lab lab;
    private Culvert culvert;

    @BeforeEach
    void bringUp(Lab freshLab) {
        lab = freshLab;
        Tunnel tunnel =
                Tunnel.between("gw", lab.left(), lab.right())
                        .child(Child.of("net", lab.left().network(), lab.right().network()));
        culvert = lab.culvert(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        culvert.start(tunnel.withChildren("replay_window", Integer.toString(WINDOW)));
        strongSwan.start(tunnel.mirrored());
        culvert.up("gw", "net").orThrow();
    }

    @Test
    void shouldRefuseWhatCameBefore() {
        Capture capture = lab.capture("udp port 4500");
        send(20);
        List<WirePacket> packets = capture.stop().espFrom(lab.right().address());
        assertThat(packets).hasSize(20);

        Outcome outcome = inject(packets);

        assertThat(outcome.drops()).isEqualTo(Map.of("replay_duplicate", 20L));
        assertThat(outcome.delivered()).isZero();
    }

    @Test
    void shouldAcceptReorderedPacketsWithinTheWindow() {
        List<WirePacket> packets = keepBack(40);

        Outcome outcome = inject(packets.reversed());

        assertThat(outcome.drops()).isEmpty();
        assertThat(outcome.delivered()).isEqualTo(40);
        Outcome again = inject(packets);
        assertThat(again.drops()).isEqualTo(Map.of("replay_duplicate", 40L));
        assertThat(again.delivered()).isZero();
    }

    @Test
    void shouldRefusePacketsBeyondTheWindow() {
        List<WirePacket> packets = keepBack(10);
        // The window of RFC 6479 may be up to a block (64) wider than asked for.
        send(WINDOW * 2 + 64);

        Outcome outcome = inject(packets);

        assertThat(outcome.drops()).isEqualTo(Map.of("replay_too_old", 10L));
        assertThat(outcome.delivered()).isZero();
    }

    @Test
    void shouldRefuseAFlippedBit() {
        WirePacket packet = keepBack(1).getFirst();
        byte[] esp = packet.udpPayload();
        // Everything behind SPI and sequence number: IV, ciphertext, ICV.
        List<byte[]> flipped = new ArrayList<>();
        for (int at = 8; at < esp.length; at++) {
            byte[] changed = esp.clone();
            changed[at] ^= (byte) (1 << (at % 8));
            flipped.add(changed);
        }

        Outcome outcome = injectPayloads(packet, flipped);

        assertThat(outcome.drops())
                .isEqualTo(Map.of("authentication_failed", (long) flipped.size()));
        assertThat(outcome.delivered()).isZero();
        assertThat(inject(List.of(packet)).delivered())
                .as("the packet as it was is still welcome")
                .isEqualTo(1);
    }

    @Test
    void shouldNotMoveTheWindowForForgeries() {
        WirePacket packet = keepBack(1).getFirst();
        List<byte[]> forged = new ArrayList<>();
        for (int bit = 8; bit < 32; bit++) {
            byte[] changed = packet.udpPayload();
            changed[7 - bit / 8] |= (byte) (1 << (bit % 8));
            forged.add(changed);
        }

        Outcome outcome = injectPayloads(packet, forged);

        assertThat(outcome.drops())
                .isEqualTo(Map.of("authentication_failed", (long) forged.size()));
        assertThat(inject(List.of(packet)).delivered()).isEqualTo(1);
        lab.exchange(lab.left(), lab.right());
    }

    @Test
    void shouldRefuseAWrongSpi() {
        List<WirePacket> packets = keepBack(3);

        Outcome outcome =
                inject(
                        packets,
                        esp -> {
                            esp[3] ^= 1;
                            return esp;
                        });

        assertThat(outcome.drops()).isEqualTo(Map.of("unknown_spi", 3L));
        assertThat(outcome.delivered()).isZero();
    }

    @Test
    void shouldRefuseEveryTruncation() {
        WirePacket packet = keepBack(1).getFirst();
        byte[] esp = packet.udpPayload();
        List<byte[]> cut = new ArrayList<>();
        for (int length = 0; length < esp.length; length++) {
            cut.add(Arrays.copyOf(esp, length));
        }

        Outcome outcome = injectPayloads(packet, cut);

        assertThat(outcome.drops().values().stream().mapToLong(Long::longValue).sum())
                .as("each under one reason: %s", outcome.drops())
                .isEqualTo(cut.size());
        assertThat(outcome.drops().keySet())
                .isSubsetOf("runt_datagram", "esp_length", "authentication_failed");
        assertThat(outcome.delivered()).isZero();
        assertThat(inject(List.of(packet)).delivered()).isEqualTo(1);
    }

    /**
     * What an injection did.
     *
     * @param drops how much each counter rose; those that did not are left out
     * @param delivered packets that came out of the SA
     */
    private record Outcome(Map<String, Long> drops, long delivered) {}

    private Outcome inject(List<WirePacket> packets) {
        return inject(packets, UnaryOperator.identity());
    }

    private Outcome inject(List<WirePacket> packets, UnaryOperator<byte[]> change) {
        StringBuilder lines = new StringBuilder();
        for (WirePacket packet : packets) {
            lines.append(packet.injection(change.apply(packet.udpPayload()))).append('\n');
        }
        return injectLines(lines.toString());
    }

    private Outcome injectPayloads(WirePacket like, List<byte[]> payloads) {
        StringBuilder lines = new StringBuilder();
        payloads.forEach(payload -> lines.append(like.injection(payload)).append('\n'));
        return injectLines(lines.toString());
    }

    private Outcome injectLines(String lines) {
        Map<String, Long> before = culvert.drops();
        long deliveredBefore = packetsIn();
        Capture inside =
                lab.capture(lab.left().namespace(), culvert.tunDevice(), "dst net 10.1.0.0/24");
        lab.inject(INJECT, lines, "raw");
        Map<String, Long> rise = new HashMap<>();
        long delivered = inside.stop().packets().size();
        culvert.drops()
                .forEach((reason, count) -> {
                    long more = count - before.getOrDefault(reason, 0L);
                    if (more != 0) {
                        rise.put(reason, more);
                    }
                });
        assertThat(packetsIn() - deliveredBefore).as("the SA's counter").isEqualTo(delivered);
        return new Outcome(rise, delivered);
    }

    private long packetsIn() {
        return culvert.sa("gw").child("net").packetsIn();
    }

    /** Lets strongSwan seal packets that the router drops, and returns them. */
    private List<WirePacket> keepBack(int count) {
        lab.router()
                .nft(
                        """
                        table ip cvkeep {
                          chain forward {
                            type filter hook forward priority filter;
                            iifname "right" udp sport 4500 counter drop
                          }
                        }
                        """);
        Capture capture = lab.capture(lab.router(), "right", "udp port 4500");
        send(count);
        List<WirePacket> packets = capture.stop().espFrom(lab.right().address());
        lab.router().nft("delete table ip cvkeep\n");
        assertThat(packets).hasSize(count);
        return packets;
    }

    /** Has the right host send datagrams that nobody answers. */
    private void send(int count) {
        lab.right()
                .namespace()
                .check(
                        "/usr/bin/python3",
                        lab.script("traffic.py"),
                        "send",
                        lab.right().inner(),
                        lab.left().inner(),
                        Integer.toString(Traffic.PORT + 1),
                        Integer.toString(count));
    }
}
