package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.Optional;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class SocketAddressCodecTest {
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[64]);

    @Test
    void shouldLayOutIpv4AsTheKernelDoes() {
        buffer.setMemory(0, 64, (byte) 0xff);

        int lengthBytes = SocketAddressCodec.encode(address("192.0.2.1", 4500), buffer, 4);

        assertThat(lengthBytes).isEqualTo(16);
        assertThat(hex(4, 28)).isEqualTo("02001194c0000201" + "00".repeat(20));
        assertThat(SocketAddressCodec.decode(buffer, 4)).isEqualTo(address("192.0.2.1", 4500));
    }

    @Test
    void shouldLayOutIpv6AsTheKernelDoes() {
        int lengthBytes = SocketAddressCodec.encode(address("2001:db8::1", 500), buffer, 0);

        assertThat(lengthBytes).isEqualTo(28);
        assertThat(hex(0, 28))
                .isEqualTo("0a0001f40000000020010db800000000000000000000000100000000");
        assertThat(SocketAddressCodec.decode(buffer, 0)).isEqualTo(address("2001:db8::1", 500));
    }

    @Test
    void shouldKeepScopeOfLinkLocalAddress() throws Exception {
        byte[] bytes = InetAddress.ofLiteral("fe80::1").getAddress();
        Inet6Address scoped = Inet6Address.getByAddress("", bytes, 7);

        SocketAddressCodec.encode(new InetSocketAddress(scoped, 65535), buffer, 0);

        assertThat(hex(24, 4)).isEqualTo("07000000");
        InetSocketAddress decoded = SocketAddressCodec.decode(buffer, 0);
        assertThat(((Inet6Address) decoded.getAddress()).getScopeId()).isEqualTo(7);
        assertThat(decoded.getPort()).isEqualTo(65535);
    }

    @Test
    void shouldRefuseUnresolvedName() {
        InetSocketAddress name = InetSocketAddress.createUnresolved("peer.example", 500);

        assertThatThrownBy(() -> SocketAddressCodec.encode(name, buffer, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("peer.example");
    }

    @Test
    void shouldTellPathsApartByEveryPart() {
        UdpPath path = path("198.51.100.1", "192.0.2.1", 4500);

        assertThat(path.isSame(path("198.51.100.1", "192.0.2.1", 4500))).isTrue();
        assertThat(path.isSameRemote(path("198.51.100.1", "192.0.2.1", 4501))).isFalse();
        assertThat(path.isSameRemote(path("198.51.100.1", "192.0.2.2", 4500))).isFalse();
        assertThat(path.isSameRemote(path("198.51.100.2", "192.0.2.1", 4500))).isTrue();
        assertThat(path.isSame(path("198.51.100.2", "192.0.2.1", 4500))).isFalse();
        assertThat(path("2001:db8::1", "2001:db8::2", 1).isSame(path("::1", "2001:db8::2", 1)))
                .isFalse();
    }

    @Test
    void shouldCarryPathThroughMessage() {
        UdpPath path = path("2001:db8::1", "2001:db8::2", 4500);
        UdpPath other = new UdpPath();
        assertThat(other.isSet()).isFalse();

        path.copyTo(buffer, 8);
        other.copyFrom(buffer, 8);

        assertThat(other.isSame(path)).isTrue();
        assertThat(other.remote()).isEqualTo(address("2001:db8::2", 4500));
        assertThat(other.local()).isEqualTo(InetAddress.ofLiteral("2001:db8::1"));
        assertThat(other.family()).isEqualTo(AddressFamily.IPV6);
        assertThat(other.remotePort()).isEqualTo(4500);
        other.clear();
        assertThat(other.isSet()).isFalse();
    }

    @Test
    void shouldRefusePathBetweenFamilies() {
        assertThatThrownBy(() -> path("192.0.2.1", "2001:db8::2", 4500))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("192.0.2.1");
    }

    private static UdpPath path(String local, String remote, int port) {
        UdpPath path = new UdpPath();
        path.set(address(remote, port), Optional.of(InetAddress.ofLiteral(local)));
        return path;
    }

    private static InetSocketAddress address(String ip, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
    }

    private String hex(int offset, int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        buffer.getBytes(offset, bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
