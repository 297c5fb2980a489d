package dev.culvert.esp.agent;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.culvert.esp.DropReason;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.testing.AgentRig;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.Sas;
import dev.culvert.esp.testing.Suites;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The agents against scapy's ESP, which shares nothing with ours, and scapy as parser of what we
 * write.
 */
@Tag("real")
class ScapyEspIT {

    private static final String PYTHON = "/usr/bin/python3";

    @TempDir static Path directory;
    private static Process scapy;
    private static Writer requests;
    private static BufferedReader answers;

    @BeforeAll
    static void start() throws IOException {
        assumeThat(Files.isExecutable(Path.of(PYTHON)))
                .as("needs %s with scapy: apt-get install python3-scapy", PYTHON)
                .isTrue();
        final Path script = directory.resolve("peer.py");
        try (InputStream in = ScapyEspIT.class.getResourceAsStream("/scapy/peer.py")) {
            Files.copy(Objects.requireNonNull(in), script, StandardCopyOption.REPLACE_EXISTING);
        }
        scapy =
                new ProcessBuilder(PYTHON, script.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        requests = new OutputStreamWriter(scapy.getOutputStream(), US_ASCII);
        answers = new BufferedReader(new InputStreamReader(scapy.getInputStream(), US_ASCII));
        assumeThat(answers.readLine())
                .as("needs scapy with its cryptography: apt-get install python3-scapy")
                .isEqualTo("ready");
    }

    @AfterAll
    static void stop() throws Exception {
        if (scapy != null) {
            requests.close();
            if (!scapy.waitFor(10, TimeUnit.SECONDS)) {
                scapy.destroyForcibly();
            }
        }
    }

    private static String ask(String... fields) {
        try {
            requests.write(String.join(" ", fields) + "\n");
            requests.flush();
            return answers.readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String ask(String action, Sas sas, long sequence, byte[] bytes) {
        final EspSuite suite = sas.suite;
        final int cut = suite.encryption().keyBytes() + suite.encryption().saltBytes();
        final String material = hex(sas.keyMaterial);
        final String auth =
                switch (suite.integrity()) {
                    case NONE -> "-";
                    case HMAC_SHA2_256_128 -> "SHA2-256-128";
                    case HMAC_SHA2_384_192 -> "SHA2-384-192";
                    case HMAC_SHA2_512_256 -> "SHA2-512-256";
                };
        final String cipher =
                switch (suite.encryption()) {
                    case AES_GCM_16_128, AES_GCM_16_192, AES_GCM_16_256 -> "AES-GCM";
                    case CHACHA20_POLY1305 -> "CHACHA20-POLY1305";
                    case AES_CBC_128, AES_CBC_192, AES_CBC_256 -> "AES-CBC";
                };
        return ask(
                action,
                cipher,
                material.substring(0, cut * 2),
                auth,
                auth.equals("-") ? "-" : material.substring(cut * 2),
                Integer.toHexString(sas.spi),
                Long.toHexString(sequence),
                sas.esn ? "1" : "0",
                hex(bytes));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    static Stream<EspSuite> suites() {
        return Suites.all();
    }

    private static List<byte[]> inners() {
        return List.of(
                Packets.udp("10.1.0.1", 1, "10.2.0.1", 2, Packets.data(0)),
                Packets.udp("10.1.0.1", 1, "10.2.0.1", 2, Packets.data(3)),
                Packets.udp("fd01::1", 1, "fd02::1", 2, Packets.data(200)),
                Packets.udp("10.1.0.1", 1, "10.2.0.1", 2, Packets.data(1300)));
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldBeOpenedByScapyWhenSealedByUs(EspSuite suite) {
        for (final boolean esn : new boolean[] {false, true}) {
            final Sas sas = Sas.of(suite);
            sas.esn = esn;
            sas.firstSequence = esn ? 0x7_FFFF_FFFEL : 0x7FFF_FFFEL;
            final AgentRig left = Sas.leftRig();
            left.apply(sas.outbound());
            long sequence = sas.firstSequence;
            for (final byte[] inner : inners()) {
                final byte[] packet = left.send(inner).getFirst().bytes();
                assertThat(ask("open", sas, sequence, packet))
                        .as("%s, ESN %s, sequence %x", suite, esn, sequence)
                        .isEqualTo(hex(inner));
                if (esn) {
                    assertThat(ask("open", sas, sequence + (1L << 32), packet))
                            .as("the upper half is authenticated")
                            .isEqualTo("refused");
                }
                sequence++;
            }
        }
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldBeDeliveredByUsWhenSealedByScapy(EspSuite suite) {
        for (final boolean esn : new boolean[] {false, true}) {
            final Sas sas = Sas.of(suite);
            sas.esn = esn;
            final AgentRig right = Sas.rightRig();
            right.apply(sas.inbound());
            // With ESN the lower half wraps twice on the way; each step is short enough to follow.
            long sequence = 1;
            for (int step = 0; step < 8; step++) {
                final byte[] inner = inners().get(step % 4);
                final String packet = ask("seal", sas, sequence, inner);
                assertThat(right.receive(sas.datagram(Packets.hex(packet))))
                        .as("%s, ESN %s, sequence %x", suite, esn, sequence)
                        .containsExactly(inner);
                sequence += esn ? 0x6000_0000L : 0x0600_0000L;
            }
            assertThat(right.drops()).isEmpty();
            final byte[] old = Packets.hex(ask("seal", sas, 1, inners().getFirst()));
            assertThat(right.receive(sas.datagram(old))).isEmpty();
            assertThat(right.drops().keySet())
                    .as("with ESN the number is taken for one of the next round")
                    .containsExactly(
                            esn ? DropReason.AUTHENTICATION_FAILED : DropReason.REPLAY_TOO_OLD);
        }
    }

    @Test
    void shouldBeWellFormedForScapyWhenWeAnswerTooBig() {
        final Sas sas = new Sas();
        sas.pathMtuBytes = 1400;
        final AgentRig left = Sas.leftRig();
        left.apply(sas.outbound());
        final byte[] ipv4 = Packets.udp("10.1.0.1", 1, "10.2.0.1", 2, Packets.data(1350));
        ipv4[6] = 0x40;
        assertThat(left.send(ipv4)).isEmpty();
        assertThat(ask("check", hex(left.tun.take().getFirst())))
                .isEqualTo("ok 10.2.0.1 10.1.0.1 icmp3.4 1338");
        assertThat(left.send(Packets.udp("fd01::1", 1, "fd02::1", 2, Packets.data(1350))))
                .isEmpty();
        assertThat(ask("check", hex(left.tun.take().getFirst())))
                .isEqualTo("ok fd02::1 fd01::1 ptb6 1338");
        assertThat(left.drops()).isEqualTo(Map.of(DropReason.TOO_BIG, 2L));
    }

    @Test
    void shouldBeWellFormedForScapyWhenMssIsClamped() {
        final Sas sas = new Sas();
        final AgentRig right = Sas.rightRig();
        right.apply(sas.inbound());
        long sequence = 1;
        for (final String options : List.of("020405b4", "0101020405b40000", "01020405b4000000")) {
            for (final boolean ipv6 : new boolean[] {false, true}) {
                final byte[] syn =
                        Packets.tcp(
                                ipv6 ? "fd01::1" : "10.1.0.1",
                                1,
                                ipv6 ? "fd02::1" : "10.2.0.1",
                                2,
                                2,
                                Packets.hex(options),
                                new byte[0]);
                final byte[] packet = sas.bouncy().sealInner(sequence++, syn);
                final byte[] delivered = right.receive(sas.datagram(packet)).getFirst();
                assertThat(ask("check", hex(delivered)))
                        .isEqualTo(
                                ipv6
                                        ? "ok fd01::1 fd02::1 mss 1340"
                                        : "ok 10.1.0.1 10.2.0.1 mss 1360");
            }
        }
    }
}
