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
import dev.culvert.ike.testkit.sim.SimConfigs.Child;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Exchanges that cross (RFC 7296 sections 2.8.1, 2.8.2 and 2.25). In the traces moon is on the
 * left; {@code --x} is a message that gets lost, {@code --...} one that is held back until {@code
 * ...-->}. Each runs with several seeds, because the nonces decide who wins.
 */
class CollisionTest {
    private SimPair pair = new SimPair(1, Weather.FAIR);
    private SimHost moon = pair.moon();
    private SimHost sun = pair.sun();
    private SimNetwork network = pair.network();

    private void up(long seed, String esp) {
        pair = new SimPair(seed, Weather.FAIR);
        moon = pair.moon();
        sun = pair.sun();
        network = pair.network();
        sun.configure(
                sunConnection()
                        .child(sunChild("web").proposals(esp).build())
                        .child(
                                new Child("mail")
                                        .ts("10.4.0.0/16", "10.3.0.0/16")
                                        .proposals(esp)
                                        .build())
                        .with(secret("x")));
        moon.configure(
                moonConnection()
                        .child(moonChild("web").proposals(esp).build())
                        .child(
                                new Child("mail")
                                        .ts("10.3.0.0/16", "10.4.0.0/16")
                                        .proposals(esp)
                                        .build())
                        .with(secret("x")));
        pair.up("web");
    }

    private void up(long seed) {
        up(seed, seed % 2 == 0 ? "aes128gcm16" : "aes128gcm16-x25519");
    }

    private Predicate<SimPacket> from(SimHost host, String kind) {
        return packet ->
                packet.source().getAddress().equals(host.address())
                        && packet.kind().startsWith(kind);
    }

    /** Lets what is under way end, and checks that each side has exactly these children. */
    private void settle(String... children) {
        network.run(40 * SECOND);
        network.checkConverged(moon, sun);
        for (SimHost host : List.of(moon, sun)) {
            assertThat(host.childrenUp()).containsExactlyInAnyOrder(children);
            assertThat(host.dataplane().pairs()).hasSize(children.length);
            assertThat(host.snapshot().ikeSas()).hasSize(1);
            assertThat(host.snapshot().ikeSas().getFirst().tasksQueued()).isEmpty();
            assertThat(host.snapshot().ikeSas().getFirst().tasksActive()).isEmpty();
        }
    }

    /** Sends both ways all the time, and checks that nothing met an SA that was not there. */
    private void runUnderTraffic(long durationNs) {
        long endNs = network.nowNs() + durationNs;
        while (network.nowNs() < endNs) {
            for (SimHost host : List.of(moon, sun)) {
                host.dataplane().sendingChildren().forEach(host.dataplane()::send);
            }
            network.run(SECOND / 500);
        }
    }

    @AfterEach
    void noAlarms() {
        for (SimHost host : List.of(moon, sun)) {
            assertThat(host.alerts(AlertType.INTERNAL_ERROR)).isEmpty();
            assertThat(host.alerts(AlertType.RETRANSMIT_SEND_TIMEOUT)).isEmpty();
        }
    }

    // Section 2.8.1: both rekey web; the exchange with the lowest nonce was moon's.
    //
    //   CREATE_CHILD_SA [ N(REKEY_SA web) No1 .. ] -->
    //                                 <-- CREATE_CHILD_SA [ N(REKEY_SA web) No2 .. ]
    //   CREATE_CHILD_SA [ SA(b) No4 .. ]  -->
    //                                 <-- CREATE_CHILD_SA [ SA(a) No3 .. ]
    //   INFORMATIONAL [ D(a) ]        -->     redundant: deleted by who made it
    //                                 <-- INFORMATIONAL [ D(web) ]: by who made the one that stays
    //   INFORMATIONAL [ D(web) ]      -->
    //                                 <-- INFORMATIONAL [ D(a) ]
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldKeepOneOfTwoChildrenWhenBothRekeyItAtOnce(long seed) {
        up(seed);
        network.capture();
        moon.rekeyChild("web");
        sun.rekeyChild("web");
        runUnderTraffic(SECOND);
        assertThat(moon.counter("ike_child_sas_established")).isEqualTo(2);
        assertThat(sun.counter("ike_child_sas_established")).isEqualTo(2);
        assertThat(
                        network.captured().stream()
                                .filter(packet -> packet.kind().startsWith("CREATE_CHILD_SA re")))
                .hasSize(4);
        assertThat(moon.dataplane().unknownSpi() + sun.dataplane().unknownSpi()).isZero();
        settle("web");
    }

