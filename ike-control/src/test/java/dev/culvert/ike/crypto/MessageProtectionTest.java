package dev.culvert.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.ike.proposal.EncryptionAlgorithm;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.proposal.IntegrityAlgorithm;
import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.proposal.PrfAlgorithm;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.modes.AEADBlockCipher;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MessageProtectionTest {
    private static final HexFormat HEX = HexFormat.of();

    /** Appendix B of RFC 7634: an INFORMATIONAL request with one notification. */
    @Test
    void shouldMatchRfc7634() {
        AeadProtection protection =
                new AeadProtection(
                        EncryptionAlgorithm.CHACHA20_POLY1305,
                        secret(
                                "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3"));
        byte[] associated =
                HEX.parseHex("c0c1c2c3c4c5c6c7d0d1d2d3d4d5d6d72e202500000000090000004529000029");
        byte[] plainText = HEX.parseHex("0000000c000040010000000a00");
        String body =
                "1011121314151617"
                        + "610394701f8d017f7c12924889"
                        + "6b71bfe25236efd7cdc67066906315b2";
        assertThat(HEX.formatHex(protection.sealWithIv(0x1011121314151617L, associated, plainText)))
                .isEqualTo(body);
        assertThat(protection.open(associated, HEX.parseHex(body))).contains(plainText);
    }

    /**
     * Test cases 4 and 16 of the GCM specification, whose 12-byte nonce splits into salt and
     * vector.
     */
    @Test
    void shouldMatchTheGcmSpecification() {
        String key = "feffe9928665731c6d6a8f9467308308";
        gcm(
                key,
                "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
                        + "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
                "5bc94fbc3221a5db94fae95ae7121a47");
        gcm(
                key + key,
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                        + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
                "76fc6ece0f4e1768cddf8853bb2d551b");
    }

    @Test
    void shouldAgreeWithBouncyCastleWhenGcm() throws Exception {
        RandomSource random = RandomSource.insecureSeeded(11);
        for (int bits : List.of(128, 192, 256)) {
            byte[] keyAndSalt = random.bytes(bits / 8 + 4);
            byte[] associated = random.bytes(32);
            byte[] plainText = random.bytes(77);
            MessageProtection ours =
                    MessageProtection.of(
                            aead(EncryptionAlgorithm.AES_GCM_16, bits),
                            SecretBytes.copyOf(keyAndSalt),
                            SecretBytes.copyOf(new byte[0]));
            byte[] body = ours.seal(associated, plainText, random);
            byte[] nonce = new byte[12];
            System.arraycopy(keyAndSalt, bits / 8, nonce, 0, 4);
            System.arraycopy(body, 0, nonce, 4, 8);
            AEADBlockCipher theirs = GCMBlockCipher.newInstance(AESEngine.newInstance());
            byte[] key = java.util.Arrays.copyOf(keyAndSalt, bits / 8);
            theirs.init(false, new AEADParameters(new KeyParameter(key), 128, nonce, associated));
            byte[] out = new byte[theirs.getOutputSize(body.length - 8)];
            int count = theirs.processBytes(body, 8, body.length - 8, out, 0);
            count += theirs.doFinal(out, count);
            assertThat(count).isEqualTo(plainText.length);
            assertThat(java.util.Arrays.copyOf(out, count)).isEqualTo(plainText);
        }
    }

    static List<IkeSuite> suites() {
        return List.of(
                aead(EncryptionAlgorithm.AES_GCM_16, 128),
                aead(EncryptionAlgorithm.AES_GCM_16, 192),
                aead(EncryptionAlgorithm.AES_GCM_16, 256),
                aead(EncryptionAlgorithm.CHACHA20_POLY1305, 256),
                cbc(128, IntegrityAlgorithm.HMAC_SHA2_256_128),
                cbc(192, IntegrityAlgorithm.HMAC_SHA2_384_192),
                cbc(256, IntegrityAlgorithm.HMAC_SHA2_512_256));
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldOpenWhatItSealedAndNothingElse(IkeSuite suite) {
        RandomSource random = RandomSource.insecureSeeded(5);
        MessageProtection protection = protection(suite, random);
        byte[] associated = random.bytes(32);
        byte[] plainText = random.bytes(48);
        byte[] body = protection.seal(associated, plainText, random);
        assertThat(body).hasSize(protection.ivBytes() + 48 + protection.icvBytes());
        assertThat(protection.open(associated, body)).contains(plainText);
        for (int i = 0; i < body.length; i++) {
            byte[] flipped = body.clone();
            flipped[i] ^= (byte) (1 << (i % 8));
            assertThat(protection.open(associated, flipped)).as("bit in byte %d", i).isEmpty();
        }
        for (int i = 0; i < associated.length; i++) {
            byte[] flipped = associated.clone();
            flipped[i] ^= (byte) (1 << (i % 8));
            assertThat(protection.open(flipped, body)).as("bit in associated byte %d", i).isEmpty();
        }
        for (int length = 0; length < body.length; length++) {
            assertThat(protection.open(associated, java.util.Arrays.copyOf(body, length)))
                    .as("cut to %d bytes", length)
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldNeverRepeatAnInitializationVector(IkeSuite suite) {
        RandomSource random = RandomSource.insecureSeeded(6);
        MessageProtection protection = protection(suite, random);
        Set<String> vectors = new HashSet<>();
        for (int i = 0; i < 500; i++) {
            byte[] body = protection.seal(new byte[32], new byte[16], random);
            assertThat(vectors.add(HEX.formatHex(body, 0, protection.ivBytes()))).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldNotWorkWhenDestroyed(IkeSuite suite) {
        RandomSource random = RandomSource.insecureSeeded(7);
        MessageProtection protection = protection(suite, random);
        byte[] body = protection.seal(new byte[32], new byte[16], random);
        protection.destroy();
        assertThatThrownBy(() -> protection.seal(new byte[32], new byte[16], random))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> protection.open(new byte[32], body))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldRefuseKeysOfTheWrongLength() {
        IkeSuite suite = cbc(128, IntegrityAlgorithm.HMAC_SHA2_256_128);
        SecretBytes key = secret("00".repeat(16));
        assertThatThrownBy(() -> MessageProtection.of(suite, key, key))
                .hasMessageContaining("32 bytes");
        assertThatThrownBy(() -> MessageProtection.of(suite, secret("00"), key))
                .hasMessageContaining("16 bytes");
    }

    private static void gcm(String key, String cipherText, String icv) {
        AeadProtection protection =
                new AeadProtection(EncryptionAlgorithm.AES_GCM_16, secret(key + "cafebabe"));
        byte[] associated = HEX.parseHex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        byte[] plainText =
                HEX.parseHex(
                        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
        assertThat(HEX.formatHex(protection.sealWithIv(0xfacedbaddecaf888L, associated, plainText)))
                .isEqualTo("facedbaddecaf888" + cipherText + icv);
    }

    private static MessageProtection protection(IkeSuite suite, RandomSource random) {
        return MessageProtection.of(
                suite,
                SecretBytes.takingOver(
                        random.bytes(suite.encryption().keyMaterialBytes(suite.keyLengthBits()))),
                SecretBytes.takingOver(
                        random.bytes(
                                suite.integrity().map(IntegrityAlgorithm::keyBytes).orElse(0))));
    }

    private static IkeSuite aead(EncryptionAlgorithm encryption, int bits) {
        return new IkeSuite(
                encryption,
                bits,
                Optional.empty(),
                PrfAlgorithm.HMAC_SHA2_256,
                KeyExchangeMethod.CURVE_25519);
    }

    private static IkeSuite cbc(int bits, IntegrityAlgorithm integrity) {
        return new IkeSuite(
                EncryptionAlgorithm.AES_CBC,
                bits,
                Optional.of(integrity),
                PrfAlgorithm.HMAC_SHA2_256,
                KeyExchangeMethod.CURVE_25519);
    }

    private static SecretBytes secret(String hex) {
        return SecretBytes.takingOver(HEX.parseHex(hex));
    }
}
