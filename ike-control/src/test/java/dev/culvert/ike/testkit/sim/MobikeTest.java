package dev.culvert.ike.testkit.sim;

import static dev.culvert.ike.testkit.sim.SimConfigs.ip;
import static dev.culvert.ike.testkit.sim.SimConfigs.secret;
import static dev.culvert.ike.testkit.sim.SimPair.SECOND;
import static dev.culvert.ike.testkit.sim.SimPair.moonChild;
import static dev.culvert.ike.testkit.sim.SimPair.sunChild;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.EngineEvent.PathStep;
import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.testkit.sim.SimConfigs.Connection;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Peers that move (RFC 4555). In the traces moon, which began, is on the left; {@code --x} is a
 * message that gets lost, {@code --...} one that is held back until {@code ...-->}; {@code A:} is
 * the address that moon sends from.
 */
class MobikeTest {
    private static final InetAddress FIRST = ip("198.51.100.1");
    private static final InetAddress SECOND_HOME = ip("203.0.113.1");
    private static final InetAddress THIRD = ip("203.0.113.99");
    private static final InetAddress SUN = ip("198.51.100.2");
    private static final InetAddress OTHER_SUN = ip("192.0.2.2");

    private SimPair pair = new SimPair(1, Weather.FAIR);
    private SimHost moon = pair.moon();
    private SimHost sun = pair.sun();
    private SimNetwork network = pair.network();

    private static Connection moonConnection() {
        return new Connection().remote("198.51.100.2").ids("moon.example", "sun.example");
    }

    private static Connection sunConnection() {
        return new Connection()
                .remote(new AddressSpec.Any(true, true))
                .ids("sun.example", "moon.example");
    }

    private void up(Connection ofMoon, Connection ofSun) {
        sun.configure(ofSun.child(sunChild("web").build()).with(secret("x")));
        moon.configure(ofMoon.child(moonChild("web").build()).with(secret("x")));
        pair.up("web");
    }

    private void up() {
        up(moonConnection(), sunConnection());
    }

    private void up(long seed) {
        pair = new SimPair(seed, Weather.FAIR);
        moon = pair.moon();
        sun = pair.sun();
        network = pair.network();
        up();
    }

    private static Predicate<SimPacket> from(SimHost host, String kind) {
        return packet ->
                host.addresses().contains(packet.source().getAddress())
                        && packet.kind().startsWith(kind);
    }

    private EngineSnapshot.IkeSa ofMoon() {
        return moon.established().getFirst();
    }

    private EngineSnapshot.IkeSa ofSun() {
        return sun.established().getFirst();
    }

    /** Both sides use this pair of addresses, for IKE and for the child. */
    private void assertPath(InetAddress moonAddress, InetAddress sunAddress) {
        assertThat(ofMoon().local().getAddress()).isEqualTo(moonAddress);
        assertThat(ofMoon().remote().getAddress()).isEqualTo(sunAddress);
        assertThat(ofSun().local().getAddress()).isEqualTo(sunAddress);
        assertThat(ofSun().remote().getAddress()).isEqualTo(moonAddress);
        assertThat(moon.dataplane().remoteOf("web").orElseThrow().getAddress())
                .isEqualTo(sunAddress);
        assertThat(sun.dataplane().remoteOf("web").orElseThrow().getAddress())
                .isEqualTo(moonAddress);
        network.checkConverged(moon, sun);
    }

    @AfterEach
    void noAlarms() {
        for (SimHost host : List.of(moon, sun)) {
            assertThat(host.alerts(AlertType.INTERNAL_ERROR)).isEmpty();
            assertThat(host.alerts(AlertType.RETRANSMIT_SEND_TIMEOUT)).isEmpty();
        }
    }

