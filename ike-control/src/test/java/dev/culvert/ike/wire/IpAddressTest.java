package dev.culvert.ike.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
    @ParameterizedTest
    @CsvSource({
        "0.0.0.0,0.0.0.0",
        "255.255.255.255,255.255.255.255",
        "::,::",
        "::1,::1",
        "1::,1::",
        "2001:DB8:0:0:0:0:0:1,2001:db8::1",
        // RFC 5952: the longest run of zeros, the first of equals, and never a single one.
        "2001:db8:0:1:1:1:1:1,2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1,2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1,2001:db8::1:0:0:1",
        "0:0:1:2:3:4:5:6,::1:2:3:4:5:6",
        "1:2:3:4:5:6:0:0,1:2:3:4:5:6::",
        "64:ff9b::192.0.2.33,64:ff9b::c000:221",
        "1:2:3:4:5:6:192.0.2.33,1:2:3:4:5:6:c000:221",
        "::ffff:1.2.3.4,::ffff:102:304"
    })
    void shouldReadAndWriteAddresses(String text, String expected) {
        IpAddress address = IpAddress.parse(text).orElseThrow();
        assertThat(address).hasToString(expected);
        assertThat(IpAddress.parse(expected)).contains(address);
        assertThat(IpAddress.ofBytes(address.toBytes())).isEqualTo(address);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.256",
                "1.2.3.-1",
                "1.2.3.",
                "1.2.3.0004",
                "1..3.4",
                "a.b.c.d",
                ":",
                ":::",
                "1::2::3",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "12345::",
                "g::",
                "::1%eth0",
                "1:2:3:4:5:6:7::8",
                "1.2.3.4::",
                "::1.2.3",
                "1:2:3:4:5:6:7:1.2.3.4",
                "example.org",
                " 1.2.3.4",
                "٠.0.0.1",
                "1.2.3.4:500"
            })
    void shouldRefuseEverythingElse(String text) {
        assertThat(IpAddress.parse(text)).isEmpty();
    }

    @Test
    void shouldAgreeWithTheJdk() throws Exception {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 2_000; i++) {
            byte[] bytes = new byte[16];
            for (int b = 0; b < 16; b += 2) {
                if (random.nextBoolean()) {
                    bytes[b] = (byte) random.nextInt(256);
                    bytes[b + 1] = (byte) random.nextInt(256);
                }
            }
            IpAddress address = IpAddress.ofBytes(bytes);
            assertThat(Inet6Address.ofLiteral(address.toString()).getAddress())
                    .isEqualTo(address.toInetAddress().getAddress());
        }
    }

    @Test
    void shouldCountUpAndDownAcrossAllBits() {
        IpAddress carry = IpAddress.parse("1:2:3:4:ffff:ffff:ffff:ffff").orElseThrow();
        assertThat(carry.next().orElseThrow()).hasToString("1:2:3:5::");
        assertThat(carry.next().orElseThrow().previous()).contains(carry);
        assertThat(IpAddress.last(4).next()).isEmpty();
        assertThat(IpAddress.last(6).next()).isEmpty();
        assertThat(IpAddress.ANY_V4.previous()).isEmpty();
        assertThat(IpAddress.ANY_V6.previous()).isEmpty();
        assertThat(IpAddress.last(4)).isGreaterThan(IpAddress.ANY_V4).isLessThan(IpAddress.ANY_V6);
        assertThat(IpAddress.last(6)).isGreaterThan(carry);
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.2.3,0,0.0.0.0,255.255.255.255",
        "10.1.2.3,16,10.1.0.0,10.1.255.255",
        "10.1.2.3,32,10.1.2.3,10.1.2.3",
        "2001:db8:1:2:3:4:5:6,0,::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "2001:db8:1:2:3:4:5:6,63,2001:db8:1:2::,2001:db8:1:3:ffff:ffff:ffff:ffff",
        "2001:db8:1:2:3:4:5:6,64,2001:db8:1:2::,2001:db8:1:2:ffff:ffff:ffff:ffff",
        "2001:db8:1:2:3:4:5:6,65,2001:db8:1:2::,2001:db8:1:2:7fff:ffff:ffff:ffff",
        "2001:db8:1:2:3:4:5:6,128,2001:db8:1:2:3:4:5:6,2001:db8:1:2:3:4:5:6"
    })
    void shouldFindTheNetwork(String address, int bits, String first, String last) {
        IpAddress parsed = IpAddress.parse(address).orElseThrow();
        assertThat(parsed.networkStart(bits)).hasToString(first);
        assertThat(parsed.networkEnd(bits)).hasToString(last);
    }
}
