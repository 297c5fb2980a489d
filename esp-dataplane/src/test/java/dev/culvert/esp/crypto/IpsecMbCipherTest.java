package dev.culvert.esp.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.culvert.esp.EspKeys;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.EspSuite.Encryption;
import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.testing.BouncyEsp;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.Suites;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the native cipher has to look after itself, where the JDK's does so for its caller. */
@ParameterizedClass
@EnumSource(names = {"AES_GCM_16_128", "AES_GCM_16_256", "CHACHA20_POLY1305"})
class IpsecMbCipherTest {

    private static final int SPI = 0xC0FFEE02;
    private static final byte[] PLAINTEXT = Packets.data(200);

    private final EspSuite suite;
    private final byte[] material;
    private final byte[] packet;
    private final EspCipher cipher;
    private final UnsafeBuffer esp = new UnsafeBuffer(ByteBuffer.allocateDirect(4096));
    private final UnsafeBuffer plain = new UnsafeBuffer(ByteBuffer.allocateDirect(4096));

    IpsecMbCipherTest(Encryption encryption) {
        suite = EspSuite.aead(encryption);
        material = Suites.keyMaterial(suite, 91);
        packet = new BouncyEsp(suite, material, SPI, false).seal(7, new byte[8], PLAINTEXT);
        cipher = newCipher();
    }

    private EspCipher newCipher() {
        return NativeEngine.requireProvider().opening(suite, EspKeys.split(suite, material), false);
    }

    @Test
    void shouldWipeTheTargetWhenThePacketIsForged() {
        final byte[] forged = packet.clone();
        forged[forged.length - 1] ^= 1;
        for (final UnsafeBuffer target :
                new UnsafeBuffer[] {plain, new UnsafeBuffer(new byte[4096])}) {
            target.setMemory(0, 4096, (byte) 0x5A);
            esp.putBytes(0, forged);
            assertThat(cipher.open(7, esp, 0, forged.length, target, 32)).isFalse();
            final byte[] left = bytes(target, 32, PLAINTEXT.length);
            assertThat(left).as("nothing of the plaintext").isNotEqualTo(PLAINTEXT);
            assertThat(left).containsOnly(target.byteArray() == null ? (byte) 0 : (byte) 0x5A);
            assertThat(target.getByte(31)).isEqualTo((byte) 0x5A);
            assertThat(target.getByte(32 + PLAINTEXT.length)).isEqualTo((byte) 0x5A);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8, 15, 16, 17, 24, 32, 215, 300})
    void shouldOpenWhenTheTargetLiesAnywhereInThePacketsBuffer(int targetOffset) {
        esp.putBytes(16, packet);
        assertThat(cipher.open(7, esp, 16, packet.length, esp, targetOffset)).isTrue();
        assertThat(bytes(esp, targetOffset, PLAINTEXT.length)).isEqualTo(PLAINTEXT);
    }

    @Test
    void shouldSealTheSameWhenBuffersAreOnTheHeap() {
        final UnsafeBuffer[] sources = {new UnsafeBuffer(PLAINTEXT), plain};
        final UnsafeBuffer[] targets = {new UnsafeBuffer(new byte[4096]), esp};
        plain.putBytes(0, PLAINTEXT);
        for (final UnsafeBuffer source : sources) {
            for (final UnsafeBuffer target : targets) {
                final EspCipher sealing = newCipher();
                EspLayout.header(target, 5, SPI, 7);
                assertThat(sealing.seal(7, source, 0, PLAINTEXT.length, target, 5)).isTrue();
                assertThat(
                                new BouncyEsp(suite, material, SPI, false)
                                        .open(7, bytes(target, 5, packet.length)))
                        .hasValueSatisfying(opened -> assertThat(opened).isEqualTo(PLAINTEXT));
            }
        }
    }

    @Test
    void shouldRefuseWhenANumberIsSealedTwiceInARow() {
        EspLayout.header(esp, 0, SPI, 3);
        assertThat(cipher.seal(3, plain, 0, 64, esp, 0)).isTrue();
        assertThat(cipher.seal(3, plain, 0, 64, esp, 0)).isFalse();
        assertThat(cipher.seal(4, plain, 0, 64, esp, 0)).isTrue();
    }

    @Test
    void shouldRefuseWhenDestroyed() {
        esp.putBytes(0, packet);
        assertThat(cipher.open(7, esp, 0, packet.length, plain, 0)).isTrue();
        cipher.destroy();
        assertThat(cipher.open(7, esp, 0, packet.length, plain, 0)).isFalse();
        assertThat(cipher.seal(8, plain, 0, 64, esp, 0)).isFalse();
    }

    @Test
    void shouldLeaveNothingOfTheKeyWhenDestroyed() {
        assertThat(cipher)
                .isInstanceOfSatisfying(
                        IpsecMbCipher.class,
                        nativeCipher -> {
                            final UnsafeBuffer block = nativeCipher.block;
                            final int blockBytes = block.capacity();
                            final byte[] key = Arrays.copyOf(material, 16);
                            // AES' first round key is the start of the key.
                            assertThat(bytes(block, 256, 16)).isEqualTo(key);
                            assertThat(bytes(block, 192, 64)).containsOnly(0);
                            nativeCipher.destroy();
                            assertThat(bytes(block, 0, blockBytes)).containsOnly(0);
                        });
    }

    @Test
    void shouldRefuseWhenThePacketIsShorterThanItsFixedParts() {
        assertThat(cipher.open(7, esp, 0, 31, plain, 0)).isFalse();
    }

    @Test
    void shouldNotTouchMemoryWhenARangeIsOutsideItsBuffer() {
        esp.putBytes(0, packet);
        assertThatThrownBy(() -> cipher.open(7, esp, 4000, packet.length, plain, 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> cipher.open(7, esp, 0, packet.length, plain, 4000))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> cipher.seal(9, plain, 4000, 200, esp, 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> cipher.seal(10, plain, 0, 200, esp, 4000))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> cipher.seal(11, plain, 0, -1, esp, 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void shouldAllocateNothingWhenSealingAndOpening() {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final int rounds = 20_000;
        sealAndOpen(1, rounds);
        final long before = threads.getCurrentThreadAllocatedBytes();
        final int genuine = sealAndOpen(1 + rounds, rounds);
        final long bytes = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(genuine).isEqualTo(rounds);
        // One object of 16 bytes per packet would be a hundred times as much.
        assertThat(bytes).isLessThan(16L * 2 * rounds / 100);
    }

    private int sealAndOpen(int firstSequence, int rounds) {
        int genuine = 0;
        for (int sequence = firstSequence; sequence < firstSequence + rounds; sequence++) {
            EspLayout.header(esp, 0, SPI, sequence);
            if (cipher.seal(sequence, plain, 0, 64, esp, 0)
                    && cipher.open(
                            sequence, esp, 0, EspLayout.packetBytes(suite, 64), plain, 1024)) {
                genuine++;
            }
        }
        return genuine;
    }

    private static byte[] bytes(UnsafeBuffer buffer, int offset, int length) {
        final byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        return bytes;
    }
}
