package dev.culvert.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.wire.Bytes;
import java.math.BigInteger;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.XECPublicKey;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;
import javax.crypto.KeyAgreement;
import javax.crypto.interfaces.DHPublicKey;
import javax.crypto.spec.DHParameterSpec;
import javax.crypto.spec.DHPublicKeySpec;
import org.bouncycastle.crypto.params.DHParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class KeyExchangeTest {
    @ParameterizedTest
    @EnumSource(KeyExchangeMethod.class)
    void shouldAgreeOnBothSidesExactlyWhenSupported(KeyExchangeMethod method) {
        RandomSource random = RandomSource.insecureSeeded(method.id());
        if (!method.supported()) {
            assertThatThrownBy(() -> KeyExchange.generate(method, random))
                    .hasMessageContaining(method.displayName());
            return;
        }
        KeyExchange initiator = KeyExchange.generate(method, random);
        KeyExchange responder = KeyExchange.generate(method, random);
        assertThat(initiator.publicValue()).isNotEqualTo(responder.publicValue());
        assertThat(initiator.publicValue().lengthBytes()).isEqualTo(method.publicValueBytes());
        assertThat(agreed(initiator, responder.publicValue()))
                .isEqualTo(agreed(responder, initiator.publicValue()));
    }

    @ParameterizedTest
    @EnumSource(
            value = KeyExchangeMethod.class,
            names = {"MODP_2048", "ECP_256", "ECP_384", "ECP_521", "CURVE_25519"})
    void shouldGiveTheSameValuesWhenTheSeedIsTheSame(KeyExchangeMethod method) {
        KeyExchange one = KeyExchange.generate(method, RandomSource.insecureSeeded(7));
        KeyExchange other = KeyExchange.generate(method, RandomSource.insecureSeeded(7));
        assertThat(one.publicValue()).isEqualTo(other.publicValue());
    }

    /**
     * Section 8.1 to 8.3 of RFC 5903: both private values, both public values, the common x
     * coordinate.
     */
    @ParameterizedTest
    @CsvSource({
        "ECP_256,"
                + "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433,"
                + "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
                + "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3,"
                + "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53,"
                + "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
                + "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab,"
                + "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de",
        "ECP_384,"
                + "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b538041e649ee3faef896783ab194,"
                + "667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6de3ac808acb4bdb4c88732aee95f41aa"
                + "9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c,"
                + "41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942e0308312916b8ed2960e4bd55a7448fc,"
                + "e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d0d1ac43a0336def96fda41d0774a3571"
                + "dcfbec7aacf3196472169e838430367f66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c,"
                + "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746",
        "ECP_521,"
                + "0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a095aa85a30fe1c2952c6771d937ba9777f595"
                + "7b2639bab072462f68c27a57382d4a52,"
                + "0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbee1e3bf42e00b8e380aeae57c2d1075649418"
                + "85942af5a7f4601723c4195d176ced3e"
                + "017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4a10ad8a788015ac405d7799dc75e7b7d5b6cf226"
                + "1a6a7f1507438bf01beb6ca3926f9582,"
                + "0145ba99a847af43793fdd0e872e7cdfa16be30fdc780f97bccc3f078380201e9c677d600b343757a3bdbf2a3163e4c2f869"
                + "cca7458aa4a4effc311f5cb151685eb9,"
                + "00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a219b97c356436adc6e95bb0352f6be64a6c291"
                + "2d4ef2d0433ced2b6171640012d9460f"
                + "015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d9852077b87220b6536c5c408a1d2aebb8e86d678ae49cb"
                + "57091f4732296579ab44fcd17f0fc56a,"
                + "01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04d1427e73ca4baa240a34786859810c06b3c7"
                + "15a3a8cc3151f2bee417996d19f3ddea"
    })
    void shouldMatchRfc5903(
            KeyExchangeMethod method,
            String privateI,
            String publicI,
            String privateR,
            String publicR,
            String shared) {
        SecretBytes expected = SecretBytes.takingOver(Bytes.ofHex(shared).toArray());
        KeyExchange initiator = ecp(method, privateI, publicI);
        KeyExchange responder = ecp(method, privateR, publicR);
        assertThat(initiator.publicValue()).isEqualTo(Bytes.ofHex(publicI));
        assertThat(agreed(initiator, Bytes.ofHex(publicR))).isEqualTo(expected);
        assertThat(agreed(responder, Bytes.ofHex(publicI))).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(
            value = KeyExchangeMethod.class,
            names = {"ECP_256", "ECP_384", "ECP_521"})
    void shouldRefuseWhenPointIsNotOnTheCurve(KeyExchangeMethod method) {
        RandomSource random = RandomSource.insecureSeeded(1);
        KeyExchange own = KeyExchange.generate(method, random);
        byte[] peer = KeyExchange.generate(method, random).publicValue().toArray();
        peer[peer.length - 1] ^= 1;
        assertInvalid(own, Bytes.of(peer));
        assertInvalid(own, Bytes.of(new byte[peer.length]));
        byte[] ones = new byte[peer.length];
        Arrays.fill(ones, (byte) 0xff);
        assertInvalid(own, Bytes.of(ones));
        assertInvalid(own, Bytes.of(Arrays.copyOf(peer, peer.length - 1)));
        assertInvalid(own, Bytes.EMPTY);
    }

    @Test
    void shouldRefuseCoordinatesNotBelowThePrime() {
        // x + p names the same point, but is no valid encoding of it. Needs an x below 2^256 - p.
        BigInteger prime =
                new BigInteger(
                        "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", 16);
        BigInteger b =
                new BigInteger(
                        "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b", 16);
        BigInteger x = BigInteger.valueOf(5);
        BigInteger y = x.pow(3).subtract(x.multiply(BigInteger.valueOf(3))).add(b).mod(prime);
        BigInteger root = y.modPow(prime.add(BigInteger.ONE).shiftRight(2), prime);
        assertThat(root.multiply(root).mod(prime)).isEqualTo(y);
        KeyExchange own =
                KeyExchange.generate(KeyExchangeMethod.ECP_256, RandomSource.insecureSeeded(1));
        String rootHex = "%064x".formatted(root);
        assertThat(own.agree(Bytes.ofHex("%064x".formatted(x) + rootHex)))
                .isInstanceOf(KeyExchange.Result.Agreed.class);
        assertInvalid(own, Bytes.ofHex("%064x".formatted(x.add(prime)) + rootHex));
    }

    @ParameterizedTest
    @CsvSource({
        // Section 6.1 of RFC 7748, both sides.
        "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a,"
                + "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a,"
                + "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f,"
                + "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
        "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb,"
                + "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f,"
                + "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a,"
                + "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
        // Section 5.2, without a public value of its own.
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4,'',"
                + "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c,"
                + "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"
    })
    void shouldMatchRfc7748(String scalar, String own, String peer, String shared) {
        KeyExchange exchange = X25519KeyExchange.ofScalar(Bytes.ofHex(scalar).toArray());
        if (!own.isEmpty()) {
            assertThat(exchange.publicValue()).isEqualTo(Bytes.ofHex(own));
        }
        assertThat(agreed(exchange, Bytes.ofHex(peer)))
                .isEqualTo(SecretBytes.takingOver(Bytes.ofHex(shared).toArray()));
    }

    @ParameterizedTest
    @CsvSource({
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
    })
    void shouldRefuseWhenX25519PointHasSmallOrder(String point) {
        KeyExchange own =
                KeyExchange.generate(KeyExchangeMethod.CURVE_25519, RandomSource.insecureSeeded(1));
        assertInvalid(own, Bytes.ofHex(point));
    }

    @Test
    void shouldAgreeWithTheJdkWhenX25519() throws Exception {
        KeyExchange own =
                KeyExchange.generate(KeyExchangeMethod.CURVE_25519, RandomSource.insecureSeeded(2));
        KeyPair jdk = KeyPairGenerator.getInstance("X25519").generateKeyPair();
        KeyAgreement agreement = KeyAgreement.getInstance("X25519");
        agreement.init(jdk.getPrivate());
        agreement.doPhase(
                KeyFactory.getInstance("X25519")
                        .generatePublic(
                                new XECPublicKeySpec(
                                        NamedParameterSpec.X25519,
                                        new BigInteger(1, reversed(own.publicValue().toArray())))),
                true);
        byte[] u = toLength(((XECPublicKey) jdk.getPublic()).getU(), 32);
        assertThat(agreed(own, Bytes.of(reversed(u))))
                .isEqualTo(SecretBytes.takingOver(agreement.generateSecret()));
    }

    @ParameterizedTest
    @EnumSource(
            value = KeyExchangeMethod.class,
            names = {"ECP_256", "ECP_384", "ECP_521"})
    void shouldAgreeWithTheJdkWhenEcp(KeyExchangeMethod method) throws Exception {
        KeyExchange own = KeyExchange.generate(method, RandomSource.insecureSeeded(2));
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(EcpKeyExchange.parameters(method));
        KeyPair jdk = generator.generateKeyPair();
        int half = method.publicValueBytes() / 2;
        byte[] value = own.publicValue().toArray();
        KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
        agreement.init(jdk.getPrivate());
        agreement.doPhase(
                KeyFactory.getInstance("EC")
                        .generatePublic(
                                new ECPublicKeySpec(
                                        new ECPoint(
                                                new BigInteger(1, Arrays.copyOf(value, half)),
                                                new BigInteger(
                                                        1,
                                                        Arrays.copyOfRange(value, half, 2 * half))),
                                        EcpKeyExchange.parameters(method))),
                true);
        ECPoint peer = ((ECPublicKey) jdk.getPublic()).getW();
        byte[] both = Arrays.copyOf(toLength(peer.getAffineX(), half), 2 * half);
        System.arraycopy(toLength(peer.getAffineY(), half), 0, both, half, half);
        assertThat(agreed(own, Bytes.of(both)))
                .isEqualTo(SecretBytes.takingOver(agreement.generateSecret()));
    }

    @Test
    void shouldAgreeWithTheJdkWhenModp() throws Exception {
        KeyExchange own =
                KeyExchange.generate(KeyExchangeMethod.MODP_2048, RandomSource.insecureSeeded(2));
        DHParameters group = ModpKeyExchange.group(KeyExchangeMethod.MODP_2048);
        KeyPairGenerator generator = KeyPairGenerator.getInstance("DH");
        generator.initialize(new DHParameterSpec(group.getP(), group.getG()));
        KeyPair jdk = generator.generateKeyPair();
        KeyAgreement agreement = KeyAgreement.getInstance("DH");
        agreement.init(jdk.getPrivate());
        agreement.doPhase(
                KeyFactory.getInstance("DH")
                        .generatePublic(
                                new DHPublicKeySpec(
                                        new BigInteger(1, own.publicValue().toArray()),
                                        group.getP(),
                                        group.getG())),
                true);
        byte[] peer = toLength(((DHPublicKey) jdk.getPublic()).getY(), 256);
        byte[] expected = toLength(new BigInteger(1, agreement.generateSecret()), 256);
        assertThat(agreed(own, Bytes.of(peer))).isEqualTo(SecretBytes.takingOver(expected));
    }

    /** RFC 3526 defines its primes by pi; computing that is independent of anybody's constants. */
    @ParameterizedTest
    @CsvSource({
        "MODP_2048,2048,124476",
        "MODP_3072,3072,1690314",
        "MODP_4096,4096,240904",
        "MODP_6144,6144,929484",
        "MODP_8192,8192,4743158"
    })
    void shouldUseThePrimesOfRfc3526(KeyExchangeMethod method, int bits, long offset) {
        BigInteger one = BigInteger.ONE;
        BigInteger expected =
                one.shiftLeft(bits)
                        .subtract(one.shiftLeft(bits - 64))
                        .subtract(one)
                        .add(scaledPi(bits - 130).add(BigInteger.valueOf(offset)).shiftLeft(64));
        DHParameters group = ModpKeyExchange.group(method);
        assertThat(group.getP()).isEqualTo(expected);
        assertThat(group.getG()).isEqualTo(BigInteger.TWO);
    }

    @ParameterizedTest
    @EnumSource(
            value = KeyExchangeMethod.class,
            names = {"MODP_2048", "MODP_8192"})
    void shouldRefuseWhenModpValueIsOutOfRange(KeyExchangeMethod method) {
        KeyExchange own = KeyExchange.generate(method, RandomSource.insecureSeeded(3));
        BigInteger prime = ModpKeyExchange.group(method).getP();
        int length = method.publicValueBytes();
        for (BigInteger bad :
                new BigInteger[] {
                    BigInteger.ZERO,
                    BigInteger.ONE,
                    prime.subtract(BigInteger.ONE),
                    prime,
                    prime.add(BigInteger.ONE)
                }) {
            assertInvalid(own, Bytes.of(toLength(bad, length)));
        }
        assertThat(own.agree(Bytes.of(toLength(BigInteger.TWO, length))))
                .isInstanceOf(KeyExchange.Result.Agreed.class);
        assertInvalid(own, Bytes.of(new byte[] {2}));
        assertInvalid(own, Bytes.of(toLength(BigInteger.TWO, length + 1)));
    }

    @Test
    void shouldPadSharedSecretToTheLengthOfTheModulus() {
        // 2^2 = 4: one byte, in a secret of 256.
        KeyExchange own = ModpKeyExchange.ofExponent(KeyExchangeMethod.MODP_2048, new byte[] {2});
        SecretBytes secret = agreed(own, Bytes.of(toLength(BigInteger.TWO, 256)));
        assertThat(secret).isEqualTo(SecretBytes.takingOver(toLength(BigInteger.valueOf(4), 256)));
    }

    @ParameterizedTest
    @EnumSource(
            value = KeyExchangeMethod.class,
            names = {"MODP_2048", "ECP_256", "CURVE_25519"})
    void shouldNotAgreeWhenDestroyed(KeyExchangeMethod method) {
        RandomSource random = RandomSource.insecureSeeded(4);
        KeyExchange own = KeyExchange.generate(method, random);
        Bytes peer = KeyExchange.generate(method, random).publicValue();
        own.destroy();
        assertThatThrownBy(() -> own.agree(peer)).isInstanceOf(IllegalStateException.class);
    }

    private static KeyExchange ecp(KeyExchangeMethod method, String privateHex, String publicHex) {
        int half = publicHex.length() / 2;
        return EcpKeyExchange.of(
                method,
                new BigInteger(privateHex, 16),
                new ECPoint(
                        new BigInteger(publicHex.substring(0, half), 16),
                        new BigInteger(publicHex.substring(half), 16)));
    }

    private static SecretBytes agreed(KeyExchange own, Bytes peer) {
        return switch (own.agree(peer)) {
            case KeyExchange.Result.Agreed(SecretBytes secret) -> secret;
            case KeyExchange.Result.Invalid(String problem) -> throw new AssertionError(problem);
        };
    }

    private static void assertInvalid(KeyExchange own, Bytes peer) {
        assertThat(own.agree(peer)).isInstanceOf(KeyExchange.Result.Invalid.class);
    }

    private static byte[] toLength(BigInteger value, int lengthBytes) {
        byte[] minimal = value.toByteArray();
        byte[] result = new byte[lengthBytes];
        int count = Math.min(minimal.length, lengthBytes);
        System.arraycopy(minimal, minimal.length - count, result, lengthBytes - count, count);
        return result;
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] result = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            result[i] = bytes[bytes.length - 1 - i];
        }
        return result;
    }

    /** floor(2^bits × pi), by Machin's formula. */
    private static BigInteger scaledPi(int bits) {
        int guard = 64;
        BigInteger unit = BigInteger.ONE.shiftLeft(bits + guard);
        BigInteger quarter =
                arccot(5, unit).multiply(BigInteger.valueOf(4)).subtract(arccot(239, unit));
        return quarter.shiftLeft(2).shiftRight(guard);
    }

    private static BigInteger arccot(int x, BigInteger unit) {
        BigInteger square = BigInteger.valueOf((long) x * x);
        BigInteger power = unit.divide(BigInteger.valueOf(x));
        BigInteger sum = power;
        for (int n = 3; power.signum() != 0; n += 2) {
            power = power.divide(square);
            BigInteger term = power.divide(BigInteger.valueOf(n));
            sum = n % 4 == 3 ? sum.subtract(term) : sum.add(term);
        }
        return sum;
    }
}
