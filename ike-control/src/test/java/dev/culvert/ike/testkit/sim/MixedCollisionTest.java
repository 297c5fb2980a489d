package dev.culvert.ike.testkit.sim;

import static dev.culvert.ike.testkit.sim.SimPair.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.EngineSnapshot;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One side rekeys the IKE SA, the other does something with a child (RFC 7296 section 2.25.2). */
class MixedCollisionTest extends CollisionPair {
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
}
