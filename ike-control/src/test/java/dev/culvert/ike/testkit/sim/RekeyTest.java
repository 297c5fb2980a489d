package dev.culvert.ike.testkit.sim;

import static dev.culvert.ike.testkit.sim.SimConfigs.secret;
import static dev.culvert.ike.testkit.sim.SimPair.SECOND;
import static dev.culvert.ike.testkit.sim.SimPair.moonChild;
import static dev.culvert.ike.testkit.sim.SimPair.moonConnection;
import static dev.culvert.ike.testkit.sim.SimPair.sunChild;
import static dev.culvert.ike.testkit.sim.SimPair.sunConnection;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.EngineInput.DataplaneEvent;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.config.Lifetime;
import dev.culvert.ike.testkit.sim.SimConfigs.Child;
import dev.culvert.ike.testkit.sim.SimConfigs.Connection;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lifetimes, and SAs that take over from others. */
class RekeyTest {
    private static Lifetime life(int soft, int hard) {
        return new Lifetime(soft * SECOND, hard * SECOND, 0);
    }

    private static SimPair pair(
            long seed, Connection ofMoon, Connection ofSun, Child moonWeb, Child sunWeb) {
        SimPair pair = new SimPair(seed, Weather.FAIR);
        pair.sun().configure(ofSun.child(sunWeb.build()).with(secret("x")));
        pair.moon().configure(ofMoon.child(moonWeb.build()).with(secret("x")));
        return pair.up("web");
    }

    // moon                                            sun
    //   CREATE_CHILD_SA [ N(REKEY_SA) SA No TSi TSr ] -->  inbound ready
    //                 <-- CREATE_CHILD_SA [ SA No TSi TSr ]
    //   INFORMATIONAL [ D(old) ]                      -->  outbound switched
    @Test
    void shouldReplaceTheChildWhenItsSoftLimitPasses() {
        SimPair pair =
                pair(
                        1,
                        moonConnection(),
                        sunConnection(),
                        moonChild("web").time(life(60, 90)),
                        sunChild("web"));
        for (int i = 0; i < 40; i++) {
            pair.network().run(5 * SECOND);
            pair.moon().dataplane().send("web");
            pair.sun().dataplane().send("web");
        }
        pair.network().run(SECOND);
        pair.network().checkConverged(pair.moon(), pair.sun());
        assertThat(pair.moon().counter("ike_child_sas_established")).isEqualTo(4);
        assertThat(pair.sun().dataplane().unknownSpi() + pair.moon().dataplane().unknownSpi())
                .isZero();
        assertThat(pair.moon().childrenUp()).containsExactly("web");
        assertThat(pair.sun().childrenUp()).containsExactly("web");
    }

    @Test
    void shouldAlwaysHaveAnSaToSendOnWhenTheChildIsReplaced() {
        SimPair pair =
                pair(12, moonConnection(), sunConnection(), moonChild("web"), sunChild("web"));
        for (SimHost host : List.of(pair.moon(), pair.sun())) {
            host.recordOutputs();
        }
        pair.moon().rekeyChild("web");
        pair.network().run(SECOND);
        pair.moon().rekeyIke("net", true);
        pair.network().run(10 * SECOND);
        for (SimHost host : List.of(pair.moon(), pair.sun())) {
            assertThat(host.outputs())
                    .filteredOn(output ->
                            output instanceof EngineOutput.InstallOutbound
                                    || output instanceof EngineOutput.RemoveOutbound)
                    .extracting(output -> output.getClass().getSimpleName())
                    .containsExactly(
                            "InstallOutbound",
                            "RemoveOutbound",
                            "InstallOutbound",
                            "RemoveOutbound");
        }
    }

    @Test
    void shouldReplaceTheChildWhenTheDataplaneReportsItsSoftLimit() {
        SimPair pair =
                pair(
                        2,
                        moonConnection(),
                        sunConnection(),
                        moonChild("web").proposals("aes128gcm16-x25519"),
                        sunChild("web").proposals("aes128gcm16-x25519"));
        long id = pair.sun().established().getFirst().children().getFirst().childSaId();
        pair.sun().input(new DataplaneEvent.SoftLimit(id));
        pair.network().run(2 * SECOND);
        pair.network().checkConverged(pair.moon(), pair.sun());
        assertThat(pair.sun().established().getFirst().children().getFirst().childSaId())
                .isNotEqualTo(id);
    }

