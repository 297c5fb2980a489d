package dev.culvert.endpoint.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.config.PoolConfig;
import dev.culvert.ike.wire.Parsed;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PoolParserTest {
    /** Counted by hand: a prefix lends neither its network nor its broadcast address. */
    @ParameterizedTest
    @CsvSource({
        "10.3.0.0/24, 10.3.0.0, 10.3.0.1, 10.3.0.254, 254",
        "10.3.0.50/24, 10.3.0.50, 10.3.0.50, 10.3.0.254, 205",
        "10.3.0.0/31, 10.3.0.0, 10.3.0.0, 10.3.0.1, 2",
        "10.3.0.1/31, 10.3.0.1, 10.3.0.1, 10.3.0.1, 1",
        "10.3.0.7/32, 10.3.0.7, 10.3.0.7, 10.3.0.7, 1",
        "10.3.0.7, 10.3.0.7, 10.3.0.7, 10.3.0.7, 1",
        "10.3.0.9 - 10.3.1.8, 10.3.0.9, 10.3.0.9, 10.3.1.8, 256",
        "2001:db8::/120, 2001:db8::, 2001:db8::1, 2001:db8::fe, 254",
    })
    void shouldKnowWhichAddressesAPoolHas(
            String text, String base, String first, String last, long size) {
        PoolConfig pool = PoolParser.parse("p", text, Map.of()).orThrow();
        assertThat(List.of(pool.base(), pool.first(), pool.last()))
                .map(Object::toString)
                .containsExactly(base, first, last);
        assertThat(pool.size()).isEqualTo(size);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "x", "10.3.0.0/33", "10.3.0.9-10.3.0.1", "10.3.0.1-2001:db8::1", "%any"})
    void shouldRefuseWhatIsNoPool(String text) {
        assertThat(PoolParser.parse("p", text, Map.of())).isInstanceOf(Parsed.Failed.class);
    }

    @ParameterizedTest
    @CsvSource({
        "dns, 10.2.0.53, 3 0a020035",
        "dns, 2001:db8::35, 10 20010db8000000000000000000000035",
        "nbns, 10.2.0.1, 4 0a020001",
        "netmask, 255.255.255.0, 2 ffffff00",
        "subnet, 10.1.0.0/16, 13 0a010000ffff0000",
        "subnet, 2001:db8::/32, 15 20010db800000000000000000000000020",
        "split_include, 10.1.0.0/16, 28676 0a010000ffff0000",
        "dns_domain, corp.example, 25 636f72702e6578616d706c65",
        "25, corp.example, 25 636f72702e6578616d706c65",
        "20, 10.2.0.9, 20 0a020009",
        "16384, 0x0102, 16384 0102",
    })
    void shouldEncodeAttributes(String key, String value, String wire) {
        PoolConfig pool =
                PoolParser.parse("p", "10.3.0.0/24", Map.of(key, List.of(value))).orThrow();
        assertThat(
                        pool.attributes().stream()
                                .map(a -> a.encode())
                                .map(a -> a.type() + " " + a.value().toHex())
                                .collect(Collectors.joining()))
                .isEqualTo(wire);
    }

    @ParameterizedTest
    @CsvSource({
        "dns, x",
        "dns, 10.1.0.0/16",
        "subnet, 10.1.0.0",
        "nbns, 2001:db8::1",
        "dns_domain, a b",
        "nothing, 1",
        "99999, 1"
    })
    void shouldRefuseAttributesThatMeanNothing(String key, String value) {
        assertThat(PoolParser.parse("p", "10.3.0.0/24", Map.of(key, List.of(value))))
                .isInstanceOf(Parsed.Failed.class);
    }
}
