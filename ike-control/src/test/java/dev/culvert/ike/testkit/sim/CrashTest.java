package dev.culvert.ike.testkit.sim;

import static dev.culvert.ike.testkit.sim.SimConfigs.secret;
import static dev.culvert.ike.testkit.sim.SimPair.SECOND;
import static dev.culvert.ike.testkit.sim.SimPair.moonChild;
import static dev.culvert.ike.testkit.sim.SimPair.moonConnection;
import static dev.culvert.ike.testkit.sim.SimPair.sunChild;
import static dev.culvert.ike.testkit.sim.SimPair.sunConnection;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.EngineInput;
import dev.culvert.ike.config.ChildConfig;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers that crash, and come back soon or after hours; quick crash detection (RFC 6290). */
class CrashTest {
    private static SimPair pair(long seed, boolean withSecret, ChildConfig.DpdAction action) {
        SimPair pair = new SimPair(seed, Weather.FAIR);
        if (withSecret) {
            for (SimHost host : List.of(pair.moon(), pair.sun())) {
                host.keepCrashSecret("the secret of " + host.name());
                host.restart();
            }
        }
        pair.sun()
                .configure(
                        sunConnection()
                                .dpdSeconds(10)
                                .child(sunChild("web").build())
                                .with(secret("x")));
        pair.moon()
                .configure(
                        moonConnection()
                                .dpdSeconds(10)
                                .keyingTries(0)
                                .child(moonChild("web").dpd(action).build())
                                .with(secret("x")));
        return pair.up("web");
    }

    private static boolean isUp(SimPair pair) {
        return pair.moon().childrenUp().contains("web") && pair.sun().childrenUp().contains("web");
    }

    // moon                                            sun, after a crash
    //   INFORMATIONAL [ ]                         -->
    //      <-- N(INVALID_IKE_SPI) N(QUICK_CRASH_DETECTION), in clear
    //   IKE_SA_INIT ..                            -->
    @Test
    void shouldSetItUpAgainAtOnceWhenThePeerShowsThatItHasCrashed() {
        SimPair pair = pair(1, true, ChildConfig.DpdAction.RESTART);
        pair.sun().restart();
        pair.network().await("up again", () -> isUp(pair), 11 * SECOND);
        assertThat(pair.moon().counter("ike_crashes_detected")).isEqualTo(1);
        pair.network().run(SECOND);
        pair.network().checkConverged(pair.moon(), pair.sun());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldKnowTheNewTokenWhenTheIkeSaWasRekeyed(boolean byMoon) {
        SimPair pair = pair(2, true, ChildConfig.DpdAction.RESTART);
        (byMoon ? pair.moon() : pair.sun()).rekeyIke("net", false);
        pair.network().run(2 * SECOND);
        pair.sun().restart();
        pair.network().await("up again", () -> isUp(pair), 11 * SECOND);
        assertThat(pair.moon().counter("ike_crashes_detected")).isEqualTo(1);
    }

    @Test
    void shouldWaitForItsRequestToBeGivenUpWhenThePeerHasNoSecret() {
        SimPair pair = pair(3, false, ChildConfig.DpdAction.RESTART);
        pair.sun().restart();
        pair.network().run(11 * SECOND);
        assertThat(isUp(pair)).isFalse();
        pair.network().await("up again", () -> isUp(pair), 60 * SECOND);
        assertThat(pair.moon().counter("ike_crashes_detected")).isZero();
    }

    @Test
    void shouldNotBelieveATokenThatSomebodyElseMade() {
        SimPair pair = pair(4, true, ChildConfig.DpdAction.RESTART);
        long before = pair.moon().established().getFirst().initiatorSpi();
        pair.network().hold(packet -> packet.kind().startsWith("INFORMATIONAL request"));
        pair.network().await("a request", () -> pair.network().heldPackets() > 0, 20 * SECOND);
        // A host that knows the SPIs, but not the secret, answers in sun's place.
        SimPair other = pair(4, true, ChildConfig.DpdAction.RESTART);
        other.sun().keepCrashSecret("a guess");
        other.sun().restart();
        other.network().capture();
        SimPacket request = pair.network().heldNow().getFirst();
        boolean toSun = request.destination().getAddress().equals(pair.sun().address());
        other.sun()
                .input(
                        new EngineInput.Datagram(
                                request.destination(), request.source(), request.payload()));
        SimPacket forged = other.network().captured().getLast();
        SimHost victim = toSun ? pair.moon() : pair.sun();
        victim.input(
                new EngineInput.Datagram(
                        new InetSocketAddress(victim.address(), 4500),
                        request.destination(),
                        forged.payload()));
        assertThat(victim.counter("ike_dropped_unprotected_hint")).isEqualTo(1);
        assertThat(victim.counter("ike_crashes_detected")).isZero();
        pair.network().release();
        pair.network().run(5 * SECOND);
        assertThat(pair.moon().established().getFirst().initiatorSpi()).isEqualTo(before);
    }

    @Test
    void shouldNotShowATokenWhenItStillHasTheSa() {
        SimPair pair = pair(5, true, ChildConfig.DpdAction.RESTART);
        pair.network().capture();
        pair.network().run(60 * SECOND);
        assertThat(pair.sun().counter("ike_dropped_unknown_spi")).isZero();
        assertThat(pair.moon().counter("ike_crashes_detected")).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 48})
    void shouldFindThePeerAgainWhenItComesBackAfterHours(int hours) {
        SimPair pair = pair(6, false, ChildConfig.DpdAction.RESTART);
        pair.network().setWeather(Weather.OUTAGE);
        for (int i = 0; i < hours * 60; i++) {
            pair.network().run(60 * SECOND);
        }
        assertThat(pair.moon().established()).isEmpty();
        pair.sun().restart();
        pair.network().setWeather(Weather.FAIR);
        pair.network().await("up again", () -> isUp(pair), 310 * SECOND);
        pair.network().run(60 * SECOND);
        pair.network().checkConverged(pair.moon(), pair.sun());
    }

