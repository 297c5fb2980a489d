package dev.culvert.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.proposal.EncryptionAlgorithm;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.proposal.PrfAlgorithm;
import dev.culvert.ike.wire.Bytes;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * NIST CAVP samples of the IKEv2 key derivation (SP 800-135): SKEYSEED, keying material, and
 * SKEYSEED of a rekey. Child keys are checked against strongSwan's in {@code
 * StrongswanCaptureTest}.
 */
class KeyDerivationTest {
    private static final HexFormat HEX = HexFormat.of();

    private record Sample(
            PrfAlgorithm prf,
            String nonceI,
            String nonceR,
            String spiI,
            String spiR,
            String sharedSecret,
            String newSharedSecret,
            String skeyseed,
            String keyingMaterial,
            String rekeySkeyseed) {}

    private static final Sample SHA_256 =
            new Sample(
                    PrfAlgorithm.HMAC_SHA2_256,
                    "3f302be1abcb28e1",
                    "8c332ee006064c9b",
                    "40dac39e1e1a8640",
                    "8619a1cf9a6e4c07",
                    "0f4d257d7a58fc4545c7d7a88119eee5d5c9690c5b4c989171d3abbfd99d1d29",
                    "25f3b12d6f282739256e39bf54eda53b60ffcf379bb7bcc90c27b4c4c578616c",
                    "5f00d1bd2c58ec224b1e6b71fa0f19a1faa7a193952c444411b47c1a9d8ba6fe",
                    "0b137d669b0947d7d026d593f0305ad401ff0c471357d695778a9c7f4b4869ec"
                            + "e98aca531188d16041b3bb936d2dbb3b4993a6e768a809160de45d0283f273a6"
                            + "cdf6854379e31be72b8d3d1fa990cf9c5b015ca9f918a7df6253c958114a09d4"
                            + "e1c19bdcd4db14b29d98db1a74ad405c588662c14a04d0d36aa4ab55e90f8986"
                            + "d12d4aad",
                    "2d63f6debc92048b4fef3889c4c99ca67d6496e0fac14a2bca9a2d6566ff2398");

    private static final Sample SHA_384 =
            new Sample(
                    PrfAlgorithm.HMAC_SHA2_384,
                    "fd1b572a8e735591",
                    "6013b0ef88dacd3d",
                    "2116ad07ce61f749",
                    "24880e55f11a65b7",
                    "d3288cd87565101e88fe3bad918f31939d8dd26ff1071f8b2d7f447524e58d7c",
                    "3358f620539473aee8d07e779764c4c6a9aabddc79a28e136b3bac021dbde44a",
                    "69fe7a1ac94adaeb711295f5fe004b1a8d6a0b65d05692758ce8ad2f7a45f59d7d0b596f51f7dfcf3330061888f6a94f",
                    "4f904c2025c90c817ea5ff9b662a6fdb445a73b57cdf09eacd379b95e1f03cac"
                            + "b04cd6deeda4f952191dd9bc1f7a9502471a648d74dc06d38112de48a42501f6"
                            + "b1a3ad55c2099cd9a648e5f17e5bf3e34bf9b5953decb768a34f875fe2b78dca"
                            + "0c2fcca81ec1a412006dfaed38fa06882e61f4c148105fb8e231fdb33c4d484c"
                            + "001721d4",
                    "e0548c1682e13bce454026b3b1bdf42985b24e4e7408095a7c529de38c3d1fcb04c9fe6868042a34c9614c6c99e3fcea");

    @Test
    void shouldMatchNistSampleWhenSha256() {
        check(SHA_256);
    }

    @Test
    void shouldMatchNistSampleWhenSha384() {
        check(SHA_384);
    }

    @Test
    void shouldNotTouchArgumentsAndWipeOnDestroy() {
        SecretBytes shared = secret(SHA_256.sharedSecret());
        IkeKeys keys = ikeKeys(SHA_256, shared);
        assertThat(shared.isDestroyed()).isFalse();
        keys.destroy();
        assertThat(keys.skD().isDestroyed()).isTrue();
        assertThat(keys.skEr().isDestroyed()).isTrue();
        assertThat(keys.toString()).doesNotContain("0b137d66");
    }

    private static void check(Sample sample) {
        SecretBytes shared = secret(sample.sharedSecret());
        Prf prf = new Prf(sample.prf());
        byte[] seed = prf.compute(secret(sample.nonceI() + sample.nonceR()), shared.toArray());
        assertThat(HEX.formatHex(seed)).isEqualTo(sample.skeyseed());

        IkeKeys keys = ikeKeys(sample, shared);
        String derived =
                hex(keys.skD())
                        + hex(keys.skAi())
                        + hex(keys.skAr())
                        + hex(keys.skEi())
                        + hex(keys.skEr())
                        + hex(keys.skPi())
                        + hex(keys.skPr());
        int common = Math.min(derived.length(), sample.keyingMaterial().length());
        assertThat(derived.substring(0, common))
                .isEqualTo(sample.keyingMaterial().substring(0, common));

        SecretBytes newShared = secret(sample.newSharedSecret());
        IkeKeys rekeyed =
                KeyDerivation.rekeyedIkeKeys(
                        sample.prf(),
                        keys.skD(),
                        suite(sample.prf()),
                        newShared,
                        Bytes.ofHex(sample.nonceI()),
                        Bytes.ofHex(sample.nonceR()),
                        1,
                        2);
        // The sample ends at SKEYSEED; what follows is the expansion checked above.
        SecretBytes expected =
                prf.plus(
                        secret(sample.rekeySkeyseed()),
                        sample.prf().outputBytes(),
                        HEX.parseHex(
                                sample.nonceI()
                                        + sample.nonceR()
                                        + "00000000000000010000000000000002"));
        assertThat(rekeyed.skD()).isEqualTo(expected);
    }

    private static IkeKeys ikeKeys(Sample sample, SecretBytes shared) {
        return KeyDerivation.ikeKeys(
                suite(sample.prf()),
                shared,
                Bytes.ofHex(sample.nonceI()),
                Bytes.ofHex(sample.nonceR()),
                HexFormat.fromHexDigitsToLong(sample.spiI()),
                HexFormat.fromHexDigitsToLong(sample.spiR()));
    }

    private static IkeSuite suite(PrfAlgorithm prf) {
        return new IkeSuite(
                EncryptionAlgorithm.AES_GCM_16,
                128,
                Optional.empty(),
                prf,
                KeyExchangeMethod.CURVE_25519);
    }

    private static SecretBytes secret(String hex) {
        return SecretBytes.takingOver(HEX.parseHex(hex));
    }

    private static String hex(SecretBytes secret) {
        return HEX.formatHex(secret.toArray());
    }
}
