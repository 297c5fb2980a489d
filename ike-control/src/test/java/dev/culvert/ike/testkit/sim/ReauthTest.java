package dev.culvert.ike.testkit.sim;

import static dev.culvert.ike.testkit.sim.SimConfigs.secret;
import static dev.culvert.ike.testkit.sim.SimPair.SECOND;
import static dev.culvert.ike.testkit.sim.SimPair.moonChild;
import static dev.culvert.ike.testkit.sim.SimPair.moonConnection;
import static dev.culvert.ike.testkit.sim.SimPair.sunChild;
import static dev.culvert.ike.testkit.sim.SimPair.sunConnection;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig.Unique;
import dev.culvert.ike.config.Lifetime;
import dev.culvert.ike.testkit.sim.SimConfigs.Child;
import dev.culvert.ike.testkit.sim.SimConfigs.Connection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Reauthentication: a new IKE SA is there before the old one goes (RFC 7296 section 2.8.3). */
class ReauthTest {
    private static Lifetime life(int soft, int hard) {
        return new Lifetime(soft * SECOND, hard * SECOND, 0);
    }

    private static SimPair pair(long seed, Connection ofMoon, Connection ofSun) {
        SimPair pair = new SimPair(seed, Weather.FAIR);
        pair.sun()
                .configure(
                        ofSun.child(sunChild("web").close(ChildConfig.Action.START).build())
                                .child(new Child("mail").ts("10.4.0.0/16", "10.3.0.0/16").build())
                                .with(secret("x")));
        pair.moon()
                .configure(
                        ofMoon.child(moonChild("web").close(ChildConfig.Action.START).build())
                                .child(new Child("mail").ts("10.3.0.0/16", "10.4.0.0/16").build())
                                .with(secret("x")));
        return pair.up("web").up("mail");
    }

    private static void runUnderTraffic(SimPair pair, long durationNs) {
        long endNs = pair.network().nowNs() + durationNs;
        while (pair.network().nowNs() < endNs) {
            for (SimHost host : List.of(pair.moon(), pair.sun())) {
                for (String child : List.of("web", "mail")) {
                    assertThat(host.dataplane().send(child)).as("%s can send", child).isTrue();
                }
            }
            pair.network().run(SECOND / 200);
        }
    }

    private static void expectOneOfEach(SimPair pair) {
        pair.network().checkConverged(pair.moon(), pair.sun());
        for (SimHost host : List.of(pair.moon(), pair.sun())) {
            assertThat(host.snapshot().ikeSas()).hasSize(1);
            assertThat(host.childrenUp()).containsExactlyInAnyOrder("web", "mail");
            assertThat(host.dataplane().unknownSpi()).isZero();
            assertThat(host.alerts(AlertType.INTERNAL_ERROR)).isEmpty();
        }
    }

    // old IKE SA                                   new IKE SA
    //                                                IKE_SA_INIT            -->
    //                                                                     <--
    //                                                IKE_AUTH [ .. web ]    -->   inbound ready
    //                                                                     <--
    //                                                ESP(web)               -->   outbound switched
    //                                                CREATE_CHILD_SA (mail) -->
    //                                                                     <--
    //   INFORMATIONAL [ D(IKE) ]      -->
    @ParameterizedTest
    @EnumSource(Unique.class)
    void shouldLoseNoPacketWhenItReauthenticates(Unique unique) {
        SimPair pair =
                pair(
                        1,
                        moonConnection().reauth(life(30, 60)).unique(unique),
                        sunConnection().unique(unique));
        long before = pair.moon().established().getFirst().initiatorSpi();
        runUnderTraffic(pair, 38 * SECOND);
        pair.network().run(5 * SECOND);
        expectOneOfEach(pair);
        assertThat(pair.moon().established().getFirst().initiatorSpi()).isNotEqualTo(before);
        assertThat(pair.moon().counter("ike_ike_sas_established")).isEqualTo(2);
        assertThat(pair.sun().counter("ike_child_sas_established")).isEqualTo(4);
    }

