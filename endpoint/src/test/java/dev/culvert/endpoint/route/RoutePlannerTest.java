package dev.culvert.endpoint.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.Selectors;
import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.InterfaceAddress;
import dev.culvert.tun.IpPrefix;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RoutePlannerTest {
    private static final List<InterfaceAddress> HOST =
            List.of(
                    address("127.0.0.1", 8),
                    address("192.0.2.1", 24),
                    address("10.1.0.1", 16),
                    address("2001:db8:1::1", 64));

    @Test
    void shouldRouteEachPrefixOnceWithAddressInsideLocalSelector() {
        List<TunnelRoute> routes =
                RoutePlanner.routes(
                        Selectors.of("10.1.0.0/16"),
                        Selectors.of("10.2.0.0/16[tcp/80]", "10.2.0.0/16[tcp/443]"),
                        HOST);

        assertThat(routes)
                .containsExactly(
                        new TunnelRoute(
                                IpPrefix.parse("10.2.0.0/16"),
                                Optional.of(InetAddress.ofLiteral("10.1.0.1"))));
    }

    @Test
    void shouldSplitRangeIntoPrefixes() {
        List<TunnelRoute> routes =
                RoutePlanner.routes(
                        Selectors.of("10.1.0.0/16"), Selectors.of("10.2.0.1-10.2.0.6"), HOST);

        assertThat(routes)
                .extracting(route -> route.destination().toString())
                .containsExactly("10.2.0.1/32", "10.2.0.2/31", "10.2.0.4/31", "10.2.0.6/32");
    }

    @Test
    void shouldHaveNoSourceWhenHostHasNoAddressInsideLocalSelector() {
        assertThat(
                        RoutePlanner.sourceAddress(
                                Selectors.of("10.9.0.0/16"), AddressFamily.IPV4, HOST))
                .isEmpty();
    }

    @Test
    void shouldNeverUseLoopbackOrUnusableAddressAsSource() {
        List<InterfaceAddress> host =
                List.of(
                        address("127.0.0.1", 8),
                        new InterfaceAddress(2, InetAddress.ofLiteral("2001:db8::1"), 64, 0, 0x40));

        assertThat(
                        RoutePlanner.sourceAddress(
                                Selectors.of("0.0.0.0/0", "::/0"), AddressFamily.IPV4, host))
                .isEmpty();
        assertThat(
                        RoutePlanner.sourceAddress(
                                Selectors.of("0.0.0.0/0", "::/0"), AddressFamily.IPV6, host))
                .isEmpty();
    }

    @Test
    void shouldPreferAddressInNarrowestSelector() {
        assertThat(
                        RoutePlanner.sourceAddress(
                                Selectors.of("0.0.0.0/0", "10.1.0.0/16"), AddressFamily.IPV4, HOST))
                .contains(InetAddress.ofLiteral("10.1.0.1"));
    }

    @Test
    void shouldRouteOnlyFamiliesThatBothSidesHave() {
        List<TunnelRoute> routes =
                RoutePlanner.routes(
                        Selectors.of("10.1.0.0/16"), Selectors.of("10.2.0.0/16", "::/0"), HOST);

        assertThat(routes)
                .extracting(route -> route.destination().toString())
                .containsExactly("10.2.0.0/16");
    }

    private static InterfaceAddress address(String text, int prefixLength) {
        return InterfaceAddress.of(1, InetAddress.ofLiteral(text), prefixLength);
    }
}
