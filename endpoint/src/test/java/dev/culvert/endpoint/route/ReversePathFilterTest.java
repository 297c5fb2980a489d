package dev.culvert.endpoint.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.tun.IpPrefix;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReversePathFilterTest {
    private static final String ALL = "ipv4/conf/all/rp_filter";
    private static final String ETH0 = "ipv4/conf/eth0/rp_filter";
    private static final List<ReversePathFilter.OnLink> NETWORKS =
            List.of(
                    new ReversePathFilter.OnLink("eth0", IpPrefix.parse("192.0.2.0/24")),
                    new ReversePathFilter.OnLink("eth0", IpPrefix.parse("2001:db8::/64")));

    private final Map<String, String> values = new HashMap<>();
    private boolean readOnly;
    private final ReversePathFilter filter =
            new ReversePathFilter(
                    new ReversePathFilter.Settings() {
                        @Override
                        public Optional<String> read(String key) {
                            return Optional.ofNullable(values.get(key));
                        }

                        @Override
                        public boolean write(String key, String value) {
                            if (!readOnly) {
                                values.put(key, value);
                            }
                            return !readOnly;
                        }
                    });

    @Test
    void shouldRelaxWhileTheTunnelCoversTheInterfacesNetworkAndRestoreThen() {
        values.put(ALL, "1");
        values.put(ETH0, "0");

        filter.update(List.of(route("0.0.0.0/0")), NETWORKS);
        assertThat(values).containsEntry(ETH0, "2").containsEntry(ALL, "1");

        filter.update(List.of(), NETWORKS);
        assertThat(values).containsEntry(ETH0, "0");
    }

    @Test
    void shouldRelaxWhenTheTunnelCoversOneNeighbour() {
        values.put(ALL, "0");
        values.put(ETH0, "1");

        filter.update(List.of(route("192.0.2.2/32")), NETWORKS);
        assertThat(values).containsEntry(ETH0, "2");

        filter.close();
        assertThat(values).containsEntry(ETH0, "1");
    }

    @Test
    void shouldLeaveItAloneWhenTheTunnelIsElsewhere() {
        values.put(ALL, "1");
        values.put(ETH0, "1");

        filter.update(List.of(route("10.2.0.0/16"), route("2001:db8::/64")), NETWORKS);

        assertThat(values).containsEntry(ETH0, "1");
    }

    @Test
    void shouldLeaveItAloneWhenItIsNotStrict() {
        values.put(ALL, "0");
        values.put(ETH0, "0");

        filter.update(List.of(route("0.0.0.0/0")), NETWORKS);

        assertThat(values).containsEntry(ETH0, "0");
    }

    @Test
    void shouldNotRestoreWhatSomebodyElseChanged() {
        values.put(ALL, "1");
        values.put(ETH0, "0");
        filter.update(List.of(route("0.0.0.0/0")), NETWORKS);
        values.put(ETH0, "1");

        filter.close();

        assertThat(values).containsEntry(ETH0, "1");
    }

    @Test
    void shouldGiveUpWhenSettingsAreReadOnly() {
        values.put(ALL, "1");
        values.put(ETH0, "1");
        readOnly = true;

        filter.update(List.of(route("0.0.0.0/0")), NETWORKS);
        filter.close();

        assertThat(values).containsEntry(ETH0, "1");
    }

    private static TunnelRoute route(String prefix) {
        return new TunnelRoute(IpPrefix.parse(prefix), Optional.empty());
    }
}
