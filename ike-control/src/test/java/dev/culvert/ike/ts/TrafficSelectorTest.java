package dev.culvert.ike.ts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.ike.wire.IpAddress;
import dev.culvert.ike.wire.Parsed;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrafficSelectorTest {
    @ParameterizedTest
    @CsvSource({
        "10.1.0.0/16,10.1.0.0/16",
        "10.1.2.3/16,10.1.0.0/16",
        "10.1.0.1,10.1.0.1/32",
        "0.0.0.0/0,0.0.0.0/0",
        "10.1.0.1-10.1.0.9,10.1.0.1..10.1.0.9",
        "10.1.0.1..10.1.0.9,10.1.0.1..10.1.0.9",
        "10.1.0.0-10.1.255.255,10.1.0.0/16",
        "2001:db8::/32,2001:db8::/32",
        "2001:DB8:0:0::1,2001:db8::1/128",
        "::/0,::/0",
        "fe80::1-fe80::9[udp],fe80::1..fe80::9[udp]",
        "10.1.0.0/16[tcp/80],10.1.0.0/16[tcp/80]",
        "10.1.0.0/16[TCP],10.1.0.0/16[tcp]",
        "10.1.0.0/16[6/80],10.1.0.0/16[tcp/80]",
        "10.1.0.0/16[17/1000-2000],10.1.0.0/16[udp/1000-2000]",
        "10.1.0.0/16[99],10.1.0.0/16[99]",
        "10.1.0.0/16[any/any],10.1.0.0/16",
        "10.1.0.0/16[tcp/any],10.1.0.0/16[tcp]",
        "10.1.0.0/16[tcp/opaque],10.1.0.0/16[tcp/OPAQUE]",
        "10.1.0.0/16[/53],10.1.0.0/16[/53]",
        "10.1.0.0/16[icmp],10.1.0.0/16[icmp]",
        // Small numbers are ICMP types, large ones type and code.
        "10.1.0.0/16[icmp/8],10.1.0.0/16[icmp/8]",
        "10.1.0.0/16[1/2048],10.1.0.0/16[icmp/8]",
        "10.1.0.0/16[icmp/769],10.1.0.0/16[icmp/3(1)]",
        "10.1.0.0/16[icmp/3(1)],10.1.0.0/16[icmp/3(1)]",
        "10.1.0.0/16[icmp/3-3(255)],10.1.0.0/16[icmp/3-3(255)]",
        "2001:db8::/32[icmpv6/128],2001:db8::/32[ipv6-icmp/128]",
        "' 10.1.0.0/16 [ tcp / 80 ] ',10.1.0.0/16[tcp/80]"
    })
    void shouldReadAndWriteSelectors(String text, String expected) {
        TrafficSelector selector = TrafficSelector.parse(text).orThrow();
        assertThat(selector).hasToString(expected);
        assertThat(TrafficSelector.parse(selector.toString()).orThrow()).isEqualTo(selector);
    }

    @ParameterizedTest
    @CsvSource({
        "'',is not an IP address",
        "example.org,is not an IP address",
        "dynamic,is not an IP address",
        "10.1.0.0/33,must be 0 to 32",
        "2001:db8::/129,must be 0 to 128",
        "10.1.0.0/,must be 0 to 32",
        "10.1.0.0/x,must be 0 to 32",
        "10.1.0/24,is not an IP address",
        "10.1.0.9-10.1.0.1,ends before it starts",
        "10.1.0.1-::1,mixes IPv4 and IPv6",
        "10.1.0.0/16[tcp,no closing ]",
        "10.1.0.0/16[tpc],is not a protocol",
        "10.1.0.0/16[256],is not a protocol",
        "10.1.0.0/16[tcp/65536],is not a port",
        "10.1.0.0/16[tcp/80-],is not a port",
        "10.1.0.0/16[tcp/http],is not a port",
        "10.1.0.0/16[tcp/90-80],end before they start",
        "10.1.0.0/16[icmp/8(256)],ICMP type"
    })
    void shouldSayWhatIsWrong(String text, String expected) {
        assertThat(TrafficSelector.parse(text))
                .isInstanceOfSatisfying(
                        Parsed.Failed.class,
                        f -> assertThat(f.problem()).asString().contains(expected));
    }

    @Test
    void shouldPutAnAddressInPlaceOfDynamic() {
        IpAddress address = IpAddress.parse("192.0.2.7").orElseThrow();
        assertThat(TrafficSelector.parseDynamic("dynamic", address).orElseThrow().orThrow())
                .hasToString("192.0.2.7/32");
        assertThat(
                        TrafficSelector.parseDynamic(" dynamic[tcp/80]", address)
                                .orElseThrow()
                                .orThrow())
                .hasToString("192.0.2.7/32[tcp/80]");
        assertThat(TrafficSelector.parseDynamic("10.0.0.0/8", address)).isEmpty();
        assertThat(TrafficSelector.parseDynamic("dynamics", address).orElseThrow())
                .isInstanceOf(Parsed.Failed.class);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/24,10.0.0.0/24,10.0.0.0/24",
        "10.0.0.0/24,10.0.0.128/25,10.0.0.128/25",
        "10.0.0.0-10.0.0.9,10.0.0.5-10.0.0.20,10.0.0.5..10.0.0.9",
        "10.0.0.0/24,10.0.1.0/24,",
        "10.0.0.0/24,2001:db8::/32,",
        "::/0,0.0.0.0/0,",
        "10.0.0.0/24[tcp],10.0.0.0/24,10.0.0.0/24[tcp]",
        "10.0.0.0/24[tcp],10.0.0.0/24[udp],",
        "10.0.0.0/24[tcp/80],10.0.0.0/24[tcp],10.0.0.0/24[tcp/80]",
        "10.0.0.0/24[tcp/80],10.0.0.0/24,10.0.0.0/24[tcp/80]",
        "10.0.0.0/24[tcp/80-100],10.0.0.0/24[tcp/90-200],10.0.0.0/24[tcp/90-100]",
        "10.0.0.0/24[tcp/80],10.0.0.0/24[tcp/81],",
        "10.0.0.0/24[tcp/opaque],10.0.0.0/24,10.0.0.0/24[tcp/OPAQUE]",
        "10.0.0.0/24[tcp/opaque],10.0.0.0/24[tcp/80],"
    })
    void shouldIntersect(String one, String other, String expected) {
        TrafficSelector first = TrafficSelector.parse(one).orThrow();
        TrafficSelector second = TrafficSelector.parse(other).orThrow();
        assertThat(first.intersect(second)).isEqualTo(second.intersect(first));
        assertThat(first.intersect(second).map(TrafficSelector::toString).orElse(null))
                .isEqualTo(expected);
    }

    @Test
    void shouldSayWhatItContains() {
        TrafficSelector selector = TrafficSelector.parse("10.0.0.0/24[tcp/80-90]").orThrow();
        IpAddress inside = IpAddress.parse("10.0.0.255").orElseThrow();
        assertThat(selector.contains(inside, 6, 90)).isTrue();
        assertThat(selector.contains(inside, 6, 91)).isFalse();
        assertThat(selector.contains(inside, 17, 90)).isFalse();
        assertThat(selector.contains(IpAddress.parse("10.0.1.0").orElseThrow(), 6, 90)).isFalse();
        assertThat(TrafficSelector.all(4).contains(selector)).isTrue();
        assertThat(selector.contains(TrafficSelector.all(4))).isFalse();
        assertThat(TrafficSelector.all(6).contains(selector)).isFalse();
        assertThat(TrafficSelector.parse("10.0.0.1[tcp]").orThrow().isHost()).isTrue();
        assertThat(selector.isHost()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8,'10.0.0.0/8'",
        "10.0.0.1-10.0.0.9,'10.0.0.1/32,10.0.0.2/31,10.0.0.4/30,10.0.0.8/31'",
        "0.0.0.0-255.255.255.255,'0.0.0.0/0'",
        "255.255.255.254-255.255.255.255,'255.255.255.254/31'",
        "fe80::ffff:ffff:ffff:ffff-fe80:0:0:1::,'fe80::ffff:ffff:ffff:ffff/128,fe80:0:0:1::/128'"
    })
    void shouldSplitRangesIntoNetworks(String range, String expected) {
        assertThat(
                        String.join(
                                ",",
                                TrafficSelector.parse(range).orThrow().toPrefixes().stream()
                                        .map(IpPrefix::toString)
                                        .toList()))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"0.0.0.1-255.255.255.254", "::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"})
    void shouldNeedAtMostSoManyNetworks(String range) {
        TrafficSelector selector = TrafficSelector.parse(range).orThrow();
        assertThat(selector.toPrefixes()).hasSize(selector.version() == 4 ? 62 : 254);
    }

    @Test
    void shouldRefuseImpossibleValues() {
        IpAddress low = IpAddress.v4(1);
        IpAddress high = IpAddress.v4(2);
        assertThatThrownBy(() -> new TrafficSelector(0, 0, 65535, high, low))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TrafficSelector(0, 2, 1, low, high))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TrafficSelector(256, 0, 65535, low, high))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TrafficSelector(0, 0, 65536, low, high))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TrafficSelector(0, 0, 65535, low, IpAddress.ANY_V6))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(List.of(TrafficSelector.host(low), TrafficSelector.network(high, 0)))
                .extracting(TrafficSelector::isHost)
                .containsExactly(true, false);
    }
}