    @Test
    void shouldAgreeOnlyWhenBothWantIt() {
        up();
        assertThat(ofMoon().mobike()).isTrue();
        assertThat(ofSun().mobike()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNotAgreeWhenOneSideDoesNotWantIt(boolean moonWants) {
        up(moonConnection().mobike(moonWants), sunConnection().mobike(!moonWants));
        assertThat(ofMoon().mobike()).isFalse();
        assertThat(ofSun().mobike()).isFalse();
    }

    // Section 3.5, with the check of section 3.7.
    //
    //   B: INFORMATIONAL [ N(UPDATE_SA_ADDRESSES) N(NATD_S) N(NATD_D) N(NO_ADDITIONAL) ] -->
    //                                              <-- INFORMATIONAL [ N(NATD_S) N(NATD_D) ]
    //                                              <-- INFORMATIONAL [ N(COOKIE2) ]      to B
    //   B: INFORMATIONAL [ N(COOKIE2) ] -->        sun's child SA sends to B from now on
    @Test
    void shouldMoveAllSasInPlaceWhenTheInitiatorsAddressChanges() {
        up();
        Set<List<Integer>> spis = moon.dataplane().pairs();
        moon.move(SECOND_HOME);
        network.run(SECOND);
        assertPath(SECOND_HOME, SUN);
        assertThat(moon.dataplane().pairs()).isEqualTo(spis);
        assertThat(moon.pathMessages(PathStep.SWITCHED))
                .containsExactly(
                        "moved to path 203.0.113.1[4500] - 198.51.100.2[4500],"
                                + " was 198.51.100.1[4500] - 198.51.100.2[4500]");
        assertThat(moon.pathChanges(PathStep.UPDATE)).isEqualTo(1);
        assertThat(moon.pathChanges(PathStep.CONFIRMED)).isEqualTo(1);
        assertThat(sun.pathChanges(PathStep.UPDATE)).isEqualTo(1);
        assertThat(sun.pathChanges(PathStep.SWITCHED)).isEqualTo(1);
    }

    //   B: INFORMATIONAL [ N(UPDATE_SA_ADDRESSES) .. ] -->
    //                                              <-- INFORMATIONAL [ .. ]
    //                                              <-- INFORMATIONAL [ N(COOKIE2) ]
    //   B: INFORMATIONAL [ N(COOKIE2) ] --...      not yet: sun's child SA stays with A
    //                                   ...-->     and goes to B
    @Test
    void shouldSendNoTrafficToANewAddressBeforeThePeerIsKnownToBeThere() {
        up();
        network.hold(from(moon, "INFORMATIONAL response"));
        moon.move(SECOND_HOME);
        network.run(SECOND);
        assertThat(ofSun().remote().getAddress()).isEqualTo(SECOND_HOME);
        assertThat(sun.dataplane().remoteOf("web").orElseThrow().getAddress()).isEqualTo(FIRST);
        network.release();
        network.run(SECOND);
        assertPath(SECOND_HOME, SUN);
    }

    @Test
    void shouldSwitchAtOnceWhenThePeersWordIsEnough() {
        pair =
                new SimPair(
                        1,
                        Weather.FAIR,
                        SimConfigs.settings(),
                        SimConfigs.settings().withReturnRoutability(false));
        moon = pair.moon();
        sun = pair.sun();
        network = pair.network();
        up();
        network.hold(from(sun, "INFORMATIONAL"));
        moon.move(SECOND_HOME);
        network.run(SECOND / 10);
        assertThat(sun.dataplane().remoteOf("web").orElseThrow().getAddress())
                .isEqualTo(SECOND_HOME);
        network.release();
        network.run(SECOND);
        assertPath(SECOND_HOME, SUN);
    }

    // Section 3.5: what waits for its answer goes over the new path; the update comes after it.
    //
    //   A: CREATE_CHILD_SA 2 [ N(REKEY_SA) .. ] --x
    //   B: CREATE_CHILD_SA 2 [ N(REKEY_SA) .. ] -->
    //                                              <-- CREATE_CHILD_SA 2 [ .. ]     to B
    //   B: INFORMATIONAL 3 [ N(UPDATE_SA_ADDRESSES) .. ] -->
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void shouldFinishAnExchangeOverTheNewPathBeforeTheUpdate(long seed) {
        up(seed);
        network.drop(1, from(moon, "CREATE_CHILD_SA request"));
        moon.rekeyChild("web");
        network.run(SECOND / 10);
        network.capture();
        moon.move(SECOND_HOME);
        network.run(3 * SECOND);
        List<SimPacket> sent =
                network.captured().stream()
                        .filter(p -> p.source().getAddress().equals(SECOND_HOME))
                        .filter(p -> p.kind().contains("request"))
                        .toList();
        assertThat(sent.getFirst().kind()).startsWith("CREATE_CHILD_SA request");
        assertThat(sent.get(1).kind()).startsWith("INFORMATIONAL request");
        assertPath(SECOND_HOME, SUN);
        assertThat(moon.dataplane().pairs()).hasSize(1);
    }

    // The peer's rekeying of the child crosses the update.
    //
    //                                              <-- CREATE_CHILD_SA [ N(REKEY_SA) .. ]  to A:
    // lost
    //   B: INFORMATIONAL [ N(UPDATE_SA_ADDRESSES) .. ] -->
    //                                              <-- INFORMATIONAL [ .. ]
    //                                              <-- CREATE_CHILD_SA [ N(REKEY_SA) .. ]  again,
    // to B
    //   B: CREATE_CHILD_SA [ .. ] -->
    //                                              <-- INFORMATIONAL [ N(COOKIE2) ]
    @ParameterizedTest
    @ValueSource(longs = {5, 6, 7, 8})
    void shouldMoveWhenThePeersChildRekeyingCrossesTheUpdate(long seed) {
        up(seed);
        sun.rekeyChild("web");
        moon.move(SECOND_HOME);
        network.run(10 * SECOND);
        assertPath(SECOND_HOME, SUN);
        assertThat(moon.dataplane().pairs()).hasSize(1);
        assertThat(sun.snapshot().ikeSas()).hasSize(1);
    }

    // The peer's rekeying of the IKE SA crosses the update; its successor inherits the new path.
    //
    //                                              <-- CREATE_CHILD_SA [ SA Ni KEi ]      to A:
    // lost
    //   B: INFORMATIONAL [ N(UPDATE_SA_ADDRESSES) .. ] -->
    //                                              <-- CREATE_CHILD_SA [ SA Ni KEi ]      again, to
    // B
    //   B: CREATE_CHILD_SA [ SA Nr KEr ] -->
    //                                              <-- INFORMATIONAL [ D ]                the old
    // one
    @ParameterizedTest
    @ValueSource(longs = {9, 10, 11, 12})
    void shouldMoveWhenThePeersIkeRekeyingCrossesTheUpdate(long seed) {
        up(seed);
        long spi = ofMoon().initiatorSpi();
        sun.rekeyIke("net", false);
        moon.move(SECOND_HOME);
        network.run(15 * SECOND);
        assertThat(ofMoon().initiatorSpi()).isNotEqualTo(spi);
        assertPath(SECOND_HOME, SUN);
        assertThat(moon.snapshot().ikeSas()).hasSize(1);
        assertThat(sun.snapshot().ikeSas()).hasSize(1);
    }

    // Both rekey, the child or the IKE SA, and moon moves at the same time.
    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24, 25, 26, 27, 28})
    void shouldMoveWhenBothRekeyAtTheSameTime(long seed) {
        up(seed);
        if (seed % 2 == 0) {
            moon.rekeyIke("net", false);
            sun.rekeyIke("net", false);
        } else {
            moon.rekeyChild("web");
            sun.rekeyIke("net", false);
        }
        network.run(seed * SECOND / 1000);
        moon.move(SECOND_HOME);
        network.run(30 * SECOND);
        assertPath(SECOND_HOME, SUN);
        assertThat(moon.snapshot().ikeSas()).hasSize(1);
        assertThat(sun.snapshot().ikeSas()).hasSize(1);
        assertThat(moon.dataplane().pairs()).hasSize(1);
    }

