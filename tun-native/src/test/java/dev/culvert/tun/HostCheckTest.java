package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.tun.HostCheck.Severity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostCheckTest {
    @TempDir Path directory;

    @Test
    void shouldReadEffectiveCapabilities() {
        // The two lines of a container run with --cap-drop all --cap-add NET_ADMIN.
        Optional<Capabilities> capabilities =
                Capabilities.parse(
                        List.of("CapPrm:\t000001ffffffffff", "CapEff:\t0000000000001000"));

        assertThat(capabilities).contains(new Capabilities(0x1000));
        assertThat(capabilities.orElseThrow().hasNetAdmin()).isTrue();
        assertThat(capabilities.orElseThrow().hasNetBindService()).isFalse();
        assertThat(capabilities.orElseThrow().hasNetRaw()).isFalse();
    }

    @Test
    void shouldFindNoCapabilitiesWhereThereAreNone() {
        assertThat(Capabilities.parse(List.of("Name:\tjava"))).isEmpty();
        assertThat(Capabilities.parse(List.of("CapEff:\tzzz"))).isEmpty();
        assertThat(Capabilities.parse(List.of("CapEff:\t" + "f".repeat(17)))).isEmpty();
    }

    @Test
    void shouldSayWhatToAddWhenCapabilityIsMissing() {
        HostCheck.Finding finding = HostCheck.checkNetAdmin(Optional.of(new Capabilities(0)));

        assertThat(finding.severity()).isEqualTo(Severity.FAULT);
        assertThat(finding.advice())
                .isEqualTo(
                        "no CAP_NET_ADMIN: run as root or add --cap-add NET_ADMIN to the container");
        assertThat(new HostCheck(List.of(finding)).isUsable()).isFalse();
    }

    @Test
    void shouldSayWhatToAddWhenDeviceIsMissing() {
        HostCheck.Finding finding = HostCheck.checkTunDevice(-Errno.ENOENT);

        assertThat(finding.severity()).isEqualTo(Severity.FAULT);
        assertThat(finding.detail()).startsWith("ENOENT");
        assertThat(finding.advice())
                .startsWith("no /dev/net/tun: run the container with --device /dev/net/tun");
    }

    @Test
    void shouldRefusePlatformsWithOtherLayouts() {
        assertThat(HostCheck.checkPlatform("Linux", "amd64").severity()).isEqualTo(Severity.OK);
        assertThat(HostCheck.checkPlatform("Linux", "aarch64").severity()).isEqualTo(Severity.OK);
        assertThat(HostCheck.checkPlatform("Linux", "s390x").severity()).isEqualTo(Severity.FAULT);
        assertThat(HostCheck.checkPlatform("Mac OS X", "aarch64").severity())
                .isEqualTo(Severity.FAULT);
    }

    @Test
    void shouldWarnOfPrivilegedPortOnlyWhenItIsOne() {
        Optional<Capabilities> none = Optional.of(new Capabilities(0));

        assertThat(HostCheck.checkIkePort(none, 1024).severity()).isEqualTo(Severity.WARNING);
        assertThat(HostCheck.checkIkePort(none, 500).severity()).isEqualTo(Severity.OK);
        assertThat(HostCheck.checkIkePort(Optional.of(new Capabilities(1 << 10)), 1024).severity())
                .isEqualTo(Severity.OK);
    }

    @Test
    void shouldReadAndWriteSysctls() throws Exception {
        Path key = Files.createDirectories(directory.resolve("ipv6/conf/tun0"));
        Files.writeString(key.resolve("disable_ipv6"), "0\n");
        Sysctl sysctl = Sysctl.below(directory);

        assertThat(sysctl.read("ipv6/conf/tun0/disable_ipv6")).contains("0");
        assertThat(sysctl.write("ipv6/conf/tun0/disable_ipv6", "1")).isTrue();
        assertThat(sysctl.read("ipv6/conf/tun0/disable_ipv6")).contains("1");
        assertThat(sysctl.read("ipv6/conf/tun1/disable_ipv6")).isEmpty();
        assertThat(sysctl.write("ipv6/conf/tun1/disable_ipv6", "1")).isFalse();
        assertThatThrownBy(() -> sysctl.read("../kernel/hostname"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldDescribeErrorWithCallNameAndAdvice() {
        SystemCallException error = Checks.failed("open(/dev/net/tun)", Errno.ENOENT);

        assertThat(error)
                .hasMessage(
                        "open(/dev/net/tun): ENOENT (no such file, rule or entry): no /dev/net/tun:"
                                + " run the container with --device /dev/net/tun, or load the module"
                                + " with 'modprobe tun'");
        assertThat(error.errnoName()).isEqualTo("ENOENT");
        assertThat(new SystemCallException("ioctl(X)", 9999, ""))
                .hasMessage("ioctl(X): errno 9999");
    }

    @Test
    void shouldNormalisePrefixes() {
        assertThat(IpPrefix.parse("10.1.2.3/8")).hasToString("10.0.0.0/8");
        assertThat(IpPrefix.parse("10.1.2.3")).hasToString("10.1.2.3/32");
        assertThat(IpPrefix.parse("2001:db8:ffff::/33")).hasToString("2001:db8:8000:0:0:0:0:0/33");
        assertThat(IpPrefix.parse("0.0.0.0/0")).isEqualTo(IpPrefix.ANY_IPV4);
        assertThatThrownBy(() -> IpPrefix.parse("10.0.0.0/33"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0 to 32");
        assertThatThrownBy(() -> IpPrefix.parse("ten/8"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldRefuseImpossibleOptions() {
        assertThatThrownBy(() -> TunOptions.named("sixteen-bytes-xx"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TunOptions.named("a/b"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TunOptions.named("tun0").withMtuBytes(67))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PortRange(2, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
