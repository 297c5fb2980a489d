package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A router between two hosts, whose far link is narrower than its near one. */
@Tag("real")
class PathMtuIT {
    private static final int NARROW_MTU_BYTES = 1300;

    @ParameterizedTest
    @CsvSource({
        "10.1.0.1/24, 10.1.0.254/24, 10.2.0.254/24, 10.2.0.1/24, 1272",
        "fd01::1/64, fd01::ff/64, fd02::ff/64, fd02::1/64, 1252"
    })
    void shouldLearnPathMtuFromRouter(
            String here, String near, String far, String there, int fittingBytes) throws Exception {
        try (TestNamespace left = TestNamespace.create();
                TestNamespace router = TestNamespace.create();
                TestNamespace right = TestNamespace.create()) {
            left.joinByVeth("left0", router, "near0");
            right.joinByVeth("right0", router, "far0");
            address(left, here, "left0");
            address(router, near, "near0");
            address(router, far, "far0");
            address(right, there, "right0");
            right.run("ip", "link", "set", "right0", "mtu", "" + NARROW_MTU_BYTES);
            router.run("ip", "link", "set", "far0", "mtu", "" + NARROW_MTU_BYTES);
            left.run("ip", "route", "add", "default", "via", host(near).getHostAddress());
            right.run("ip", "route", "add", "default", "via", host(far).getHostAddress());
            router.run(() -> {
                assertThat(Sysctl.ofHost().write("ipv4/ip_forward", "1")).isTrue();
                assertThat(Sysctl.ofHost().write("ipv6/conf/all/forwarding", "1")).isTrue();
            });

            UdpOptions options =
                    UdpOptions.boundTo(host(here), 4500)
                            .withPathMtuDiscovery(PathMtuDiscovery.ALWAYS_DF);
            try (UdpSocket a = left.call(() -> UdpSocket.open(options));
                    RtNetlink netlink = left.call(RtNetlink::open)) {
                assertThat(pathMtuBytes(netlink, there)).as("not known yet").isZero();
                UdpPath path = UdpPath.to(new InetSocketAddress(host(there), 4500));
                assertThat(send(a, path, fittingBytes + 1)).as("fits the interface").isEqualTo(1);

                assertThat(awaitPathMtuBytes(netlink, there)).isEqualTo(NARROW_MTU_BYTES);
                assertThat(send(a, path, fittingBytes + 1)).isEqualTo(-Errno.EMSGSIZE);
                assertThat(send(a, path, fittingBytes)).isEqualTo(1);
                a.setPathMtuDiscovery(PathMtuDiscovery.PROBE);
                assertThat(send(a, path, fittingBytes + 1)).as("a probe").isEqualTo(1);
            }
        }
    }

    private static int send(UdpSocket socket, UdpPath path, int lengthBytes) {
        SendBatch batch = new SendBatch(1, 2048);
        batch.add(lengthBytes, path, 0);
        return socket.sendBatch(batch);
    }

    /** The router answers in its own time, though soon: all is on this machine. */
    private static int awaitPathMtuBytes(RtNetlink netlink, String there) throws Exception {
        for (int attempt = 0; attempt < 500 && pathMtuBytes(netlink, there) == 0; attempt++) {
            Thread.sleep(10);
        }
        return pathMtuBytes(netlink, there);
    }

    private static int pathMtuBytes(RtNetlink netlink, String there) throws Exception {
        return netlink.lookupRoute(host(there)).orElseThrow().mtuBytes();
    }

    private static void address(TestNamespace namespace, String address, String link)
            throws Exception {
        if (address.contains(":")) {
            namespace.run("ip", "addr", "add", address, "dev", link, "nodad");
        } else {
            namespace.run("ip", "addr", "add", address, "dev", link);
        }
    }

    private static InetAddress host(String addressAndLength) {
        return InetAddress.ofLiteral(addressAndLength.substring(0, addressAndLength.indexOf('/')));
    }
}