    // Section 3.5: the answer to an update that is no longer true is ignored, and another one sent.
    //
    //   B: INFORMATIONAL 2 [ N(UPDATE_SA_ADDRESSES) .. ] -->
    //                                              <-- INFORMATIONAL 2 [ .. ]            to B: lost
    //   C: INFORMATIONAL 2 [ N(UPDATE_SA_ADDRESSES) .. ] -->     the same bytes
    //                                              <-- INFORMATIONAL 2 [ .. ]            to C
    //   C: INFORMATIONAL 3 [ N(UPDATE_SA_ADDRESSES) .. ] -->
    //                                              <-- INFORMATIONAL 3 [ .. ]
    @ParameterizedTest
    @ValueSource(ints = {0, 3, 6, 8, 20})
    void shouldSendANewUpdateWhenTheAddressChangesAgainBeforeTheAnswer(int milliseconds) {
        up();
        moon.move(SECOND_HOME);
        network.run(milliseconds * SECOND / 1000);
        moon.move(THIRD);
        network.run(5 * SECOND);
        assertPath(THIRD, SUN);
        assertThat(moon.pathChanges(PathStep.SWITCHED)).isEqualTo(2);
        assertThat(ofMoon().tasksQueued()).isEmpty();
        assertThat(ofSun().tasksActive()).isEmpty();
    }

