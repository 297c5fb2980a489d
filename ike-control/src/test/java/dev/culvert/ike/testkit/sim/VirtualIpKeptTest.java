package dev.culvert.ike.testkit.sim;

import static dev.culvert.ike.testkit.sim.SimConfigs.secret;
import static dev.culvert.ike.testkit.sim.SimPair.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig.Unique;
import dev.culvert.ike.config.EngineConfig;
import dev.culvert.ike.config.PoolConfig;
import dev.culvert.ike.testkit.sim.SimConfigs.Child;
import dev.culvert.ike.testkit.sim.SimConfigs.Connection;
import dev.culvert.ike.wire.IpAddress;
import java.net.InetAddress;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A client keeps its virtual address when a new IKE SA takes the place of one that is still up at
 * the responder. Moon asks for any address, sun leases; whoever is taken for another gets the next
 * free address, so that no mistake goes unseen.
 */
class VirtualIpKeptTest {
    private static final IpAddress FIRST = ip("10.3.0.1");
    private static final InetAddress HOME = SimConfigs.ip("198.51.100.1");
    private static final InetAddress ABROAD = SimConfigs.ip("203.0.113.1");

    private static IpAddress ip(String text) {
        return IpAddress.parse(text).orElseThrow();
    }

    private static PoolConfig pool(String last) {
        return new PoolConfig("p", FIRST, FIRST, ip(last), List.of());
    }

    private static EngineConfig client(Unique unique) {
        return new Connection()
                .remote("198.51.100.2")
                .ids("moon.example", "sun.example")
                .unique(unique)
                .vips("0.0.0.0")
                .dpdSeconds(10)
                .child(
                        new Child("web")
                                .remoteTs("10.2.0.0/16")
                                .start()
                                .close(ChildConfig.Action.START)
                                .dpd(ChildConfig.DpdAction.RESTART)
                                .build())
                .with(secret("x"));
    }

    private static EngineConfig server(Unique unique, PoolConfig pool) {
        return new Connection()
                .local("198.51.100.2")
                .remote(new AddressSpec.Any(true, true))
                .ids("sun.example", "%any")
                .unique(unique)
                .pools(pool)
                .child(new Child("web").localTs("10.2.0.0/16").build())
                .with(secret("x"));
    }

    private static SimPair pair(long seed, Unique ofMoon, Unique ofSun, PoolConfig pool) {
        SimPair pair = new SimPair(seed, Weather.FAIR);
        pair.sun().configure(server(ofSun, pool));
        pair.moon().configure(client(ofMoon));
        return pair.up("web");
    }

    private static void expectFirst(SimPair pair, String when) {
        assertThat(pair.moon().established())
                .as(when)
                .extracting(sa -> sa.configured().localVips())
                .isNotEmpty()
                .containsOnly(List.of(FIRST));
        assertThat(pair.moon().configurations().values())
                .extracting(configured -> configured.localVips())
                .containsOnly(List.of(FIRST));
        EngineSnapshot.Pool leases = pair.sun().snapshot().pools().getFirst();
        assertThat(leases.leases())
                .as(when)
                .extracting(EngineSnapshot.Lease::address)
                .containsExactly(FIRST);
        assertThat(leases.online()).isEqualTo(1);
    }

    // Section 2.8.3: the new IKE SA is up before the old one goes. There is one address only.
    @ParameterizedTest
    @EnumSource(Unique.class)
    void shouldKeepTheOnlyAddressWhenTheClientReauthenticates(Unique unique) {
        SimPair pair = pair(1, unique, unique, pool("10.3.0.1"));
        for (int i = 0; i < 3; i++) {
            pair.moon().rekeyIke("net", true);
            pair.network().run(15 * SECOND);
            expectFirst(pair, "reauthentication " + i);
        }
        assertThat(pair.moon().counter("ike_ike_sas_established")).isEqualTo(4);
    }

    // The old IKE SA was set up from elsewhere: what counts is where it is now.
    @ParameterizedTest
    @EnumSource(Unique.class)
    void shouldKeepTheAddressWhenTheClientMovesAndReauthenticates(Unique unique) {
        SimPair pair = pair(2, unique, unique, pool("10.3.0.9"));
        pair.moon().move(ABROAD);
        pair.network().run(5 * SECOND);
        pair.moon().rekeyIke("net", true);
        pair.network().run(15 * SECOND);
        expectFirst(pair, "abroad");
        assertThat(pair.moon().counter("ike_ike_sas_established")).isEqualTo(2);
    }