    @Test
    void shouldRemoveTheChildOnBothSidesWhenItReachesItsHardLimit() {
        SimPair pair =
                pair(3, moonConnection(), sunConnection(), moonChild("web"), sunChild("web"));
        long id = pair.moon().established().getFirst().children().getFirst().childSaId();
        pair.moon().input(new DataplaneEvent.HardLimit(id));
        assertThat(pair.moon().dataplane().pairs()).isEmpty();
        pair.network().run(SECOND);
        pair.network().checkConverged(pair.moon(), pair.sun());
        assertThat(pair.sun().dataplane().pairs()).isEmpty();
    }

    @Test
    void shouldHandTheChildrenOverWhenTheIkeSaIsRekeyed() {
        SimPair pair =
                pair(
                        4,
                        moonConnection().rekey(life(60, 90)),
                        sunConnection(),
                        moonChild("web"),
                        sunChild("web"));
        long before = pair.moon().established().getFirst().initiatorSpi();
        pair.network().run(100 * SECOND);
        assertThat(pair.moon().established()).hasSize(1);
        assertThat(pair.moon().established().getFirst().initiatorSpi()).isNotEqualTo(before);
        pair.network().checkConverged(pair.moon(), pair.sun());
        assertThat(pair.moon().counter("ike_child_sas_established")).isEqualTo(1);
        assertThat(pair.moon().events()).noneMatch(event -> event instanceof EngineEvent.ChildDown);
        pair.network().run(200 * SECOND);
        pair.network().checkConverged(pair.moon(), pair.sun());
    }

    @Test
    void shouldLetTheOriginalResponderRekeyTheIkeSaWhenItsLifeIsShorter() {
        SimPair pair =
                pair(
                        5,
                        moonConnection(),
                        sunConnection().rekey(life(60, 90)),
                        moonChild("web"),
                        sunChild("web"));
        pair.network().run(70 * SECOND);
        pair.network().checkConverged(pair.moon(), pair.sun());
        assertThat(pair.sun().established().getFirst().initiator()).isTrue();
        // The new IKE SA works both ways.
        long command = pair.moon().terminateChild("web");
        pair.network().await("deleted", () -> pair.moon().isDone(command), SECOND);
        pair.network().checkConverged(pair.moon(), pair.sun());
    }

    // moon                                        sun
    //   CREATE_CHILD_SA [ N(REKEY_SA) .. ]    --> <-- CREATE_CHILD_SA [ N(REKEY_SA) .. ]
    //   CREATE_CHILD_SA [ N(TEMPORARY_FAILURE) ] --> <-- CREATE_CHILD_SA [ N(TEMPORARY_FAILURE) ]
    //   one of them, later:
    //   CREATE_CHILD_SA [ N(REKEY_SA) .. ]    -->
    @Test
    void shouldEndUpWithOneChildWhenBothRekeyItAtOnce() {
        SimPair pair =
                pair(6, moonConnection(), sunConnection(), moonChild("web"), sunChild("web"));
        long ofMoon = pair.moon().established().getFirst().children().getFirst().childSaId();
        long ofSun = pair.sun().established().getFirst().children().getFirst().childSaId();
        pair.moon().input(new DataplaneEvent.SoftLimit(ofMoon));
        pair.sun().input(new DataplaneEvent.SoftLimit(ofSun));
        pair.network().run(30 * SECOND);
        pair.network().checkConverged(pair.moon(), pair.sun());
        assertThat(pair.moon().childrenUp()).containsExactly("web");
        assertThat(pair.moon().counter("ike_child_sas_established")).isGreaterThanOrEqualTo(2);
    }

    @Test
    void shouldEndUpWithOneIkeSaWhenBothRekeyItAtOnce() {
        SimPair pair =
                pair(
                        7,
                        moonConnection().rekey(life(60, 120)),
                        sunConnection().rekey(life(60, 120)),
                        moonChild("web"),
                        sunChild("web"));
        pair.network().run(100 * SECOND);
        pair.network().checkConverged(pair.moon(), pair.sun());
        assertThat(pair.moon().established()).hasSize(1);
    }