    // Both create mail; the exchange with the lowest nonce was moon's.
    //
    //   CREATE_CHILD_SA [ SA(a) No1 .. ] -->
    //                                 <-- CREATE_CHILD_SA [ SA(b) No2 .. ]
    //   CREATE_CHILD_SA [ SA(b) No4 .. ] -->
    //                                 <-- CREATE_CHILD_SA [ SA(a) No3 .. ]
    //   INFORMATIONAL [ D(a) ]        -->     redundant: deleted by who made it
    //                                 <-- INFORMATIONAL [ D(a) ]
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldKeepOneOfTwoChildrenWhenBothCreateItAtOnce(long seed) {
        up(seed);
        network.capture();
        long moons = moon.initiate("net", "mail");
        long suns = sun.initiate("net", "mail");
        runUnderTraffic(SECOND);
        assertThat(
                        network.captured().stream()
                                .filter(packet -> packet.kind().startsWith("CREATE_CHILD_SA re")))
                .hasSize(4);
        assertThat(moon.isDone(moons) && sun.isDone(suns)).isTrue();
        assertThat(moon.errorOf(moons)).isEmpty();
        assertThat(sun.errorOf(suns)).isEmpty();
        settle("web", "mail");
    }

    // Section 2.8.1, the request of one side is lost: the other side does not notice.
    //
    //   CREATE_CHILD_SA [ N(REKEY_SA web) .. ] --x
    //                                 <-- CREATE_CHILD_SA [ N(REKEY_SA web) .. ]
    //   CREATE_CHILD_SA [ SA(b) .. ]  -->
    //                                 <-- INFORMATIONAL [ D(web) ]
    //   INFORMATIONAL [ D(web) ]      -->
    //   CREATE_CHILD_SA [ N(REKEY_SA web) .. ] -->    again
    //                                 <-- CREATE_CHILD_SA [ N(CHILD_SA_NOT_FOUND) ]
    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void shouldForgetOurRekeyingWhenItsRequestIsLostAndThePeerRekeysMeanwhile(long seed) {
        up(seed);
        network.drop(1, from(moon, "CREATE_CHILD_SA request"));
        moon.rekeyChild("web");
        sun.rekeyChild("web");
        runUnderTraffic(3 * SECOND);
        assertThat(moon.counter("ike_child_sas_established")).isEqualTo(2);
        assertThat(moon.dataplane().unknownSpi() + sun.dataplane().unknownSpi()).isZero();
        settle("web");
    }