    @Test
    void shouldComeBackWhenTheFirstAddressReturnsBeforeTheAnswer() {
        up();
        moon.move(SECOND_HOME);
        network.run(3 * SECOND / 1000);
        moon.move(FIRST);
        network.run(5 * SECOND);
        assertPath(FIRST, SUN);
    }

    @Test
    void shouldWaitWhenNoAddressIsLeftAndGoOnWhenOneComes() {
        up();
        moon.move();
        network.run(2 * SECOND);
        assertThat(moon.pathChanges(PathStep.LOST)).isEqualTo(1);
        moon.move(SECOND_HOME);
        network.run(SECOND);
        assertPath(SECOND_HOME, SUN);
    }

    // Sections 3.10 and 3.11: a request that goes unanswered is sent over the other paths, too.
    //
    //   A: INFORMATIONAL [ ] --x   (three times, the third time over all paths)
    //   B: INFORMATIONAL [ ] -->                     the same bytes
    //                                              <-- INFORMATIONAL [ ]                 to B
    //   B: INFORMATIONAL [ N(UPDATE_SA_ADDRESSES) .. ] -->
    @Test
    void shouldFindAnotherPathWhenTheOneInUseIsDead() {
        moon.move(FIRST, SECOND_HOME);
        up(moonConnection().dpdSeconds(5), sunConnection());
        assertThat(ofSun().peerAddresses()).hasToString("[203.0.113.1]");
        network.drop(
                Integer.MAX_VALUE,
                packet ->
                        packet.source().getAddress().equals(FIRST)
                                || packet.destination().getAddress().equals(FIRST));
        network.run(20 * SECOND);
        assertThat(moon.pathChanges(PathStep.PROBE)).isEqualTo(1);
        assertPath(SECOND_HOME, SUN);
    }

    @Test
    void shouldFindThePeersOtherAddressWhenTheOneInUseIsDead() {
        sun.move(SUN, OTHER_SUN);
        up(moonConnection().dpdSeconds(5), sunConnection());
        assertThat(ofMoon().peerAddresses()).hasToString("[192.0.2.2]");
        network.drop(
                Integer.MAX_VALUE,
                packet ->
                        packet.source().getAddress().equals(SUN)
                                || packet.destination().getAddress().equals(SUN));
        network.run(20 * SECOND);
        assertPath(FIRST, OTHER_SUN);
    }

    @Test
    void shouldNotLeaveAPathThatWorksWhenAPacketGetsLost() {
        moon.move(FIRST, SECOND_HOME);
        up(moonConnection().dpdSeconds(5), sunConnection());
        network.drop(1, from(moon, "INFORMATIONAL request"));
        network.run(30 * SECOND);
        assertPath(FIRST, SUN);
        assertThat(moon.pathChanges(PathStep.PROBE)).isZero();
    }

    // Section 3.5: moon tries the address that it left again.
    //
    //   B: INFORMATIONAL [ N(UPDATE_SA_ADDRESSES) .. ] -->
    //                                              <-- INFORMATIONAL [ N(UNACCEPTABLE_ADDRESSES) ]
    //   A: INFORMATIONAL [ N(UPDATE_SA_ADDRESSES) .. ] -->
    //                                              <-- INFORMATIONAL [ .. ]
    @Test
    void shouldTryAnotherAddressWhenThePeerAcceptsItNot() {
        up(moonConnection(), sunConnection().remote("198.51.100.1"));
        moon.move(SECOND_HOME, FIRST);
        network.run(SECOND);
        assertThat(sun.pathChanges(PathStep.REFUSED)).isEqualTo(1);
        assertThat(moon.pathChanges(PathStep.REFUSED)).isEqualTo(1);
        assertPath(FIRST, SUN);
    }

