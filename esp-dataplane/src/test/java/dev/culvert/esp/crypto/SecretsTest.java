package dev.culvert.esp.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.esp.EspKeys;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.testing.BouncyEsp;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.Sas;
import dev.culvert.esp.testing.Suites;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Key material goes when it is told to, and shows nowhere. */
class SecretsTest {

    static Stream<EspSuite> suites() {
        return Suites.all();
    }

    @Test
    void shouldHoldZerosWhenKeyIsDestroyed() {
        final byte[] bytes = Packets.data(32);
        final WipeableKey key = new WipeableKey("AES", bytes);
        assertThat(key.getEncoded()).isEqualTo(Packets.data(32));
        key.destroy();
        assertThat(key.isDestroyed()).isTrue();
        assertThat(bytes).containsOnly(0);
        assertThat(key.getEncoded()).containsOnly(0);
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldForgetTheKeyWhenCipherIsDestroyed(EspSuite suite) {
        final byte[] material = Suites.keyMaterial(suite, 77);
        final EspCipher cipher =
                new JdkCipherProvider(new SecureRandom())
                        .opening(suite, EspKeys.split(suite, material), false);
        final byte[] packet =
                new BouncyEsp(suite, material, Sas.SPI, false)
                        .seal(1, new byte[suite.ivBytes()], Packets.data(32));
        final UnsafeBuffer plain = new UnsafeBuffer(new byte[32]);
        assertThat(cipher.open(1, new UnsafeBuffer(packet), 0, packet.length, plain, 0)).isTrue();
        cipher.destroy();
        assertThat(cipher.open(1, new UnsafeBuffer(packet), 0, packet.length, plain, 0)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldSplitInOrderWhenKeyMaterialFits(EspSuite suite) {
        final byte[] material = Suites.keyMaterial(suite, 78);
        final EspKeys keys = EspKeys.split(suite, material);
        assertThat(keys.fits(suite)).isTrue();
        final String joined =
                HexFormat.of().formatHex(keys.encryptionKey())
                        + HexFormat.of().formatHex(keys.salt())
                        + HexFormat.of().formatHex(keys.integrityKey());
        assertThat(joined).isEqualTo(HexFormat.of().formatHex(material));
        assertThatThrownBy(() -> EspKeys.split(suite, new byte[material.length + 1]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldNotShowKeysWhenPrinted() {
        final Sas sas = new Sas();
        final String start = HexFormat.of().formatHex(sas.keyMaterial).substring(0, 8);
        assertThat(sas.outbound().toString()).contains("hidden").doesNotContain(start);
        assertThat(sas.inbound().keys().toString()).isEqualTo("EspKeys[hidden]");
    }

    @Test
    void shouldRefuseWhenKeysAreDestroyed() {
        final EspKeys keys = new Sas().outbound().keys();
        final byte[] copy = keys.encryptionKey();
        keys.destroy();
        assertThat(copy).as("a copy is the caller's").isNotEqualTo(new byte[copy.length]);
        assertThatThrownBy(keys::encryptionKey).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldDifferWhenTheSameIsSealedByTwoCbcCiphers() {
        // The IVs come from a random key, so two ciphers never share a sequence of IVs.
        final EspSuite suite =
                EspSuite.of(EspSuite.Encryption.AES_CBC_128, EspSuite.Integrity.HMAC_SHA2_256_128);
        final byte[] material = Suites.keyMaterial(suite, 79);
        final UnsafeBuffer plain = new UnsafeBuffer(Packets.data(32));
        final byte[][] packets = new byte[2][EspLayout.packetBytes(suite, 32)];
        for (final byte[] packet : packets) {
            final EspCipher cipher =
                    new JdkCipherProvider(new SecureRandom())
                            .sealing(suite, EspKeys.split(suite, material), false);
            assertThat(cipher.seal(1, plain, 0, 32, new UnsafeBuffer(packet), 0)).isTrue();
        }
        assertThat(packets[0]).isNotEqualTo(packets[1]);
    }
}