    @Test
    void shouldFindThePeerAgainWhenItComesBackAfterHoursAndRoundsAreLimited() {
        SimPair pair = new SimPair(7, Weather.FAIR);
        pair.sun().configure(sunConnection().child(sunChild("web").build()).with(secret("x")));
        pair.moon()
                .configure(
                        moonConnection()
                                .dpdSeconds(10)
                                .keyingTries(1)
                                .child(
                                        moonChild("web")
                                                .start()
                                                .dpd(ChildConfig.DpdAction.RESTART)
                                                .build())
                                .with(secret("x")));
        pair.network().run(SECOND);
        pair.network().setWeather(Weather.OUTAGE);
        pair.network().run(60 * SECOND);
        pair.network().capture();
        for (int i = 0; i < 5 * 60; i++) {
            pair.network().run(60 * SECOND);
        }
        // Rounds of six messages, with a wait that grows to five minutes in between.
        assertThat(pair.network().captured()).hasSizeBetween(150, 500);
        pair.network().setWeather(Weather.FAIR);
        pair.network().await("up again", () -> isUp(pair), 310 * SECOND);
    }

    // Item by item: nothing of an SA survives, so neither a key nor a sequence number can come
    // again; the simulated dataplane keeps all keys of a host over its crashes, and compares.
    @Test
    void shouldUseNoKeyAgainWhenItCrashesOverAndOver() {
        SimPair pair = pair(8, true, ChildConfig.DpdAction.RESTART);
        for (int i = 0; i < 20; i++) {
            SimHost crashed = i % 2 == 0 ? pair.sun() : pair.moon();
            crashed.restart();
            pair.moon().initiate("net", "web");
            pair.network().await("up again", () -> isUp(pair), 60 * SECOND);
            pair.moon().dataplane().send("web");
            pair.sun().dataplane().send("web");
            pair.network().run(SECOND);
        }
        pair.network().checkConverged(pair.moon(), pair.sun());
    }
}
