package dev.culvert.esp.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.EspKeys;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.testing.BouncyEsp;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.Suites;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Our ciphers against Bouncy Castle's, in both directions. */
class CipherAgreementTest {

    private static final int SPI = 0xC0FFEE01;
    private static final int MAX_BYTES = 1600;
    private static final int ESP_OFFSET = 24;

    private final EspCipherProvider provider = provider();
    private final UnsafeBuffer plain = new UnsafeBuffer(ByteBuffer.allocateDirect(4096));
    private final UnsafeBuffer esp = new UnsafeBuffer(ByteBuffer.allocateDirect(4096));

    EspCipherProvider provider() {
        return new JdkCipherProvider(new SecureRandom());
    }

    static Stream<EspSuite> suites() {
        return Suites.all();
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldAgreeWithBouncyCastleWhenSealingAnyLength(EspSuite suite) {
        for (final boolean esn : new boolean[] {false, true}) {
            final byte[] material = Suites.keyMaterial(suite, 7);
            final BouncyEsp bouncy = new BouncyEsp(suite, material, SPI, esn);
            final EspCipher cipher = provider.sealing(suite, EspKeys.split(suite, material), esn);
            long sequence = esn ? 0x1_FFFF_FF00L : 1;
            for (int length = suite.alignmentBytes();
                    length <= MAX_BYTES;
                    length += suite.alignmentBytes()) {
                final byte[] plaintext = Packets.data(length);
                final byte[] packet = seal(cipher, suite, sequence, plaintext);
                assertThat(bouncy.open(sequence, packet))
                        .as("%s, ESN %s, %s bytes", suite, esn, length)
                        .hasValueSatisfying(opened -> assertThat(opened).isEqualTo(plaintext));
                sequence++;
            }
        }
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldAgreeWithBouncyCastleWhenOpeningAnyLength(EspSuite suite) {
        for (final boolean esn : new boolean[] {false, true}) {
            final byte[] material = Suites.keyMaterial(suite, 8);
            final BouncyEsp bouncy = new BouncyEsp(suite, material, SPI, esn);
            final EspCipher cipher = provider.opening(suite, EspKeys.split(suite, material), esn);
            final long sequence = esn ? 0xFFFF_FFFF_0000_0005L : 5;
            for (int length = suite.alignmentBytes();
                    length <= MAX_BYTES;
                    length += suite.alignmentBytes()) {
                final byte[] plaintext = Packets.data(length);
                final byte[] packet = bouncy.seal(sequence, new byte[suite.ivBytes()], plaintext);
                assertThat(open(cipher, sequence, packet)).isTrue();
                final byte[] opened = new byte[length];
                plain.getBytes(0, opened);
                assertThat(opened)
                        .as("%s, ESN %s, %s bytes", suite, esn, length)
                        .isEqualTo(plaintext);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldRefuseWhenAnyBitIsFlipped(EspSuite suite) {
        final byte[] material = Suites.keyMaterial(suite, 9);
        final BouncyEsp bouncy = new BouncyEsp(suite, material, SPI, false);
        final EspCipher cipher = provider.opening(suite, EspKeys.split(suite, material), false);
        final byte[] packet = bouncy.seal(9, new byte[suite.ivBytes()], Packets.data(48));
        assertThat(open(cipher, 9, packet)).isTrue();
        for (int bit = 0; bit < packet.length * 8; bit++) {
            final byte[] flipped = packet.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit & 7));
            final long sequence = ByteBuffer.wrap(flipped).getInt(4) & 0xFFFF_FFFFL;
            assertThat(open(cipher, sequence, flipped)).as("bit %s", bit).isFalse();
        }
        assertThat(open(cipher, 9, packet)).as("still works after failures").isTrue();
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldRefuseWhenOnlyTheUnsentHalfOfTheSequenceNumberDiffers(EspSuite suite) {
        final byte[] material = Suites.keyMaterial(suite, 10);
        final EspCipher cipher = provider.opening(suite, EspKeys.split(suite, material), true);
        final byte[] packet =
                new BouncyEsp(suite, material, SPI, true)
                        .seal(0x2_0000_0007L, new byte[suite.ivBytes()], Packets.data(48));
        assertThat(open(cipher, 0x1_0000_0007L, packet)).isFalse();
        assertThat(open(cipher, 0x2_0000_0007L, packet)).isTrue();
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldNeverRepeatAnIvWhenSequenceNumbersAdvance(EspSuite suite) {
        final EspCipher cipher =
                provider.sealing(suite, EspKeys.split(suite, Suites.keyMaterial(suite, 11)), false);
        final Set<String> seen = new HashSet<>();
        for (long sequence = 1; sequence <= 500; sequence++) {
            final byte[] packet = seal(cipher, suite, sequence, Packets.data(32));
            assertThat(
                            seen.add(
                                    Arrays.toString(
                                            Arrays.copyOfRange(packet, 8, 8 + suite.ivBytes()))))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldWriteNothingBeyondThePacketWhenSealing(EspSuite suite) {
        final EspCipher cipher =
                provider.sealing(suite, EspKeys.split(suite, Suites.keyMaterial(suite, 12)), false);
        esp.setMemory(0, esp.capacity(), (byte) 0x5A);
        final byte[] packet = seal(cipher, suite, 1, Packets.data(64));
        assertThat(esp.getByte(ESP_OFFSET - 1)).isEqualTo((byte) 0x5A);
        assertThat(esp.getByte(ESP_OFFSET + packet.length)).isEqualTo((byte) 0x5A);
    }

    private byte[] seal(EspCipher cipher, EspSuite suite, long sequence, byte[] plaintext) {
        plain.putBytes(16, plaintext);
        EspLayout.header(esp, ESP_OFFSET, SPI, sequence);
        assertThat(cipher.seal(sequence, plain, 16, plaintext.length, esp, ESP_OFFSET)).isTrue();
        final byte[] packet = new byte[EspLayout.packetBytes(suite, plaintext.length)];
        esp.getBytes(ESP_OFFSET, packet);
        return packet;
    }

    private boolean open(EspCipher cipher, long sequence, byte[] packet) {
        esp.putBytes(ESP_OFFSET, packet);
        return cipher.open(sequence, esp, ESP_OFFSET, packet.length, plain, 0);
    }
}
