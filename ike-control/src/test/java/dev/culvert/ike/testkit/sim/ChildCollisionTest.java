package dev.culvert.ike.testkit.sim;

import static dev.culvert.ike.testkit.sim.SimPair.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.EngineEvent;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both sides rekey, create or delete a child SA (RFC 7296 sections 2.8.1 and 2.25.1). */
class ChildCollisionTest extends CollisionPair {
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
