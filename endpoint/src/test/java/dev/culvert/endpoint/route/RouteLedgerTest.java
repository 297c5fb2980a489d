package dev.culvert.endpoint.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.tun.IpPrefix;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RouteLedgerTest {
    private static final TunnelRoute NET_1 = route("10.1.0.0/16");
    private static final TunnelRoute NET_2 = route("10.2.0.0/16");

    private final RouteLedger ledger = new RouteLedger();

    @Test
    void shouldKeepRouteUntilLastOwnerReleasesIt() {
        assertThat(ledger.claim("policy", List.of(NET_1)).put()).containsExactly(NET_1);

        assertThat(ledger.claim("sa", List.of(NET_1, NET_2)).put()).containsExactly(NET_2);
        assertThat(ledger.release("policy").remove()).isEmpty();
        assertThat(ledger.release("sa").remove()).containsExactly(NET_1, NET_2);
        assertThat(ledger.installed()).isEmpty();
    }

    @Test
    void shouldRemoveOnlyWhatIsNoLongerWantedWhenOwnerChangesItsMind() {
        ledger.claim("policy", List.of(NET_1));

        RouteLedger.Change change = ledger.claim("policy", List.of(NET_2));

        assertThat(change.remove()).containsExactly(NET_1);
        assertThat(change.put()).containsExactly(NET_2);
    }

    @Test
    void shouldLetTheSourceAddressOfTheRemainingOwnerTakeOver() {
        TunnelRoute other =
                new TunnelRoute(
                        NET_1.destination(), Optional.of(InetAddress.ofLiteral("192.0.2.9")));
        TunnelRoute own =
                new TunnelRoute(
                        NET_1.destination(), Optional.of(InetAddress.ofLiteral("192.0.2.1")));
        ledger.claim("old", List.of(own));

        assertThat(ledger.claim("new", List.of(other)).put()).isEmpty();

        RouteLedger.Change change = ledger.release("old");
        assertThat(change.remove()).isEmpty();
        assertThat(change.put()).containsExactly(other);
    }

    @Test
    void shouldDoNothingWhenUnknownOwnerReleases() {
        ledger.claim("policy", List.of(NET_1));

        RouteLedger.Change change = ledger.release("nobody");

        assertThat(change.remove()).isEmpty();
        assertThat(change.put()).isEmpty();
    }

    private static TunnelRoute route(String prefix) {
        return new TunnelRoute(IpPrefix.parse(prefix), Optional.empty());
    }
}
