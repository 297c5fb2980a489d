package dev.culvert.ike.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.message.ConfigAttribute.Blank;
import dev.culvert.ike.message.ConfigAttribute.Host;
import dev.culvert.ike.message.ConfigAttribute.Network;
import dev.culvert.ike.message.ConfigAttribute.Opaque;
import dev.culvert.ike.message.ConfigAttribute.Supported;
import dev.culvert.ike.message.ConfigAttribute.Text;
import dev.culvert.ike.message.ConfigAttribute.TrustAnchor;
import dev.culvert.ike.message.Payload.CpAttribute;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import dev.culvert.ike.wire.Parsed;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigAttributeTest {
    private static final String V6 = "20010db8000000000000000000000001";

    @Test
    void shouldReadAndWriteEachKindAsRfc7296DrawsIt() {
        check(1, "0a030001", new Host(ConfigAttributeType.INTERNAL_IP4_ADDRESS, ip("10.3.0.1")));
        check(1, "", new Blank(ConfigAttributeType.INTERNAL_IP4_ADDRESS));
        check(3, "0a000035", new Host(ConfigAttributeType.INTERNAL_IP4_DNS, ip("10.0.0.53")));
        check(
                8,
                V6 + "40",
                new Network(ConfigAttributeType.INTERNAL_IP6_ADDRESS, ip("2001:db8::1"), 64));
        check(8, V6, new Host(ConfigAttributeType.INTERNAL_IP6_ADDRESS, ip("2001:db8::1")));
        check(10, V6, new Host(ConfigAttributeType.INTERNAL_IP6_DNS, ip("2001:db8::1")));
        check(
                13,
                "0a010000ffff0000",
                new Network(ConfigAttributeType.INTERNAL_IP4_SUBNET, ip("10.1.0.0"), 16));
        check(
                13,
                "0000000000000000",
                new Network(ConfigAttributeType.INTERNAL_IP4_SUBNET, ip("0.0.0.0"), 0));
        check(
                15,
                V6 + "80",
                new Network(ConfigAttributeType.INTERNAL_IP6_SUBNET, ip("2001:db8::1"), 128));
        check(14, "000100030019", new Supported(List.of(1, 3, 25)));
        check(
                25,
                hex("corp.example"),
                new Text(ConfigAttributeType.INTERNAL_DNS_DOMAIN, "corp.example"));
        check(7, hex("x 1.0"), new Text(ConfigAttributeType.APPLICATION_VERSION, "x 1.0"));
        check(26, "30390802abcd", new TrustAnchor(12345, 8, 2, Bytes.ofHex("abcd")));
        check(16384, "01", new Opaque(16384, Bytes.ofHex("01")));
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0a0300", // too short
        "1, 0a03000100", // too long
        "8, 20010db8", // too short
        "13, 0a010000ff00ff00", // a mask with holes
        "13, 0a010000", // no mask
        "14, 000100", // half a type
        "26, 30390802", // no digest
        "25, 2d2d68656c70", // --help
        "25, 612062", // a blank
        "25, 61000a62", // control characters
    })
    void shouldRefuseWhatMeansNothing(int type, String hex) {
        assertThat(ConfigAttribute.decode(new CpAttribute(type, Bytes.ofHex(hex))))
                .isInstanceOf(Parsed.Failed.class);
    }

    @Test
    void shouldRefuseAPrefixThatIsTooLong() {
        assertThat(ConfigAttribute.decode(new CpAttribute(8, Bytes.ofHex(V6 + "81"))))
                .isInstanceOf(Parsed.Failed.class);
    }

    @Test
    void shouldNeverThrowAndAgreeWithItselfWhenBytesAreRandom() {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] value = new byte[random.nextInt(20)];
            random.nextBytes(value);
            CpAttribute attribute = new CpAttribute(random.nextInt(30), Bytes.of(value));
            if (ConfigAttribute.decode(attribute)
                            instanceof Parsed.Ok<ConfigAttribute>(ConfigAttribute read)
                    && !(read instanceof Text)
                    && !(read instanceof Supported)) {
                assertThat(read.encode()).isEqualTo(attribute);
            }
        }
    }

    private static void check(int type, String hex, ConfigAttribute meaning) {
        CpAttribute wire = new CpAttribute(type, Bytes.ofHex(hex));
        assertThat(ConfigAttribute.decode(wire).orThrow()).isEqualTo(meaning);
        assertThat(meaning.encode()).isEqualTo(wire);
    }

    private static IpAddress ip(String text) {
        return IpAddress.parse(text).orElseThrow();
    }

    private static String hex(String text) {
        return Bytes.of(text.getBytes(StandardCharsets.UTF_8)).toHex();
    }
}
