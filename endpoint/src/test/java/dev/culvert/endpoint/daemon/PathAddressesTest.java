package dev.culvert.endpoint.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.dataplane.HostNetwork;
import dev.culvert.ike.wire.IpAddress;
import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.InterfaceAddress;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PathAddressesTest {
    private static final int TUN = 7;
    private static final int SCOPE_LINK = 253;
    private static final int SCOPE_HOST = 254;
    private static final int TENTATIVE = 0x40;

    private final HostNetwork host =
            new HostNetwork() {
                @Override
                public List<InterfaceAddress> addresses() {
                    return List.of(
                            new InterfaceAddress(1, ip("127.0.0.1"), 8, SCOPE_HOST, 0),
                            InterfaceAddress.of(1, ip("203.0.113.1"), 32),
                            InterfaceAddress.of(2, ip("192.0.2.1"), 24),
                            InterfaceAddress.of(2, ip("2001:db8::1"), 64),
                            new InterfaceAddress(2, ip("fe80::1"), 64, SCOPE_LINK, 0),
                            new InterfaceAddress(2, ip("2001:db8::2"), 64, 0, TENTATIVE),
                            InterfaceAddress.of(TUN, ip("10.1.0.1"), 32),
                            InterfaceAddress.of(3, ip("198.51.100.1"), 24));
                }

                @Override
                public Optional<InetAddress> sourceTowards(InetAddress remote) {
                    return Optional.empty();
                }

                @Override
                public int pathMtuBytes(InetAddress remote) {
                    return 1500;
                }

                @Override
                public void setTunMtuBytes(int mtuBytes) {
                    throw new AssertionError("nobody asked for this");
                }
            };

    private static InetAddress ip(String text) {
        return IpAddress.parse(text).orElseThrow().toInetAddress();
    }

    private List<InetAddress> addresses(Set<AddressFamily> families, InetAddress... listen) {
        return new PathAddresses(host, TUN, families, List.of(listen)).get();
    }

    @Test
    void shouldNameTheAddressesThatOthersCanReach() {
        assertThat(addresses(Set.of(AddressFamily.values())))
                .containsExactly(
                        ip("192.0.2.1"), ip("2001:db8::1"), ip("198.51.100.1"), ip("203.0.113.1"));
    }

    @Test
    void shouldLeaveOutWhatThereIsNoSocketFor() {
        assertThat(addresses(Set.of(AddressFamily.IPV4)))
                .containsExactly(ip("192.0.2.1"), ip("198.51.100.1"), ip("203.0.113.1"));
        assertThat(addresses(Set.of(AddressFamily.values()), ip("198.51.100.1"), ip("::")))
                .containsExactly(ip("2001:db8::1"), ip("198.51.100.1"));
    }
}
