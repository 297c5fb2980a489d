package dev.culvert.esp.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.EspKeys;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.EspSuite.Encryption;
import dev.culvert.esp.EspSuite.Integrity;
import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.testing.BouncyEsp;
import dev.culvert.esp.testing.Packets;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole ESP packets from the RFCs and drafts, opened by our cipher and by Bouncy Castle's. */
class PublishedVectorsTest {

    private final EspCipherProvider provider = provider();

    EspCipherProvider provider() {
        return new JdkCipherProvider(new SecureRandom());
    }

    static Stream<List<String>> gcm() {
        return lines("gcm-esp.txt");
    }

    static Stream<List<String>> chacha20() {
        return lines("chacha20-esp.txt");
    }

    static Stream<List<String>> cbc() {
        return lines("cbc-esp.txt");
    }

    @ParameterizedTest
    @MethodSource("gcm")
    void shouldOpenPacketWhenItIsFromTheGcmDraft(List<String> fields) {
        final Encryption encryption =
                switch (fields.get(0).length() / 2) {
                    case 16 -> Encryption.AES_GCM_16_128;
                    case 24 -> Encryption.AES_GCM_16_192;
                    default -> Encryption.AES_GCM_16_256;
                };
        openAead(EspSuite.aead(encryption), fields);
    }

    @ParameterizedTest
    @MethodSource("chacha20")
    void shouldOpenPacketWhenItIsFromRfc7634(List<String> fields) {
        openAead(EspSuite.aead(Encryption.CHACHA20_POLY1305), fields);
    }

    private void openAead(EspSuite suite, List<String> fields) {
        final byte[] material = Packets.hex(fields.get(0) + fields.get(1));
        final boolean esn = fields.get(2).length() == 16;
        final long sequence = Long.parseUnsignedLong(fields.get(2), 16);
        final byte[] plaintext = Packets.hex(fields.get(3));
        final byte[] packet = Packets.hex(fields.get(4));
        final int spi = ByteBuffer.wrap(packet).getInt();

        assertThat(new BouncyEsp(suite, material, spi, esn).open(sequence, packet))
                .as("Bouncy Castle")
                .hasValueSatisfying(opened -> assertThat(opened).isEqualTo(plaintext));
        assertThat(open(suite, material, esn, sequence, packet, plaintext.length))
                .isEqualTo(plaintext);
    }

    @ParameterizedTest
    @MethodSource("cbc")
    void shouldOpenPacketWhenItIsFromRfc3602(List<String> fields) {
        // The RFC's packets have no ICV; one is appended, computed by Bouncy Castle.
        final EspSuite suite = EspSuite.of(Encryption.AES_CBC_128, Integrity.HMAC_SHA2_256_128);
        final byte[] material = Packets.hex(fields.get(0) + "0b".repeat(32));
        final byte[] bare = Packets.hex(fields.get(1));
        final long sequence = ByteBuffer.wrap(bare).getInt(4);
        final byte[] icv =
                new BouncyEsp(suite, material, ByteBuffer.wrap(bare).getInt(), false)
                        .mac(sequence, bare);
        final byte[] packet = ByteBuffer.allocate(bare.length + 16).put(bare).put(icv).array();
        final byte[] payload = Packets.hex(fields.get(2));
        final int plaintextBytes = bare.length - 24;

        final byte[] opened = open(suite, material, false, sequence, packet, plaintextBytes);

        final UnsafeBuffer view = new UnsafeBuffer(opened);
        assertThat(EspLayout.payloadBytes(view, 0, plaintextBytes)).isEqualTo(payload.length);
        assertThat(EspLayout.nextHeader(view, plaintextBytes))
                .isEqualTo(Integer.parseInt(fields.get(3)));
        assertThat(opened).startsWith(payload);
    }

    private byte[] open(
            EspSuite suite,
            byte[] material,
            boolean esn,
            long sequence,
            byte[] packet,
            int plaintextBytes) {
        final EspCipher cipher = provider.opening(suite, EspKeys.split(suite, material), esn);
        final byte[] opened = new byte[plaintextBytes];
        assertThat(
                        cipher.open(
                                sequence,
                                new UnsafeBuffer(packet),
                                0,
                                packet.length,
                                new UnsafeBuffer(opened),
                                0))
                .isTrue();
        return opened;
    }

    private static Stream<List<String>> lines(String file) {
        try (InputStream in = PublishedVectorsTest.class.getResourceAsStream("/vectors/" + file)) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.US_ASCII)
                            .lines()
                            .filter(line -> !line.startsWith("#"))
                            .map(line -> List.of(line.split(" \\| ")))
                            .toList()
                            .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
