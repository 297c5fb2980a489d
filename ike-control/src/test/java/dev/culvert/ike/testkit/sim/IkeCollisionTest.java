package dev.culvert.ike.testkit.sim;

import static dev.culvert.ike.testkit.sim.SimPair.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both sides rekey or delete the IKE SA (RFC 7296 sections 2.8.2 and 2.25.2). */
class IkeCollisionTest extends CollisionPair {
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
}
