package dev.culvert.ike.id;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.Parsed;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdentityTest {
    /** Text as a user writes it, wire type, wire data in hexadecimal, text as we write it. */
    @ParameterizedTest
    @CsvSource({
        "moon.example.org,2,6d6f6f6e2e6578616d706c652e6f7267,moon.example.org",
        "@moon,2,6d6f6f6e,moon",
        "fqdn:10.0.0.1,2,31302e302e302e31,fqdn:10.0.0.1",
        "@10.0.0.1,2,31302e302e302e31,fqdn:10.0.0.1",
        "Moon.Example.org,2,4d6f6f6e2e4578616d706c652e6f7267,moon.example.org",
        "10.0.0.1,1,0a000001,10.0.0.1",
        "ipv4:10.0.0.1,1,0a000001,10.0.0.1",
        "2001:db8::1,5,20010db8000000000000000000000001,2001:db8::1",
        "::ffff:1.2.3.4,5,00000000000000000000ffff01020304,::ffff:102:304",
        "ipv6:::,5,00000000000000000000000000000000,ipv6:::",
        "alice@example.org,3,616c696365406578616d706c652e6f7267,alice@example.org",
        "@@alice,3,616c696365,email:alice",
        "@@alice@example.org,3,616c696365406578616d706c652e6f7267,alice@example.org",
        "email:alice@example.org,3,616c696365406578616d706c652e6f7267,alice@example.org",
        "@#0aFF,11,0aff,keyid:#0aff",
        "@#0a:ff,11,0aff,keyid:#0aff",
        "keyid:device 7,11,6465766963652037,keyid:#6465766963652037",
        "keyid:#00,11,00,keyid:#00",
        "asn1dn:#3000,9,3000,asn1dn:#3000"
    })
    void shouldReadByForm(String text, int type, String data, String canonical) {
        Identity identity = Identity.parse(text).orThrow();
        assertThat(identity.typeValue()).isEqualTo(type);
        assertThat(identity.wireData()).isEqualTo(Bytes.ofHex(data));
        assertThat(identity.text()).isEqualTo(canonical);
        assertThat(Identity.ofWire(type, Bytes.ofHex(data))).isEqualTo(identity);
        Identity again = Identity.parse(canonical).orThrow();
        assertThat(again.text()).isEqualTo(canonical);
        assertThat(identity.matches(again)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "'',must not be empty",
        "'two words',is not a name",
        "@,is not a name",
        "moön,is not a name",
        "@#abc,even number",
        "@#xy,even number",
        "'CN=moon, O=example',distinguished name",
        "asn1dn:CN=moon,takes #hex",
        "ipv4:2001:db8::1,is not an IPv4 address",
        "ipv6:10.0.0.1,is not an IPv6 address"
    })
    void shouldSayWhatIsWrong(String text, String expected) {
        assertThat(Identity.parse(text))
                .isInstanceOfSatisfying(
                        Parsed.Failed.class,
                        f -> assertThat(f.problem()).asString().contains(expected));
    }

    @ParameterizedTest
    @CsvSource({
        "%any,moon.example.org,true",
        "*,10.0.0.1,true",
        "0.0.0.0,10.0.0.1,true",
        "0::0,moon,true",
        "ipv4:0.0.0.0,10.0.0.1,false",
        "moon.example.org,MOON.example.ORG,true",
        "moon.example.org,sun.example.org,false",
        "*.example.org,moon.example.org,true",
        "*.example.org,a.b.EXAMPLE.org,true",
        "*.example.org,example.org,false",
        "*.example.org,.example.org,false",
        "*.example.org,moonexample.org,false",
        "*.example.org,moon@x.example.org,false",
        "*.example.org,*.example.org,false",
        "*@example.org,alice@example.org,true",
        "*@example.org,alice@sub.example.org,false",
        "*@example.org,@@@example.org,false",
        "10.0.0.1,10.0.0.1,true",
        "10.0.0.1,10.0.0.2,false",
        "10.0.0.1,@10.0.0.1,false",
        "@#00,@#00,true",
        "@#00,@#0000,false",
        "moon,@@moon,false"
    })
    void shouldMatchPatterns(String pattern, String identity, boolean expected) {
        assertThat(Identity.parse(identity).orThrow().matches(Identity.parse(pattern).orThrow()))
                .isEqualTo(expected);
    }

    @Test
    void shouldKeepWhatDoesNotFitItsTypeAsUnknown() {
        assertThat(Identity.ofWire(1, Bytes.ofHex("0a0000"))).isInstanceOf(Identity.Unknown.class);
        assertThat(Identity.ofWire(5, Bytes.ofHex("0a000001")))
                .isInstanceOf(Identity.Unknown.class);
        assertThat(Identity.ofWire(2, Bytes.EMPTY)).isInstanceOf(Identity.Unknown.class);
        assertThat(Identity.ofWire(10, Bytes.ofHex("3000"))).isInstanceOf(Identity.Unknown.class);
        // A name that would play tricks with a terminal or a log.
        Bytes escape = Bytes.of("a\u001b[31m\nb".getBytes(StandardCharsets.US_ASCII));
        Identity hostile = Identity.ofWire(2, escape);
        assertThat(hostile).isEqualTo(new Identity.Unknown(2, escape));
        assertThat(hostile.text()).isEqualTo("{2}:#" + escape.toHex());
        assertThat(hostile.matches(new Identity.Any())).isTrue();
        assertThat(hostile.wireData()).isEqualTo(escape);
    }

    @Test
    void shouldNotTakeAProvenNameForAnyone() {
        // "%any" as a name on the wire is a name, not the pattern.
        Identity name = Identity.ofWire(2, Bytes.of("%any".getBytes(StandardCharsets.US_ASCII)));
        assertThat(name).isEqualTo(new Identity.Fqdn("%any"));
        assertThat(name.text()).isEqualTo("fqdn:%any");
        assertThat(Identity.parse("moon").orThrow().matches(name)).isFalse();
    }
}