    @Test
    void shouldStayPutAtThePeerWhenNoAddressIsAcceptable() {
        up(moonConnection(), sunConnection().remote("198.51.100.1"));
        moon.move(SECOND_HOME);
        network.run(SECOND);
        assertThat(moon.pathChanges(PathStep.REFUSED)).isEqualTo(1);
        assertThat(ofSun().remote().getAddress()).isEqualTo(FIRST);
        moon.move(FIRST);
        network.run(SECOND);
        assertPath(FIRST, SUN);
    }

    // Section 3.6.
    //
    //   INFORMATIONAL [ N(ADDITIONAL_IP4_ADDRESS) ] -->
    //   INFORMATIONAL [ N(NO_ADDITIONAL_ADDRESSES) ] -->
    @Test
    void shouldTellItsOtherAddressesWhenTheyChange() {
        up();
        moon.move(FIRST, SECOND_HOME);
        network.run(SECOND);
        assertThat(ofSun().peerAddresses()).hasToString("[203.0.113.1]");
        moon.move(FIRST);
        network.run(SECOND);
        assertThat(ofSun().peerAddresses()).isEmpty();
        sun.move(SUN, OTHER_SUN);
        network.run(SECOND);
        assertThat(ofMoon().peerAddresses()).hasToString("[192.0.2.2]");
        assertPath(FIRST, SUN);
    }

    // Section 3.6: the side that did not begin has lost the address in use.
    //
    //                              A <-- INFORMATIONAL [ N(NO_ADDITIONAL_ADDRESSES) ]   from D
    //   A: INFORMATIONAL [ .. ] --> D
    //   A: INFORMATIONAL [ N(UPDATE_SA_ADDRESSES) .. ] --> D
    @Test
    void shouldGoWhereTheResponderIsWhenThatMoves() {
        up();
        sun.move(OTHER_SUN);
        network.run(2 * SECOND);
        assertPath(FIRST, OTHER_SUN);
    }

    @Test
    void shouldUseNoAddressesThatAreBehindTheTunnel() {
        InetAddress ofMoon = ip("10.1.0.1");
        InetAddress ofSun = ip("10.2.0.1");
        moon.move(FIRST, ofMoon);
        sun.move(SUN, ofSun);
        up();
        assertThat(ofMoon().peerAddresses()).isEmpty();
        assertThat(ofSun().peerAddresses()).isEmpty();
        assertPath(FIRST, SUN);
        moon.move(SECOND_HOME, ofMoon);
        network.run(5 * SECOND);
        assertPath(SECOND_HOME, SUN);
    }

    @Test
    void shouldMoveNowhereWhenTheRouteIsGoneForAMoment() {
        sun.move(SUN, OTHER_SUN);
        up();
        network.drop(Integer.MAX_VALUE, p -> p.destination().getAddress().equals(OTHER_SUN));
        moon.move();
        network.run(2 * SECOND);
        moon.move(SECOND_HOME);
        network.run(3 * SECOND);
        assertPath(SECOND_HOME, SUN);
    }

    @Test
    void shouldFollowNobodyByIkeMessagesThatAreNoUpdate() {
        moon.move(FIRST, SECOND_HOME);
        up(moonConnection(), sunConnection().dpdSeconds(3));
        network.capture();
        network.run(10 * SECOND);
        InetAddress before = ofSun().remote().getAddress();
        moon.rekeyChild("web");
        network.run(SECOND);
        assertThat(ofSun().remote().getAddress()).isEqualTo(before);
        assertPath(FIRST, SUN);
    }

    @Test
    void shouldKeepTheConfiguredAddressWhenAnotherOneComes() {
        up(moonConnection().local("198.51.100.1"), sunConnection());
        moon.move(SECOND_HOME, FIRST);
        network.run(SECOND);
        assertPath(FIRST, SUN);
        assertThat(moon.pathChanges(PathStep.SWITCHED)).isZero();
        assertThat(ofSun().peerAddresses()).isEmpty();
    }
}