    // moon has crashed, or connects from elsewhere; it does not say INITIAL_CONTACT.
    @Test
    void shouldGiveTheAddressAgainWhenTheOldIkeSaIsReplaced() {
        SimPair pair = pair(3, Unique.NEVER, Unique.REPLACE, pool("10.3.0.9"));
        for (int i = 0; i < 3; i++) {
            pair.moon().restart();
            pair.network().run(30 * SECOND);
            expectFirst(pair, "restart " + i);
        }
    }

    @Test
    void shouldGiveEachItsOwnWhenOneIdentityIsUsedByTwoHosts() {
        SimPair pair = pair(4, Unique.NEVER, Unique.NEVER, pool("10.3.0.9"));
        SimHost mars = pair.network().addHost("mars", ABROAD, SimConfigs.settings());
        mars.configure(client(Unique.NEVER));
        pair.network().run(5 * SECOND);
        assertThat(mars.established().getFirst().configured().localVips())
                .containsExactly(ip("10.3.0.2"));
        mars.rekeyIke("net", true);
        pair.moon().rekeyIke("net", true);
        pair.network().run(15 * SECOND);
        assertThat(mars.established().getFirst().configured().localVips())
                .containsExactly(ip("10.3.0.2"));
        assertThat(pair.moon().established().getFirst().configured().localVips())
                .containsExactly(FIRST);
    }

    @Test
    void shouldAskForItsAddressAgainWhenTheResponderHasForgottenIt() {
        SimPair pair = new SimPair(5, Weather.FAIR);
        pair.sun().configure(server(Unique.NO, pool("10.3.0.9")));
        SimHost mars = pair.network().addHost("mars", ABROAD, SimConfigs.settings());
        mars.configure(
                new Connection()
                        .remote("198.51.100.2")
                        .ids("mars.example", "sun.example")
                        .vips("0.0.0.0")
                        .child(new Child("web").remoteTs("10.2.0.0/16").build())
                        .with(secret("x")));
        long command = mars.initiate("net", "web");
        pair.network().await("mars", () -> mars.isDone(command), 60 * SECOND);
        pair.moon().configure(client(Unique.NO));
        pair.network().run(5 * SECOND);
        assertThat(pair.moon().established().getFirst().configured().localVips())
                .containsExactly(ip("10.3.0.2"));
        pair.sun().restart();
        pair.network().run(60 * SECOND);
        assertThat(pair.moon().established().getFirst().configured().localVips())
                .containsExactly(ip("10.3.0.2"));
    }

    /** Whatever happens to the client, as chance has it. */
    @ParameterizedTest
    @EnumSource(Unique.class)
    void shouldKeepTheAddressOverEverythingThatHappens(Unique unique) {
        for (int seed = 0; seed < 6; seed++) {
            SplittableRandom choice = new SplittableRandom(seed);
            SimPair pair = pair(seed, Unique.NO, unique, pool("10.3.0.9"));
            for (int round = 0; round < 6; round++) {
                String what = happen(pair, choice, unique);
                pair.network().setWeather(Weather.FAIR);
                pair.network().run(150 * SECOND);
                expectFirst(pair, "seed " + seed + ", round " + round + ", " + what);
            }
        }
    }

    private static String happen(SimPair pair, SplittableRandom choice, Unique unique) {
        return switch (choice.nextInt(6)) {
            case 0 -> {
                // Nothing tells an old IKE SA of a host that crashed from one of a second host.
                if (unique != Unique.NEVER) {
                    pair.moon().restart();
                }
                yield "restart";
            }
            case 1 -> {
                pair.network().setWeather(Weather.OUTAGE);
                pair.network().run(choice.nextLong(90 * SECOND));
                yield "outage";
            }
            case 2 -> {
                pair.moon().move(choice.nextBoolean() ? ABROAD : HOME);
                yield "move";
            }
            case 3 -> {
                pair.moon().rekeyIke("net", true);
                pair.network().run(choice.nextLong(SECOND / 10));
                pair.moon().rekeyIke("net", false);
                yield "reauthentication and rekeying";
            }
            case 4 -> {
                pair.sun().rekeyIke("net", false);
                pair.moon().rekeyIke("net", true);
                yield "rekeying and reauthentication";
            }
            default -> {
                pair.moon().terminate("net");
                pair.network().run(choice.nextLong(SECOND / 10));
                pair.moon().initiate("net", "web");
                yield "end and start";
            }
        };
    }
}
