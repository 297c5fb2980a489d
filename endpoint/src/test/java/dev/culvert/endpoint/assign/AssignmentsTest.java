package dev.culvert.endpoint.assign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.Configured;
import dev.culvert.ike.wire.IpAddress;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class AssignmentsTest {
    private final List<String> log = new ArrayList<>();
    private final List<NameServers.Wanted> wanted = new ArrayList<>();
    private final Assignments assignments =
            new Assignments(
                    new TunAddresses() {
                        @Override
                        public void add(InetAddress address) {
                            log.add("+" + address.getHostAddress());
                        }

                        @Override
                        public void remove(InetAddress address) {
                            log.add("-" + address.getHostAddress());
                        }
                    },
                    wanted::add);

    @Test
    void shouldKeepAnAddressUntilItsLastOwnerLetsItGo() {
        assignments.configure(1, "gw", configured("10.3.0.1", "10.2.0.53"));
        assignments.configure(2, "gw", configured("10.3.0.1", "10.2.0.53"));
        assignments.unconfigure(1);
        assertThat(log).containsExactly("+10.3.0.1");
        assignments.unconfigure(2);
        assertThat(log).containsExactly("+10.3.0.1", "-10.3.0.1");
        assertThat(wanted.getLast()).isEqualTo(NameServers.Wanted.NOTHING);
    }

    @Test
    void shouldAskForAllNamesWhenOnePeerNamesNoDomains() {
        assignments.configure(1, "gw", configured("10.3.0.1", "10.2.0.53", "corp.example"));
        assertThat(wanted.getLast())
                .isEqualTo(
                        new NameServers.Wanted(List.of(ip("10.2.0.53")), List.of("corp.example")));
        assignments.configure(2, "other", configured("10.4.0.1", "10.9.0.53"));
        assertThat(wanted.getLast())
                .isEqualTo(
                        new NameServers.Wanted(
                                List.of(ip("10.2.0.53"), ip("10.9.0.53")), List.of()));
        assignments.unconfigure(2);
        assertThat(wanted.getLast().domains()).containsExactly("corp.example");
    }

    private static Configured configured(String address, String server, String... domains) {
        return new Configured(
                List.of(ip(address)),
                List.of(),
                List.of(ip(server)),
                Arrays.asList(domains),
                List.of(),
                List.of());
    }

    private static IpAddress ip(String text) {
        return IpAddress.parse(text).orElseThrow();
    }
}