    // The same, but the request arrives while the peer is deleting the old SA.
    //
    //   CREATE_CHILD_SA [ N(REKEY_SA web) .. ] --...
    //                                 <-- CREATE_CHILD_SA [ N(REKEY_SA web) .. ]
    //   CREATE_CHILD_SA [ SA(b) .. ]  -->
    //                             x-- INFORMATIONAL [ D(web) ]
    //                             ...--> CREATE_CHILD_SA [ N(REKEY_SA web) .. ]
    //                                 <-- CREATE_CHILD_SA [ N(TEMPORARY_FAILURE) ]
    //                                 <-- INFORMATIONAL [ D(web) ]      again
    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24})
    void shouldForgetOurRekeyingWhenThePeerIsDeletingWhatItHasRekeyed(long seed) {
        up(seed);
        network.hold(from(moon, "CREATE_CHILD_SA request"));
        network.drop(1, from(sun, "INFORMATIONAL request"));
        moon.rekeyChild("web");
        sun.rekeyChild("web");
        network.run(SECOND / 2);
        network.release();
        settle("web");
        assertThat(moon.counter("ike_child_sas_established")).isEqualTo(2);
    }

    // Both notice, but one response is late: the winner deletes the old SA, or the loser its
    // own, before the other side knows the outcome.
    //
    //   CREATE_CHILD_SA [ N(REKEY_SA web) .. ] -->
    //                                 <-- CREATE_CHILD_SA [ N(REKEY_SA web) .. ]
    //                                 <-- CREATE_CHILD_SA [ SA(a) .. ]
    //   CREATE_CHILD_SA [ SA(b) .. ]  --x
    //   INFORMATIONAL [ D(web) or D(a) ] -->
    //                                 <-- INFORMATIONAL [ D(..) ]
    //                                 <-- CREATE_CHILD_SA [ N(REKEY_SA web) .. ]   again
    //   CREATE_CHILD_SA [ SA(b) .. ]  -->  again
    //                                 <-- INFORMATIONAL [ D(b) or D(web) ]
    @ParameterizedTest
    @ValueSource(longs = {31, 32, 33, 34, 35, 36, 37, 38})
    void shouldAgreeOnTheSameChildWhenOneSideLearnsTheOutcomeLate(long seed) {
        up(seed);
        network.drop(1, from(moon, "CREATE_CHILD_SA response"));
        moon.rekeyChild("web");
        sun.rekeyChild("web");
        runUnderTraffic(4 * SECOND);
        assertThat(moon.dataplane().unknownSpi() + sun.dataplane().unknownSpi()).isZero();
        settle("web");
    }

    // Both requests are lost at first, then both responses.
    @ParameterizedTest
    @ValueSource(longs = {41, 42, 43, 44})
    void shouldAgreeOnTheSameChildWhenBothResponsesAreLost(long seed) {
        up(seed);
        network.drop(2, packet -> packet.kind().startsWith("CREATE_CHILD_SA request"));
        network.drop(2, packet -> packet.kind().startsWith("CREATE_CHILD_SA response"));
        moon.rekeyChild("web");
        sun.rekeyChild("web");
        runUnderTraffic(8 * SECOND);
        assertThat(moon.dataplane().unknownSpi() + sun.dataplane().unknownSpi()).isZero();
        settle("web");
    }

    // Section 2.25.1: one rekeys the SA that the other deletes.
    //
    //   CREATE_CHILD_SA [ N(REKEY_SA web) .. ] -->
    //                                 <-- INFORMATIONAL [ D(web) ]
    //                                 <-- CREATE_CHILD_SA [ N(TEMPORARY_FAILURE) ]
    //   INFORMATIONAL [ D(web) ]      -->
    @ParameterizedTest
    @ValueSource(longs = {51, 52})
    void shouldNotBringAChildBackWhenThePeerDeletesWhatWeRekey(long seed) {
        up(seed);
        moon.rekeyChild("web");
        sun.terminateChild("web");
        settle();
    }

    // The same, but the deletion is late, and the peer no longer knows the SA.
    //
    //                             ...-- INFORMATIONAL [ D(web) ]
    //   CREATE_CHILD_SA [ N(REKEY_SA web) .. ] -->
    //                                 <-- CREATE_CHILD_SA [ N(TEMPORARY_FAILURE) ]
    //                                 <--... INFORMATIONAL [ D(web) ]
    //   INFORMATIONAL [ D(web) ]      -->
    @ParameterizedTest
    @ValueSource(longs = {53, 54})
    void shouldNotBringAChildBackWhenTheDeletionOfWhatWeRekeyIsLate(long seed) {
        up(seed);
        network.hold(from(sun, "INFORMATIONAL request"));
        sun.terminateChild("web");
        network.run(SECOND / 10);
        moon.rekeyChild("web");
        network.run(SECOND / 2);
        network.release();
        settle();
    }

    // The deletion overtakes the response that answered our rekeying.
    //
    //   CREATE_CHILD_SA [ N(REKEY_SA web) .. ] -->
    //                             ...-- CREATE_CHILD_SA [ SA(a) .. ]
    //                                 <-- INFORMATIONAL [ D(web) ], then [ D(a) ]
    //   INFORMATIONAL [ .. ]          -->
    //                                 <--... CREATE_CHILD_SA [ SA(a) .. ]
    @ParameterizedTest
    @ValueSource(longs = {55, 56})
    void shouldNotInstallTheNewChildWhenItsDeletionOvertakesTheResponse(long seed) {
        up(seed, "aes128gcm16");
        network.hold(from(sun, "CREATE_CHILD_SA response"));
        moon.rekeyChild("web");
        network.run(SECOND / 10);
        sun.terminateChild("web");
        network.run(SECOND / 2);
        network.release();
        settle();
    }

    // Our own rekeying of what an operator terminates meanwhile.
    //
    //   CREATE_CHILD_SA [ N(REKEY_SA web) .. ] -->
    //                                 <-- CREATE_CHILD_SA [ SA(a) .. ]
    //   INFORMATIONAL [ D(web) ], then [ D(a) ] -->
    @ParameterizedTest
    @ValueSource(longs = {57, 58, 59, 60})
    void shouldDeleteTheNewChildTooWhenItIsTerminatedWhileWeRekeyIt(long seed) {
        up(seed);
        moon.rekeyChild("web");
        network.run(SECOND / 1000);
        moon.terminate(Optional.empty(), Optional.of("web"), seed > 58);
        settle();
    }

    // Section 2.25.1: both delete the same SA; neither answers with a Delete payload.
    //
    //   INFORMATIONAL [ D(mail) ]     -->
    //                                 <-- INFORMATIONAL [ D(mail) ]
    //   INFORMATIONAL [ ]             -->
    //                                 <-- INFORMATIONAL [ ]
    @ParameterizedTest
    @ValueSource(longs = {61, 62})
    void shouldAnswerWithoutADeletePayloadWhenBothDeleteTheSameChild(long seed) {
        up(seed);
        pair.up("mail");
        moon.terminateChild("mail");
        sun.terminateChild("mail");
        settle("web");
        for (SimHost host : List.of(moon, sun)) {
            assertThat(host.events())
                    .noneMatch(event ->
                            event instanceof EngineEvent.Trace trace
                                    && trace.message().startsWith("sending INFORMATIONAL response")
                                    && trace.message().contains(" D"));
        }
    }

    // Section 2.8.2: both rekey the IKE SA. The children go to the IKE SA that stays.
    //
    //   CREATE_CHILD_SA [ SA(IKE a) No1 KE ] -->
    //                                 <-- CREATE_CHILD_SA [ SA(IKE b) No2 KE ]
    //   CREATE_CHILD_SA [ SA No4 KE ] -->
    //                                 <-- CREATE_CHILD_SA [ SA No3 KE ]
    //   INFORMATIONAL [ D(IKE) ] on a -->     redundant: deleted by who made it
    //                                 <-- INFORMATIONAL [ D(IKE) ] on the old one
    @ParameterizedTest
    @ValueSource(longs = {71, 72, 73, 74, 75, 76, 77, 78})
    void shouldKeepOneOfTwoIkeSasWithAllChildrenWhenBothRekeyItAtOnce(long seed) {
        up(seed);
        pair.up("mail");
        moon.rekeyIke("net", false);
        sun.rekeyIke("net", false);
        network.run(SECOND);
        assertThat(moon.established()).hasSize(1);
        assertThat(sun.established()).hasSize(1);
        settle("web", "mail");
        assertThat(moon.counter("ike_child_sas_established")).isEqualTo(2);
    }

    // Section 2.8.2, the request of one side is lost: only moon notices.
    //
    //   CREATE_CHILD_SA [ SA(IKE) .. ] --x
    //                                 <-- CREATE_CHILD_SA [ SA(IKE) .. ]
    //   CREATE_CHILD_SA [ SA .. ]     -->
    //                                 <-- INFORMATIONAL [ D(IKE) ] on the old one
    //   INFORMATIONAL [ ]             -->
    @ParameterizedTest
    @ValueSource(longs = {81, 82, 83, 84})
    void shouldForgetOurIkeRekeyingWhenItsRequestIsLostAndThePeerRekeys(long seed) {
        up(seed);
        network.drop(3, from(moon, "CREATE_CHILD_SA request"));
        moon.rekeyIke("net", false);
        sun.rekeyIke("net", false);
        settle("web");
        assertThat(moon.established().getFirst().initiator()).isFalse();
    }

    // The same, but the request arrives while the peer deletes the old IKE SA.
    //
    //   CREATE_CHILD_SA [ SA(IKE) .. ] --...
    //                                 <-- CREATE_CHILD_SA [ SA(IKE) .. ]
    //   CREATE_CHILD_SA [ SA .. ]     -->
    //                             x-- INFORMATIONAL [ D(IKE) ] on the old one
    //                             ...--> CREATE_CHILD_SA [ SA(IKE) .. ]
    //                                 <-- CREATE_CHILD_SA [ N(TEMPORARY_FAILURE) ]
    @ParameterizedTest
    @ValueSource(longs = {85, 86, 87, 88})
    void shouldForgetOurIkeRekeyingWhenThePeerRefusesBecauseItHasRekeyed(long seed) {
        up(seed);
        network.hold(from(moon, "CREATE_CHILD_SA request"));
        network.drop(1, from(sun, "INFORMATIONAL request"));
        moon.rekeyIke("net", false);
        sun.rekeyIke("net", false);
        network.run(SECOND / 2);
        network.release();
        settle("web");
        assertThat(moon.established().getFirst().initiator()).isFalse();
    }

    // Both notice, but moon's response is late: if moon's IKE SA stays, moon deletes the old one
    // before sun knows; if sun's stays, moon deletes its own, which has sun's children, before
    // sun knows.
    //
    //   CREATE_CHILD_SA [ SA(IKE a) .. ] -->
    //                                 <-- CREATE_CHILD_SA [ SA(IKE b) .. ]
    //                                 <-- CREATE_CHILD_SA [ SA .. ]
    //   CREATE_CHILD_SA [ SA .. ]     --x
    //   INFORMATIONAL [ D(IKE) ]      -->     on the old one, or on a
    //                                 <-- CREATE_CHILD_SA [ SA(IKE b) .. ]   again
    //   CREATE_CHILD_SA [ SA .. ]     -->     again
    @ParameterizedTest
    @ValueSource(longs = {91, 92, 93, 94, 95, 96, 97, 98})
    void shouldAgreeOnTheSameIkeSaWhenOneSideLearnsTheOutcomeLate(long seed) {
        up(seed);
        pair.up("mail");
        network.drop(1, from(moon, "CREATE_CHILD_SA response"));
        moon.rekeyIke("net", false);
        sun.rekeyIke("net", false);
        runUnderTraffic(4 * SECOND);
        assertThat(moon.dataplane().unknownSpi() + sun.dataplane().unknownSpi()).isZero();
        settle("web", "mail");
        assertThat(moon.counter("ike_child_sas_established")).isEqualTo(2);
    }

    // Both requests are lost at first, then both responses.
    @ParameterizedTest
    @ValueSource(longs = {101, 102, 103, 104})
    void shouldAgreeOnTheSameIkeSaWhenBothResponsesAreLost(long seed) {
        up(seed);
        network.drop(2, packet -> packet.kind().startsWith("CREATE_CHILD_SA request"));
        network.drop(2, packet -> packet.kind().startsWith("CREATE_CHILD_SA response"));
        moon.rekeyIke("net", false);
        sun.rekeyIke("net", false);
        settle("web");
    }

    // Section 2.25.2: one rekeys the IKE SA, the other a child of it.
    //
    //   CREATE_CHILD_SA [ SA(IKE) .. ] -->
    //                                 <-- CREATE_CHILD_SA [ N(REKEY_SA web) .. ]
    //   CREATE_CHILD_SA [ N(TEMPORARY_FAILURE) ] -->
    //                                 <-- CREATE_CHILD_SA [ N(TEMPORARY_FAILURE) ]
    //   after a while, one after the other
    @ParameterizedTest
    @ValueSource(longs = {111, 112, 113, 114})
    void shouldRekeyBothWhenOneRekeysTheIkeSaAndTheOtherAChild(long seed) {
        up(seed);
        EngineSnapshot.IkeSa before = sun.established().getFirst();
        moon.rekeyIke("net", false);
        sun.rekeyChild("web");
        settle("web");
        EngineSnapshot.IkeSa after = sun.established().getFirst();
        assertThat(after.initiatorSpi()).isNotEqualTo(before.initiatorSpi());
        assertThat(after.children().getFirst().spiIn())
                .isNotEqualTo(before.children().getFirst().spiIn());
    }

    // Section 2.25.2: one rekeys the IKE SA, the other creates a child on it.
    //
    //   CREATE_CHILD_SA [ SA(IKE) .. ] -->
    //                                 <-- CREATE_CHILD_SA [ SA TSi TSr .. ] (mail)
    //   CREATE_CHILD_SA [ N(TEMPORARY_FAILURE) ] -->
    //                                 <-- CREATE_CHILD_SA [ N(TEMPORARY_FAILURE) ]
    @ParameterizedTest
    @ValueSource(longs = {121, 122, 123, 124})
    void shouldDoBothWhenOneRekeysTheIkeSaAndTheOtherCreatesAChild(long seed) {
        up(seed);
        long before = moon.established().getFirst().initiatorSpi();
        moon.rekeyIke("net", false);
        long command = sun.initiate("net", "mail");
        settle("web", "mail");
        assertThat(sun.errorOf(command)).isEmpty();
        assertThat(moon.established().getFirst().initiatorSpi()).isNotEqualTo(before);
    }

    // The peer rekeys a child whose creation has not ended here, because the response is late.
    //
    //   CREATE_CHILD_SA [ SA TSi TSr .. ] (mail) -->
    //                             ...-- CREATE_CHILD_SA [ SA(a) .. ]
    //                                 <-- CREATE_CHILD_SA [ N(REKEY_SA a) .. ]
    //   CREATE_CHILD_SA [ N(TEMPORARY_FAILURE) ] -->
    //                                 <--... CREATE_CHILD_SA [ SA(a) .. ]
    @ParameterizedTest
    @ValueSource(longs = {125, 126})
    void shouldNotMakeASecondChildWhenThePeerRekeysWhatWeAreCreating(long seed) {
        up(seed);
        network.hold(from(sun, "CREATE_CHILD_SA response"));
        moon.initiate("net", "mail");
        network.run(SECOND / 2);
        sun.rekeyChild("mail");
        network.run(SECOND / 2);
        network.release();
        settle("web", "mail");
    }

    // Section 2.25.2: a child is deleted while the IKE SA is rekeyed.
    //
    //   CREATE_CHILD_SA [ SA(IKE) .. ] -->
    //                                 <-- INFORMATIONAL [ D(web) ]
    //   INFORMATIONAL [ D(web) ]      -->
    //                                 <-- CREATE_CHILD_SA [ N(TEMPORARY_FAILURE) ]
    @ParameterizedTest
    @ValueSource(longs = {131, 132})
    void shouldDeleteTheChildWhenTheOtherRekeysTheIkeSa(long seed) {
        up(seed);
        pair.up("mail");
        moon.rekeyIke("net", false);
        sun.terminateChild("web");
        settle("mail");
    }

    // Section 2.25.2: the IKE SA is deleted while the other side rekeys it.
    //
    //   CREATE_CHILD_SA [ SA(IKE) .. ] -->
    //                                 <-- INFORMATIONAL [ D(IKE) ]
    //                                 <-- CREATE_CHILD_SA [ N(TEMPORARY_FAILURE) ]
    //   INFORMATIONAL [ ]             -->
    @ParameterizedTest
    @ValueSource(longs = {141, 142})
    void shouldEndTheIkeSaWhenThePeerDeletesItWhileWeRekeyIt(long seed) {
        up(seed);
        moon.rekeyIke("net", false);
        sun.terminate("net");
        network.run(60 * SECOND);
        assertThat(moon.heldEntries() + sun.heldEntries()).isZero();
    }

    // An operator ends the connection while both sides rekey its IKE SA.
    @ParameterizedTest
    @ValueSource(longs = {143, 144, 145, 146})
    void shouldEndEverythingWhenItIsTerminatedWhileBothRekeyTheIkeSa(long seed) {
        up(seed);
        moon.rekeyIke("net", false);
        sun.rekeyIke("net", false);
        network.run(SECOND / 140);
        long command = moon.terminate("net");
        network.await("terminated", () -> moon.isDone(command), 20 * SECOND);
        network.run(60 * SECOND);
        assertThat(moon.heldEntries() + sun.heldEntries()).isZero();
        assertThat(moon.dataplane().pairs()).isEmpty();
        assertThat(sun.dataplane().pairs()).isEmpty();
    }

    // All at once: the child, then the IKE SA, from both sides, with everything delayed.
    @ParameterizedTest
    @ValueSource(longs = {151, 152, 153, 154})
    void shouldConvergeWhenBothSidesRekeyEverythingAtOnce(long seed) {
        up(seed);
        pair.up("mail");
        network.setCryptoDelayNs(80_000_000L);
        for (SimHost host : List.of(moon, sun)) {
            host.rekeyChild("web");
            host.rekeyIke("net", false);
            host.rekeyChild("mail");
        }
        runUnderTraffic(5 * SECOND);
        settle("web", "mail");
    }

    // Section 2.8.2, where moon's key exchange takes longer than sun's: sun knows first which of
    // the
    // two stays, and deletes the old IKE SA while moon is still computing what it is to delete.
    //
    //   CREATE_CHILD_SA [ SA(a) .. ]  -->
    //                                 <-- CREATE_CHILD_SA [ SA(b) .. ]
    //   CREATE_CHILD_SA [ SA(b) .. ]  -->
    //                                 <-- CREATE_CHILD_SA [ SA(a) .. ]
    //                                 <-- INFORMATIONAL [ D(IKE) ]      b stays
    //   INFORMATIONAL [ ]             -->
    //   INFORMATIONAL [ D ] in a      -->                               redundant
    //                                 <-- INFORMATIONAL [ ]
    @ParameterizedTest
    @ValueSource(longs = {171, 174, 175, 188, 191, 199, 200, 201, 203, 205, 207})
    void shouldDeleteItsRedundantIkeSaWhenThePeerDeletesTheOldOneFirst(long seed) {
        up(seed);
        network.setCryptoDelayNs(200_000_000L);
        moon.rekeyIke("net", false);
        sun.rekeyIke("net", false);
        network.run(2 * SECOND);
        assertThat(moon.snapshot().ikeSas()).hasSize(1);
        assertThat(sun.snapshot().ikeSas()).hasSize(1);
        settle("web");
    }

    // The peer's packet on the new SA shows that it has the response, before any deletion comes.
    //
    //   CREATE_CHILD_SA [ N(REKEY_SA web) .. ] -->
    //                                 <-- CREATE_CHILD_SA [ SA(a) .. ]
    //   ESP(a)                        -->         sun sends on a from now on
    //   INFORMATIONAL [ D(web) ]      --...
    @ParameterizedTest
    @ValueSource(longs = {161, 162})
    void shouldSendOnTheNewChildWhenThePeerUsesItBeforeItDeletesTheOld(long seed) {
        up(seed);
        network.hold(from(moon, "INFORMATIONAL request"));
        moon.rekeyChild("web");
        network.run(SECOND / 10);
        int newSpi = moon.established().getFirst().children().getLast().spiIn();
        network.capture();
        sun.dataplane().send("web");
        assertThat(network.captured()).noneMatch(packet -> espSpi(packet) == newSpi);
        moon.dataplane().send("web");
        network.run(2 * SECOND);
        network.capture();
        sun.dataplane().send("web");
        assertThat(network.captured()).anyMatch(packet -> espSpi(packet) == newSpi);
        // Both inbound SAs live until the deletion.
        assertThat(sun.dataplane().pairs()).hasSize(2);
        network.release();
        settle("web");
    }

    private static int espSpi(SimPacket packet) {
        return packet.esp() ? java.nio.ByteBuffer.wrap(packet.payload()).getInt() : 0;
    }
}
