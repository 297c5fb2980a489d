package dev.culvert.ike.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.wire.IpAddress;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class AddressSpecTest {
    private static InetAddress ip(String text) {
        return IpAddress.parse(text).orElseThrow().toInetAddress();
    }

    private static boolean allows(AddressSpec spec, String address) {
        return AddressSpec.allows(List.of(spec), ip(address));
    }

    @Test
    void shouldAllowEveryAddressWhenNoneIsNamed() {
        assertThat(AddressSpec.allows(List.of(), ip("192.0.2.1"))).isTrue();
        assertThat(AddressSpec.allows(List.of(), ip("2001:db8::1"))).isTrue();
    }

    @Test
    void shouldAllowOneFamilyWhenOnlyThatIsMeant() {
        assertThat(allows(new AddressSpec.Any(true, false), "192.0.2.1")).isTrue();
        assertThat(allows(new AddressSpec.Any(true, false), "2001:db8::1")).isFalse();
        assertThat(allows(new AddressSpec.Any(false, true), "2001:db8::1")).isTrue();
    }

    @Test
    void shouldAllowWhatIsNamedAndNothingElse() {
        AddressSpec single = new AddressSpec.Single(ip("192.0.2.1"));
        assertThat(allows(single, "192.0.2.1")).isTrue();
        assertThat(allows(single, "192.0.2.2")).isFalse();
        AddressSpec range = new AddressSpec.Range(ip("192.0.2.128"), ip("192.0.2.255"));
        assertThat(allows(range, "192.0.2.127")).isFalse();
        assertThat(allows(range, "192.0.2.128")).isTrue();
        assertThat(allows(range, "192.0.2.255")).isTrue();
        assertThat(allows(range, "192.0.3.0")).isFalse();
        assertThat(allows(range, "2001:db8::1")).isFalse();
        assertThat(AddressSpec.allows(List.of(single, range), ip("192.0.2.200"))).isTrue();
    }

    @Test
    void shouldLeaveItToTheIdentityWhenOnlyANameIsKnown() {
        assertThat(allows(new AddressSpec.Name("gw.example.org"), "192.0.2.1")).isTrue();
    }
}