    // moon                                        sun
    //   CREATE_CHILD_SA [ N(REKEY_SA web) .. ] --> <-- INFORMATIONAL [ D(web) ]
    @Test
    void shouldNotLoseTrackWhenOneRekeysTheChildThatTheOtherDeletes() {
        SimPair pair =
                pair(8, moonConnection(), sunConnection(), moonChild("web"), sunChild("web"));
        long ofMoon = pair.moon().established().getFirst().children().getFirst().childSaId();
        pair.moon().input(new DataplaneEvent.SoftLimit(ofMoon));
        pair.sun().terminateChild("web");
        pair.network().run(20 * SECOND);
        pair.network().checkConverged(pair.moon(), pair.sun());
    }

    // moon                                        sun
    //   CREATE_CHILD_SA [ N(REKEY_SA) .. KE ] -->    (computes for up to 80 ms)
    //                                                (its own soft limit passes)
    @Test
    void shouldEndUpWithOneChildWhenOurRekeyingBeginsWhileThePeersIsComputed() {
        for (int seed = 100; seed < 140; seed++) {
            SimPair pair =
                    pair(
                            seed,
                            moonConnection(),
                            sunConnection(),
                            moonChild("web").proposals("aes128gcm16-x25519"),
                            sunChild("web").proposals("aes128gcm16-x25519"));
            pair.network().setCryptoDelayNs(80_000_000L);
            long ofMoon = pair.moon().established().getFirst().children().getFirst().childSaId();
            long ofSun = pair.sun().established().getFirst().children().getFirst().childSaId();
            pair.moon().input(new DataplaneEvent.SoftLimit(ofMoon));
            pair.network().run(40_000_000L);
            pair.sun().input(new DataplaneEvent.SoftLimit(ofSun));
            pair.network().run(30 * SECOND);
            pair.network().checkConverged(pair.moon(), pair.sun());
            assertThat(pair.moon().childrenUp()).containsExactly("web");
            assertThat(pair.sun().childrenUp()).containsExactly("web");
        }
    }

    // moon                                        sun
    //   CREATE_CHILD_SA [ SA(IKE) No KE ]     --> <-- CREATE_CHILD_SA [ N(REKEY_SA web) .. ]
    @Test
    void shouldNotLoseTheChildWhenOneRekeysTheIkeSaAndTheOtherTheChild() {
        SimPair pair =
                pair(
                        9,
                        moonConnection().rekey(life(60, 200)),
                        sunConnection(),
                        moonChild("web"),
                        sunChild("web"));
        long ofSun = pair.sun().established().getFirst().children().getFirst().childSaId();
        long dueNs = pair.moon().established().getFirst().rekeyNs();
        pair.network().run(dueNs - pair.network().nowNs());
        pair.sun().input(new DataplaneEvent.SoftLimit(ofSun));
        pair.network().run(30 * SECOND);
        pair.network().checkConverged(pair.moon(), pair.sun());
        assertThat(pair.moon().childrenUp()).containsExactly("web");
    }

    @Test
    void shouldEndTheIkeSaWhenItsHardLimitPasses() {
        SimPair pair =
                pair(
                        10,
                        moonConnection().rekey(new Lifetime(0, 60 * SECOND, 0)),
                        sunConnection(),
                        moonChild("web"),
                        sunChild("web"));
        pair.network().run(62 * SECOND);
        assertThat(pair.moon().alerts(AlertType.IKE_SA_EXPIRED)).hasSize(1);
        assertThat(pair.moon().established()).isEmpty();
        assertThat(pair.sun().established()).isEmpty();
        assertThat(pair.sun().dataplane().pairs()).isEmpty();
    }

    @Test
    void shouldMakeANewIkeSaWhenReauthenticationIsDue() {
        SimPair pair =
                pair(
                        11,
                        moonConnection().reauth(life(60, 90)),
                        sunConnection(),
                        moonChild("web"),
                        sunChild("web"));
        pair.network().run(65 * SECOND);
        assertThat(pair.moon().childrenUp()).containsExactly("web");
        assertThat(pair.moon().counter("ike_ike_sas_established")).isEqualTo(2);
        pair.network().checkConverged(pair.moon(), pair.sun());
    }
}
