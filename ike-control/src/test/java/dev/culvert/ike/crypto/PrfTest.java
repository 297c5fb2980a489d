package dev.culvert.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.ike.proposal.PrfAlgorithm;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Vectors of RFC 4231; prf+ is covered by NIST's vectors in {@link KeyDerivationTest}. */
class PrfTest {
    private static final HexFormat HEX = HexFormat.of();

    @ParameterizedTest
    @CsvSource({
        "HMAC_SHA2_256,b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        "HMAC_SHA2_384,afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
        "HMAC_SHA2_512,87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"
    })
    void shouldMatchRfc4231Case1(PrfAlgorithm algorithm, String expected) {
        check(algorithm, "0b".repeat(20), "Hi There", expected);
    }

    @ParameterizedTest
    @CsvSource({
        "HMAC_SHA2_256,5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        "HMAC_SHA2_384,af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
        "HMAC_SHA2_512,164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
    })
    void shouldMatchRfc4231Case2(PrfAlgorithm algorithm, String expected) {
        check(algorithm, "4a656665", "what do ya want for nothing?", expected);
    }

    @ParameterizedTest
    @CsvSource({
        "HMAC_SHA2_256,60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        "HMAC_SHA2_384,4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
        "HMAC_SHA2_512,80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"
    })
    void shouldMatchRfc4231Case6WhenKeyIsLongerThanABlock(PrfAlgorithm algorithm, String expected) {
        check(
                algorithm,
                "aa".repeat(131),
                "Test Using Larger Than Block-Size Key - Hash Key First",
                expected);
    }

    @ParameterizedTest
    @EnumSource(
            value = PrfAlgorithm.class,
            names = {"HMAC_SHA2_256", "HMAC_SHA2_384", "HMAC_SHA2_512"})
    void shouldRefuseMoreThan255BlocksOfExpansion(PrfAlgorithm algorithm) {
        Prf prf = new Prf(algorithm);
        SecretBytes key = SecretBytes.copyOf(new byte[] {1});
        int most = 255 * algorithm.outputBytes();
        assertThat(prf.plus(key, most, new byte[] {2}).lengthBytes()).isEqualTo(most);
        assertThatThrownBy(() -> prf.plus(key, most + 1, new byte[] {2}))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = PrfAlgorithm.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"HMAC_SHA2_256", "HMAC_SHA2_384", "HMAC_SHA2_512"})
    void shouldRefuseWhenAlgorithmIsNotSupported(PrfAlgorithm algorithm) {
        assertThatThrownBy(() -> new Prf(algorithm)).hasMessageContaining(algorithm.displayName());
    }

    private static void check(PrfAlgorithm algorithm, String keyHex, String data, String expected) {
        byte[] bytes = data.getBytes(StandardCharsets.US_ASCII);
        try (SecretBytes key = SecretBytes.takingOver(HEX.parseHex(keyHex))) {
            assertThat(HEX.formatHex(new Prf(algorithm).compute(key, bytes))).isEqualTo(expected);
            byte[] head = java.util.Arrays.copyOf(bytes, 3);
            byte[] tail = java.util.Arrays.copyOfRange(bytes, 3, bytes.length);
            assertThat(HEX.formatHex(new Prf(algorithm).compute(key, head, tail)))
                    .isEqualTo(expected);
        }
    }
}
