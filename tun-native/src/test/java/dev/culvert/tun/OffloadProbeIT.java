package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("real")
class OffloadProbeIT {

    @Test
    void shouldAgreeWithAnOpenDeviceAndLeaveNothingWhenTunIsTried() throws Exception {
        try (TestNamespace namespace = TestNamespace.create()) {
            namespace.run(() -> {
                OffloadProbe.Tun probe = OffloadProbe.tun();
                try (TunDevice tun =
                        TunDevice.open(
                                TunOptions.named("t0")
                                        .withOffloads(EnumSet.allOf(TunOffload.class)))) {
                    assertThat(probe.offloads()).isEqualTo(tun.offloads());
                }
                assertThat(probe.tcpWriteErrno()).isIn(0, Errno.EINVAL);
                assertThat(probe.multiQueue()).isTrue();
                try (RtNetlink netlink = RtNetlink.open()) {
                    List<String> names = netlink.links().stream().map(Link::name).toList();
                    assertThat(names).noneMatch(name -> name.startsWith("cvprobe"));
                }
            });
        }
    }

    @Test
    void shouldSeeAllDatagramsWhenSocketsAreTried() throws Exception {
        try (TestNamespace namespace = TestNamespace.create()) {
            namespace.run(() -> {
                assertThat(new ProcessBuilder("ip", "link", "set", "lo", "up").start().waitFor())
                        .isZero();
                OffloadProbe.Udp probe = OffloadProbe.udp();
                assertThat(probe.sendErrno()).isZero();
                assertThat(probe.isComplete()).isTrue();
                assertThat(probe.joins()).isTrue();
                assertThat(probe.arrivedJoined()).isTrue();
                OffloadProbe.Buffers buffers = OffloadProbe.buffers(1 << 20, 1 << 20);
                assertThat(buffers.receiveBytes()).isEqualTo(1 << 20);
                assertThat(buffers.sendBytes()).isEqualTo(1 << 20);
            });
        }
    }
}