    @Test
    void shouldReauthenticateOnTimeWhenTheIkeSaIsRekeyedByEitherSideMeanwhile() {
        SimPair pair =
                pair(
                        2,
                        moonConnection().reauth(life(100, 200)).rekey(life(30, 90)),
                        sunConnection().rekey(life(25, 90)));
        pair.network().run(95 * SECOND);
        long rekeyed = pair.moon().counter("ike_ike_sas_established");
        assertThat(rekeyed).isGreaterThan(3);
        assertThat(pair.moon().counter("ike_child_sas_established")).isEqualTo(2);
        pair.network().run(8 * SECOND);
        assertThat(pair.moon().counter("ike_child_sas_established")).isEqualTo(4);
        pair.network().run(5 * SECOND);
        expectOneOfEach(pair);
    }

    @Test
    void shouldEndTheIkeSaWhenItCannotBeReauthenticatedUntilOverTimeIsOver() {
        SimPair pair = pair(3, moonConnection().reauth(life(30, 60)), sunConnection());
        // The secret was changed at one side only.
        pair.sun().configure(sunConnection().child(sunChild("web").build()).with(secret("y")));
        pair.network().run(50 * SECOND);
        assertThat(pair.moon().childrenUp()).containsExactlyInAnyOrder("web", "mail");
        pair.network().run(20 * SECOND);
        assertThat(pair.moon().alerts(AlertType.IKE_SA_EXPIRED)).hasSize(1);
        assertThat(pair.moon().established()).isEmpty();
        assertThat(pair.sun().established()).isEmpty();
    }

    // moon                                        sun (reauth_time)
    //   IKE_AUTH [ .. ]               -->
    //                                 <-- IKE_AUTH [ .. N(AUTH_LIFETIME 100 s) ]
    //   IKE_SA_INIT, IKE_AUTH, D(IKE) -->     between 80 s and 90 s later
    @Test
    void shouldReauthenticateInTimeWhenThePeerLimitsTheAuthentication() {
        SimPair pair = pair(4, moonConnection(), sunConnection().reauth(life(100, 110)));
        pair.network().run(78 * SECOND);
        assertThat(pair.moon().counter("ike_ike_sas_established")).isEqualTo(1);
        pair.network().run(15 * SECOND);
        assertThat(pair.moon().counter("ike_ike_sas_established")).isEqualTo(2);
        expectOneOfEach(pair);
        pair.network().run(300 * SECOND);
        expectOneOfEach(pair);
        assertThat(pair.sun().alerts(AlertType.IKE_SA_EXPIRED)).isEmpty();
    }

    @Test
    void shouldTryAgainWhenAReauthenticationGetsNoAnswer() {
        SimPair pair = pair(5, moonConnection().reauth(life(30, 400)), sunConnection());
        pair.network().run(25 * SECOND);
        pair.network().setWeather(Weather.OUTAGE);
        pair.network().run(45 * SECOND);
        pair.network().setWeather(Weather.FAIR);
        pair.network().run(60 * SECOND);
        expectOneOfEach(pair);
        assertThat(pair.moon().counter("ike_ike_sas_established")).isBetween(2L, 3L);
    }

    @Test
    void shouldReauthenticateWhenAnOperatorAsksForIt() {
        SimPair pair = pair(6, moonConnection(), sunConnection());
        long before = pair.moon().established().getFirst().initiatorSpi();
        pair.moon().rekeyIke("net", true);
        runUnderTraffic(pair, 3 * SECOND);
        pair.network().run(5 * SECOND);
        expectOneOfEach(pair);
        assertThat(pair.moon().established().getFirst().initiatorSpi()).isNotEqualTo(before);
    }

    // moon reauthenticates; sun rekeys the old IKE SA and a child of it at the same time.
    @Test
    void shouldEndUpWithOneOfEachWhenThePeerRekeysDuringAReauthentication() {
        for (int seed = 20; seed < 30; seed++) {
            SimPair pair = pair(seed, moonConnection(), sunConnection());
            pair.network().setCryptoDelayNs(20_000_000L);
            pair.moon().rekeyIke("net", true);
            pair.network().run(seed * 2_000_000L);
            pair.sun().rekeyIke("net", false);
            pair.sun().rekeyChild("web");
            pair.network().run(120 * SECOND);
            expectOneOfEach(pair);
        }
    }
}
