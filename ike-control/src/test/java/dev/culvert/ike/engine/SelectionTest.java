package dev.culvert.ike.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.SharedSecret;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.testkit.sim.SimConfigs;
import dev.culvert.ike.testkit.sim.SimConfigs.Connection;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which secret and which connection belong to a peer. */
class SelectionTest {
    private static Optional<String> secretFor(
            String local, String remote, SharedSecret... secrets) {
        return SecretSelector.find(List.of(secrets), SimConfigs.id(local), SimConfigs.id(remote))
                .map(SecretBytes::toArray)
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    @Test
    void shouldPreferTheSecretWhoseOwnersMatchThePeerBest() {
        SharedSecret anybody = SimConfigs.secret("anybody");
        SharedSecret pattern = SimConfigs.secret("pattern", "*.example");
        SharedSecret exact = SimConfigs.secret("exact", "moon.example");
        SharedSecret both = SimConfigs.secret("both", "sun.example", "moon.example");
        assertThat(secretFor("sun.example", "moon.example", anybody, pattern, exact, both))
                .contains("both");
        assertThat(secretFor("sun.example", "mars.example", anybody, pattern, exact))
                .contains("pattern");
        assertThat(secretFor("sun.example", "10.0.0.1", anybody, exact)).contains("anybody");
    }

    @Test
    void shouldFindNoSecretWhenAllBelongToOthers() {
        assertThat(secretFor("sun.example", "moon.example", SimConfigs.secret("x", "mars.example")))
                .isEmpty();
    }

    @Test
    void shouldPreferTheConnectionWhoseAddressesMatchBest() {
        ConnectionConfig any =
                new Connection().name("any").remote(new AddressSpec.Any(true, true)).build();
        ConnectionConfig range =
                new Connection()
                        .name("range")
                        .remote(
                                new AddressSpec.Range(
                                        SimConfigs.ip("198.51.100.0"),
                                        SimConfigs.ip("198.51.100.255")))
                        .build();
        ConnectionConfig exact = new Connection().name("exact").remote("198.51.100.7").build();
        ConnectionConfig other = new Connection().name("other").remote("203.0.113.1").build();
        assertThat(
                        ConnectionSelector.byAddresses(
                                List.of(any, range, other, exact),
                                SimConfigs.ip("192.0.2.1"),
                                SimConfigs.ip("198.51.100.7")))
                .extracting(ConnectionConfig::name)
                .containsExactly("exact", "range", "any");
    }

    @Test
    void shouldTellTheFamiliesApartWhenAnyIsOfOneFamily() {
        ConnectionConfig any4 =
                new Connection().name("any4").remote(new AddressSpec.Any(true, false)).build();
        assertThat(
                        ConnectionSelector.byAddresses(
                                List.of(any4),
                                SimConfigs.ip("2001:db8::1"),
                                SimConfigs.ip("2001:db8::2")))
                .isEmpty();
    }
}
