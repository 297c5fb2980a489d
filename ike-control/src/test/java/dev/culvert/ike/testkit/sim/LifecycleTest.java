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
import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig.Unique;
import dev.culvert.ike.config.EngineConfig;
import dev.culvert.ike.testkit.sim.SimConfigs.Child;
import dev.culvert.ike.testkit.sim.SimConfigs.Connection;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What happens to SAs that are up: more children, deletion, liveness, {@code unique}, reload,
 * shutdown.
 */
class LifecycleTest {
    private static Child moonMail() {
        return new Child("mail").ts("10.3.0.0/16", "10.4.0.0/16");
    }

    private static Child sunMail() {
        return new Child("mail").ts("10.4.0.0/16", "10.3.0.0/16");
    }

    private static SimPair twoChildren(long seed, String esp) {
        SimPair pair = new SimPair(seed, Weather.FAIR);
        pair.sun()
                .configure(
                        sunConnection()
                                .child(sunChild("web").proposals(esp).build())
                                .child(sunMail().proposals(esp).build())
                                .with(secret("x")));
        pair.moon()
                .configure(
                        moonConnection()
                                .child(moonChild("web").proposals(esp).build())
                                .child(moonMail().proposals(esp).build())
                                .with(secret("x")));
        return pair;
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes128gcm16", "aes128gcm16-x25519", "chacha20poly1305-ecp256-esn"})
    void shouldAddASecondChildToTheSameIkeSa(String esp) {
        SimPair pair = twoChildren(1, esp).up("web").up("mail");
        assertThat(pair.moon().established()).hasSize(1);
        assertThat(pair.moon().childrenUp()).containsExactlyInAnyOrder("web", "mail");
        boolean pfs = esp.contains("x25519") || esp.contains("ecp256");
        EngineSnapshot.ChildSa mail = pair.moon().established().getFirst().children().getLast();
        assertThat(mail.suite().keyExchange().isPresent()).isEqualTo(pfs);
    }

    // moon (esp: ecp256 before x25519)             sun (esp: x25519)
    //   CREATE_CHILD_SA [ SA No KE(ecp256) .. ] -->
    //                                           <-- CREATE_CHILD_SA [ N(INVALID_KE_PAYLOAD) ]
    //   CREATE_CHILD_SA [ SA No KE(x25519) .. ] -->
    @Test
    void shouldRepeatCreateChildSaWithAnotherGroupWhenTheResponderWantsIt() {
        SimPair pair = new SimPair(2, Weather.FAIR);
        pair.sun()
                .configure(
                        sunConnection()
                                .child(sunChild("web").build())
                                .child(sunMail().proposals("aes128gcm16-x25519").build())
                                .with(secret("x")));
        pair.moon()
                .configure(
                        moonConnection()
                                .child(moonChild("web").build())
                                .child(moonMail().proposals("aes128gcm16-ecp256-x25519").build())
                                .with(secret("x")));
        pair.up("web").up("mail");
        assertThat(pair.sun().counter("ike_invalid_ke_sent")).isEqualTo(1);
    }

    @Test
    void shouldJoinTheSetUpThatIsUnderWayWhenSeveralChildrenAreAskedFor() {
        SimPair pair = twoChildren(3, "aes128gcm16");
        long web = pair.moon().initiate("net", "web");
        long mail = pair.moon().initiate("net", "mail");
        pair.network()
                .await(
                        "both",
                        () -> pair.moon().isDone(web) && pair.moon().isDone(mail),
                        5 * SECOND);
        pair.network().run(SECOND);
        assertThat(pair.moon().established()).hasSize(1);
        assertThat(pair.moon().childrenUp()).containsExactlyInAnyOrder("web", "mail");
        pair.network().checkConverged(pair.moon(), pair.sun());
    }

    @Test
    void shouldAnswerAtOnceWhenTheChildIsUpAlready() {
        SimPair pair = new SimPair(4, Weather.FAIR).usual().up("web");
        long again = pair.moon().initiate("net", "web");
        assertThat(pair.moon().isDone(again)).isTrue();
        assertThat(pair.moon().errorOf(again)).isEmpty();
        assertThat(pair.moon().childrenUp()).hasSize(1);
    }

    @Test
    void shouldListWhatIsConfiguredWhenAnUnknownChildIsAskedFor() {
        SimPair pair = new SimPair(5, Weather.FAIR).usual();
        long command = pair.moon().initiate("net", "wbe");
        assertThat(pair.moon().errorOf(command))
                .get()
                .asString()
                .contains("'wbe'")
                .contains("net/web");
    }

    @Test
    void shouldDeleteOneChildAndKeepTheRestWhenItIsTerminated() {
        SimPair pair = twoChildren(6, "aes128gcm16").up("web").up("mail");
        long command = pair.moon().terminateChild("mail");
        pair.network().await("deleted", () -> pair.moon().isDone(command), 5 * SECOND);
        pair.network().run(SECOND);
        assertThat(pair.moon().childrenUp()).containsExactly("web");
        pair.network().checkConverged(pair.moon(), pair.sun());
    }

    @Test
    void shouldDeleteEverythingWhenTheConnectionIsTerminated() {
        SimPair pair = twoChildren(7, "aes128gcm16").up("web").up("mail");
        long command = pair.moon().terminate("net");
        pair.network().await("deleted", () -> pair.moon().isDone(command), 5 * SECOND);
        pair.network().run(30 * SECOND);
        assertThat(pair.moon().heldEntries()).isZero();
        assertThat(pair.sun().heldEntries()).isZero();
        assertThat(pair.sun().dataplane().pairs()).isEmpty();
    }

    @Test
    void shouldNotWaitForThePeerWhenForced() {
        SimPair pair = new SimPair(8, Weather.FAIR).usual().up("web");
        long command = pair.moon().terminate(Optional.of("net"), Optional.empty(), true);
        assertThat(pair.moon().isDone(command)).isTrue();
        pair.network().run(SECOND);
        assertThat(pair.sun().established()).isEmpty();
    }

    // moon                          sun
    //   INFORMATIONAL [ D(IKE) ] --> <-- INFORMATIONAL [ D(IKE) ]
    //   INFORMATIONAL [ ]        --> <-- INFORMATIONAL [ ]
    @Test
    void shouldEndOnBothSidesWhenBothDeleteTheIkeSaAtOnce() {
        SimPair pair = new SimPair(9, Weather.FAIR).usual().up("web");
        long ofMoon = pair.moon().terminate("net");
        long ofSun = pair.sun().terminate("net");
        pair.network()
                .await(
                        "both",
                        () -> pair.moon().isDone(ofMoon) && pair.sun().isDone(ofSun),
                        3 * SECOND);
        pair.network().run(30 * SECOND);
        assertThat(pair.moon().heldEntries() + pair.sun().heldEntries()).isZero();
    }

    // moon                               sun
    //   INFORMATIONAL [ D(ESP spi_m) ] --> <-- INFORMATIONAL [ D(ESP spi_s) ]
    //   INFORMATIONAL [ ]              --> <-- INFORMATIONAL [ ]
    @Test
    void shouldEndTheChildOnceWhenBothDeleteItAtOnce() {
        SimPair pair = twoChildren(10, "aes128gcm16").up("web").up("mail");
        pair.network().capture();
        long ofMoon = pair.moon().terminateChild("mail");
        long ofSun = pair.sun().terminateChild("mail");
        pair.network()
                .await(
                        "both",
                        () -> pair.moon().isDone(ofMoon) && pair.sun().isDone(ofSun),
                        3 * SECOND);
        pair.network().run(SECOND);
        pair.network().checkConverged(pair.moon(), pair.sun());
        assertThat(pair.moon().childrenUp()).containsExactly("web");
    }

    // moon                          sun
    //   CREATE_CHILD_SA (mail)   --> <-- CREATE_CHILD_SA (mail)
    @Test
    void shouldStayConsistentWhenBothCreateTheSameChildAtOnce() {
        SimPair pair = twoChildren(11, "aes128gcm16-x25519").up("web");
        pair.moon().initiate("net", "mail");
        pair.sun().initiate("net", "mail");
        pair.network().run(3 * SECOND);
        pair.network().checkConverged(pair.moon(), pair.sun());
        assertThat(pair.moon().childrenUp()).contains("mail");
    }

    // moon                            sun
    //   CREATE_CHILD_SA (mail)     -->
    //                        lost <-- CREATE_CHILD_SA [ SA No TSi TSr ]
    //                             <-- INFORMATIONAL [ D(mail) ]
    //   INFORMATIONAL [ ]          -->
    //   CREATE_CHILD_SA (again)    -->
    //                             <-- CREATE_CHILD_SA (again): of a child that is gone
    @Test
    void shouldNotInstallAChildWhenThePeerDeletedItBeforeItsResponseCame() {
        SimPair pair = twoChildren(26, "aes128gcm16").up("web");
        pair.network().drop(1, packet -> packet.kind().startsWith("CREATE_CHILD_SA response"));
        long command = pair.moon().initiate("net", "mail");
        pair.network().await("mail at sun", () -> pair.sun().childrenUp().contains("mail"), SECOND);
        pair.sun().terminateChild("mail");
        pair.network().run(5 * SECOND);
        assertThat(pair.moon().errorOf(command)).isPresent();
        assertThat(pair.moon().childrenUp()).containsExactly("web");
        pair.network().checkConverged(pair.moon(), pair.sun());
    }

    // moon                          sun
    //   IKE_SA_INIT (a)          --> <-- IKE_SA_INIT (b)
    //   IKE_AUTH (a)             --> <-- IKE_AUTH (b)
    @Test
    void shouldStayConsistentWhenBothInitiateAtOnce() {
        SimPair pair = new SimPair(12, Weather.FAIR).usual();
        pair.moon().initiate("net", "web");
        pair.sun().initiate("net", "web");
        pair.network().run(30 * SECOND);
        pair.network().checkConverged(pair.moon(), pair.sun());
        assertThat(pair.moon().childrenUp()).isNotEmpty();
    }

    @Test
    void shouldAnswerARetransmissionWithTheSameBytesWhenTheResponseWasLost() {
        SimPair pair = new SimPair(13, Weather.FAIR).usual();
        pair.network().drop(2, packet -> packet.kind().equals("IKE_AUTH response 1"));
        pair.network().capture();
        pair.up("web");
        List<SimPacket> responses =
                pair.network().captured().stream()
                        .filter(packet -> packet.kind().equals("IKE_AUTH response 1"))
                        .toList();
        assertThat(responses).hasSize(3);
        assertThat(responses.get(1).payload()).isEqualTo(responses.get(0).payload());
        assertThat(responses.get(2).payload()).isEqualTo(responses.get(0).payload());
        assertThat(pair.sun().counter("ike_responses_retransmitted")).isEqualTo(2);
    }

    // moon crashes, and comes back:
    //   IKE_AUTH [ IDi N(INITIAL_CONTACT) .. ] --> sun forgets the old IKE SA
    @Test
    void shouldReplaceTheOldIkeSaWhenThePeerStartsAfresh() {
        SimPair pair = new SimPair(14, Weather.FAIR).usual().up("web");
        pair.moon().restart();
        pair.up("web");
        assertThat(pair.sun().established()).hasSize(1);
        assertThat(pair.sun().events())
                .anyMatch(event ->
                        event instanceof EngineEvent.IkeDown down
                                && down.reason().contains("INITIAL_CONTACT"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"NEVER", "NO", "REPLACE", "KEEP"})
    void shouldFollowUniqueWhenASecondIkeSaOfTheSamePeerComes(String policy) {
        Unique unique = Unique.valueOf(policy);
        SimPair pair = new SimPair(15, Weather.FAIR);
        pair.sun()
                .configure(
                        sunConnection()
                                .unique(unique)
                                .child(sunChild("web").build())
                                .with(secret("x")));
        // Never: moon sends no INITIAL_CONTACT, so that sun's policy alone decides.
        EngineConfig ofMoon =
                moonConnection()
                        .unique(Unique.NEVER)
                        .child(moonChild("web").build())
                        .with(secret("x"));
        pair.moon().configure(ofMoon);
        pair.up("web");
        pair.moon().restart();
        long first = pair.sun().established().getFirst().initiatorSpi();
        long second = pair.moon().initiate("net", "web");
        pair.network().run(5 * SECOND);
        // With KEEP it may be a reauthentication until the first IKE SA stays for too long.
        assertThat(pair.sun().established()).hasSize(unique == Unique.REPLACE ? 1 : 2);
        pair.network().run(10 * SECOND);
        int expected = unique == Unique.NEVER || unique == Unique.NO ? 2 : 1;
        assertThat(pair.sun().established()).hasSize(expected);
        assertThat(pair.sun().established().stream().anyMatch(sa -> sa.initiatorSpi() == first))
                .isEqualTo(unique != Unique.REPLACE);
        assertThat(pair.moon().errorOf(second)).isEmpty();
        assertThat(pair.sun().alerts(AlertType.UNIQUE_REPLACE))
                .hasSize(unique == Unique.REPLACE ? 1 : 0);
        assertThat(pair.sun().alerts(AlertType.UNIQUE_KEEP)).hasSize(unique == Unique.KEEP ? 1 : 0);
    }

    private static SimPair withDpd(long seed, ChildConfig.DpdAction action) {
        SimPair pair = new SimPair(seed, Weather.FAIR);
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

    @Test
    void shouldSetItUpAgainWhenThePeerIsLostAndRestartIsConfigured() {
        SimPair pair = withDpd(16, ChildConfig.DpdAction.RESTART);
        pair.network().setWeather(Weather.OUTAGE);
        pair.network().await("lost", () -> pair.moon().established().isEmpty(), 60 * SECOND);
        pair.network().run(100 * SECOND);
        pair.network().setWeather(Weather.FAIR);
        pair.network().await("back", () -> pair.moon().childrenUp().contains("web"), 60 * SECOND);
        pair.network().run(60 * SECOND);
        pair.network().checkConverged(pair.moon(), pair.sun());
    }

    @Test
    void shouldInstallATrapWhenThePeerIsLostAndTrapIsConfigured() {
        SimPair pair = withDpd(17, ChildConfig.DpdAction.TRAP);
        pair.network().setWeather(Weather.OUTAGE);
        pair.network().run(60 * SECOND);
        assertThat(pair.moon().dataplane().traps()).containsExactly("net/web");
        assertThat(pair.moon().snapshot().ikeSas()).isEmpty();
    }

    @Test
    void shouldRemoveEverythingWhenThePeerIsLostAndClearIsConfigured() {
        SimPair pair = withDpd(18, ChildConfig.DpdAction.CLEAR);
        pair.network().setWeather(Weather.OUTAGE);
        pair.network().run(60 * SECOND);
        assertThat(pair.moon().heldEntries()).isZero();
        assertThat(pair.moon().alerts(AlertType.RETRANSMIT_SEND_TIMEOUT)).hasSize(1);
    }

    @Test
    void shouldNotAskForSignsOfLifeWhileTrafficComesIn() {
        SimPair pair = withDpd(19, ChildConfig.DpdAction.CLEAR);
        long before = pair.moon().counter("ike_liveness_checks");
        for (int i = 0; i < 60; i++) {
            pair.sun().dataplane().send("web");
            pair.moon().dataplane().send("web");
            pair.network().run(2 * SECOND);
        }
        assertThat(pair.moon().counter("ike_liveness_checks")).isEqualTo(before);
        pair.network().run(25 * SECOND);
        assertThat(
                        pair.moon().counter("ike_liveness_checks")
                                + pair.sun().counter("ike_liveness_checks"))
                .isGreaterThan(0);
    }

    @Test
    void shouldSetItUpAgainWhenThePeerClosesItAndStartIsConfigured() {
        SimPair pair = new SimPair(20, Weather.FAIR);
        pair.sun().configure(sunConnection().child(sunChild("web").build()).with(secret("x")));
        pair.moon()
                .configure(
                        moonConnection()
                                .child(moonChild("web").close(ChildConfig.Action.START).build())
                                .with(secret("x")));
        pair.up("web");
        pair.sun().terminate("net");
        pair.network().run(5 * SECOND);
        assertThat(pair.moon().childrenUp()).containsExactly("web");
    }

    @Test
    void shouldTryAgainLaterWhenAStartedChildFails() {
        SimPair pair = new SimPair(21, Weather.FAIR);
        pair.sun().configure(sunConnection().child(sunChild("web").build()).with(secret("other")));
        pair.moon()
                .configure(
                        moonConnection().child(moonChild("web").start().build()).with(secret("x")));
        pair.network().run(2 * SECOND);
        assertThat(pair.moon().alerts(AlertType.LOCAL_AUTH_FAILED)).hasSize(1);
        pair.sun().configure(sunConnection().child(sunChild("web").build()).with(secret("x")));
        pair.network().run(10 * SECOND);
        assertThat(pair.moon().childrenUp()).containsExactly("web");
    }

    @Test
    void shouldCloseAChildWhenItIsUnusedForTooLong() {
        SimPair pair = new SimPair(22, Weather.FAIR);
        pair.sun().configure(sunConnection().child(sunChild("web").build()).with(secret("x")));
        pair.moon()
                .configure(
                        moonConnection()
                                .child(moonChild("web").inactivitySeconds(30).build())
                                .with(secret("x")));
        pair.up("web");
        for (int i = 0; i < 10; i++) {
            pair.network().run(10 * SECOND);
            pair.moon().dataplane().send("web");
        }
        assertThat(pair.moon().childrenUp()).containsExactly("web");
        pair.network().run(40 * SECOND);
        assertThat(pair.moon().childrenUp()).isEmpty();
        assertThat(pair.sun().childrenUp()).isEmpty();
    }

    @Test
    void shouldKeepTheSasAndStartWhatIsNewWhenTheConfigurationIsReloaded() {
        SimPair pair = twoChildren(23, "aes128gcm16").up("web");
        EngineSnapshot.IkeSa before = pair.moon().established().getFirst();
        Connection other =
                moonConnection()
                        .name("other")
                        .child(new Child("log").ts("10.5.0.0/16", "10.6.0.0/16").build());
        EngineConfig same =
                moonConnection()
                        .child(moonChild("web").build())
                        .child(moonMail().build())
                        .with(secret("x"));
        pair.moon()
                .configure(
                        new EngineConfig(
                                List.of(same.connections().getFirst(), other.build()),
                                same.secrets()));
        pair.network().run(2 * SECOND);
        assertThat(pair.moon().established()).hasSize(1);
        assertThat(pair.moon().established().getFirst().initiatorSpi())
                .isEqualTo(before.initiatorSpi());
        pair.up("mail");
        assertThat(pair.moon().established()).hasSize(1);
    }

    @Test
    void shouldSetUpANewChildOnTheSameIkeSaWhenOnlyTheChildrenHaveChanged() {
        SimPair pair = new SimPair(27, Weather.FAIR).usual().up("web");
        EngineSnapshot.IkeSa before = pair.moon().established().getFirst();
        pair.sun()
                .configure(
                        sunConnection()
                                .child(sunChild("web").build())
                                .child(sunMail().build())
                                .with(secret("secret")));
        pair.moon()
                .configure(
                        moonConnection()
                                .child(moonChild("web").inactivitySeconds(1000).build())
                                .child(moonMail().build())
                                .with(secret("secret")));
        pair.up("mail");
        assertThat(pair.moon().established()).hasSize(1);
        assertThat(pair.moon().established().getFirst().initiatorSpi())
                .isEqualTo(before.initiatorSpi());
        assertThat(pair.moon().childrenUp()).containsExactlyInAnyOrder("web", "mail");
    }

    @Test
    void shouldDeleteAllAtThePeerAndAnswerWhenItShutsDown() {
        SimPair pair = twoChildren(24, "aes128gcm16").up("web").up("mail");
        long command = pair.moon().shutDown();
        pair.network().await("done", () -> pair.moon().isDone(command), SECOND);
        assertThat(pair.moon().dataplane().pairs()).isEmpty();
        assertThat(pair.sun().established()).isEmpty();
    }

    @Test
    void shouldAnswerWithinTwoSecondsWhenItShutsDownAndThePeerIsSilent() {
        SimPair pair = new SimPair(25, Weather.FAIR).usual().up("web");
        pair.network().setWeather(Weather.OUTAGE);
        long command = pair.moon().shutDown();
        pair.network().await("done", () -> pair.moon().isDone(command), 2 * SECOND + SECOND / 10);
        assertThat(pair.moon().dataplane().pairs()).isEmpty();
    }
}
