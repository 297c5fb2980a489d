package dev.culvert.ike.testkit.sim;

import static dev.culvert.ike.testkit.sim.SimConfigs.ip;
import static dev.culvert.ike.testkit.sim.SimConfigs.secret;
import static dev.culvert.ike.testkit.sim.SimPair.SECOND;
import static dev.culvert.ike.testkit.sim.SimPair.moonChild;
import static dev.culvert.ike.testkit.sim.SimPair.sunChild;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineEvent.PathStep;
import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.exchange.Exchanges;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.testkit.sim.SimConfigs.Connection;
import dev.culvert.ike.wire.Bytes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What MOBIKE checks (RFC 4555): that the peer returns COOKIE2, and, where the peer wants it, that
 * no NAT is on the path.
 */
class MobikeChecksTest {
    private static final InetAddress FIRST = ip("198.51.100.1");
    private static final InetAddress THIRD = ip("203.0.113.99");
    private static final InetAddress SECOND_HOME = ip("203.0.113.1");
    private static final InetAddress SUN = ip("198.51.100.2");
    private static final InetAddress OTHER_SUN = ip("192.0.2.2");

    private final SimPair pair = new SimPair(1, Weather.FAIR);
    private final SimHost moon = pair.moon();
    private final SimHost sun = pair.sun();
    private final SimNetwork network = pair.network();

    private void up(AddressSpec whereMoonMayBe) {
        sun.configure(
                new Connection()
                        .remote(whereMoonMayBe)
                        .ids("sun.example", "moon.example")
                        .child(sunChild("web").build())
                        .with(secret("x")));
        moon.configure(
                new Connection()
                        .remote("198.51.100.2")
                        .ids("moon.example", "sun.example")
                        .child(moonChild("web").build())
                        .with(secret("x")));
        pair.up("web");
    }

    private void up() {
        up(new AddressSpec.Any(true, true));
    }

    /** An INFORMATIONAL request of a test's own; keeps the answer. */
    private static final class Asking implements Exchange {
        private final Session session;
        private final List<Payload> request;
        private final List<Payload> answers;

        Asking(Session session, List<Payload> request, List<Payload> answers) {
            this.session = session;
            this.request = request;
            this.answers = answers;
        }

        @Override
        public String name() {
            return "TEST";
        }

        @Override
        public int priority() {
            return 0;
        }

        @Override
        public void start() {
            session.sendRequest(ExchangeType.INFORMATIONAL, request);
        }

        @Override
        public void onResponse(List<Payload> payloads) {
            answers.addAll(payloads);
            Exchanges.finish(session, this);
        }

        @Override
        public void onAbandoned(String reason) {
            // the test sees that no answer came
        }
    }

    private List<Payload> ask(Payload... request) {
        List<Payload> answers = new ArrayList<>();
        moon.misbehave(session ->
                Exchanges.enqueue(session, new Asking(session, List.of(request), answers)));
        network.run(SECOND / 5);
        return answers;
    }

    /** Both addresses and both ports, 4500 (section 4.2.6). */
    private static Payload noNats(InetAddress source, InetAddress destination) {
        return Payload.Notify.of(
                NotifyType.NO_NATS_ALLOWED,
                Bytes.ofHex(
                        Bytes.of(source.getAddress()).toHex()
                                + Bytes.of(destination.getAddress()).toHex()
                                + "11941194"));
    }

    private static boolean has(List<Payload> payloads, NotifyType type) {
        return Payload.notify(payloads, type).isPresent();
    }

    /** Sends from another address of moon's that sun does not use yet. */
    private void sendFromSecondHome() {
        moon.move(FIRST, SECOND_HOME);
        network.run(SECOND);
        moon.misbehave(session ->
                session.setPath(
                        session.path()
                                .withAddresses(
                                        new InetSocketAddress(SECOND_HOME, 4500),
                                        session.path().remote())));
    }

    private InetAddress peerOfSun() {
        return sun.established().getFirst().remote().getAddress();
    }

    // Section 3.9; moon believes that it sends from A.
    //
    //   B: INFORMATIONAL [ N(UPDATE_SA_ADDRESSES) N(NO_NATS_ALLOWED: A) ] -->
    //                                       <-- INFORMATIONAL [ N(UNEXPECTED_NAT_DETECTED) ]
    @Test
    void shouldRefuseToMoveWhenThereIsANatThatThePeerDoesNotAllow() {
        up();
        sendFromSecondHome();
        List<Payload> answer =
                ask(Payload.Notify.of(NotifyType.UPDATE_SA_ADDRESSES), noNats(FIRST, SUN));
        assertThat(has(answer, NotifyType.UNEXPECTED_NAT_DETECTED)).isTrue();
        assertThat(sun.pathChanges(PathStep.REFUSED)).isEqualTo(1);
        assertThat(peerOfSun()).isEqualTo(FIRST);
    }

    @Test
    void shouldMoveWhenThePeerAllowsNoNatAndThereIsNone() {
        up();
        sendFromSecondHome();
        List<Payload> answer =
                ask(Payload.Notify.of(NotifyType.UPDATE_SA_ADDRESSES), noNats(SECOND_HOME, SUN));
        assertThat(has(answer, NotifyType.UNEXPECTED_NAT_DETECTED)).isFalse();
        network.run(SECOND);
        assertThat(peerOfSun()).isEqualTo(SECOND_HOME);
        assertThat(sun.dataplane().remoteOf("web").orElseThrow().getAddress())
                .isEqualTo(SECOND_HOME);
    }

    @Test
    void shouldTakeNoListOfAddressesWhenThereIsANatThatThePeerDoesNotAllow() {
        up();
        Payload list =
                Payload.Notify.of(
                        NotifyType.ADDITIONAL_IP4_ADDRESS, Bytes.of(SECOND_HOME.getAddress()));
        assertThat(has(ask(list, noNats(THIRD, SUN)), NotifyType.UNEXPECTED_NAT_DETECTED)).isTrue();
        assertThat(sun.established().getFirst().peerAddresses()).isEmpty();
        assertThat(has(ask(list, noNats(FIRST, SUN)), NotifyType.UNEXPECTED_NAT_DETECTED))
                .isFalse();
        assertThat(sun.established().getFirst().peerAddresses()).hasToString("[203.0.113.1]");
    }

    // The side that began is told the same of its update: it tries another path.
    //
    //   B: INFORMATIONAL [ N(UPDATE_SA_ADDRESSES) .. ] -->
    //                                       <-- INFORMATIONAL [ N(UNEXPECTED_NAT_DETECTED) ]
    //   A: INFORMATIONAL [ N(UPDATE_SA_ADDRESSES) .. ] -->
    @Test
    void shouldTryAnotherPathWhenThePeerSaysThatThereIsANat() {
        up();
        network.hold(packet -> packet.source().getAddress().equals(SUN));
        moon.move(SECOND_HOME, FIRST);
        network.run(SECOND / 5);
        answerInstead(moon, Payload.Notify.of(NotifyType.UNEXPECTED_NAT_DETECTED));
        assertThat(moon.pathChanges(PathStep.REFUSED)).isEqualTo(1);
        assertThat(moon.established().getFirst().local().getAddress()).isEqualTo(FIRST);
    }

    // Section 3.7: "If the values do not match, the IKE_SA MUST be closed", in both roles.
    //
    //   B: INFORMATIONAL [ N(UPDATE_SA_ADDRESSES) .. ] -->
    //                                       <-- INFORMATIONAL [ .. ]
    //                                       <-- INFORMATIONAL [ N(COOKIE2) ]
    //   B: INFORMATIONAL [ N(COOKIE2: another one, too short, or none) ] -->
    //                                       <-- INFORMATIONAL [ D ]
    @ParameterizedTest
    @ValueSource(ints = {16, 7, 65, 0})
    void shouldEndTheIkeSaWhenTheInitiatorReturnsAnotherCookie(int cookieBytes) {
        up();
        network.hold(packet ->
                packet.source().getAddress().equals(SECOND_HOME)
                        && packet.kind().startsWith("INFORMATIONAL response"));
        moon.move(SECOND_HOME);
        network.run(SECOND / 5);
        answerInstead(sun, cookie(cookieBytes));
        expectEndOnBothSides(sun);
    }

    // The same of the side that began, which asks where it has not heard from the peer's address.
    // Sun keeps moon at A.
    //
    //   B: INFORMATIONAL [ N(UPDATE_SA_ADDRESSES) .. ] --> C
    //                                     C <-- INFORMATIONAL [ N(UNACCEPTABLE_ADDRESSES) ]
    //   B: INFORMATIONAL [ N(COOKIE2) N(UPDATE_SA_ADDRESSES) .. ] --> D
    //                                     D <-- INFORMATIONAL [ N(COOKIE2: wrong) .. ]
    @ParameterizedTest
    @ValueSource(ints = {16, 7, 65, 0})
    void shouldEndTheIkeSaWhenTheResponderReturnsAnotherCookie(int cookieBytes) {
        sun.move(SUN, OTHER_SUN);
        up(new AddressSpec.Single(FIRST));
        network.hold(packet -> packet.source().getAddress().equals(OTHER_SUN));
        moon.move(SECOND_HOME);
        network.run(SECOND / 5);
        assertThat(network.heldNow()).isNotEmpty();
        answerInstead(moon, cookie(cookieBytes));
        expectEndOnBothSides(moon);
    }

    private static Payload cookie(int lengthBytes) {
        return lengthBytes == 0
                ? Payload.Notify.of(NotifyType.NAT_DETECTION_SOURCE_IP, Bytes.of(new byte[20]))
                : Payload.Notify.of(NotifyType.COOKIE2, Bytes.of(new byte[lengthBytes]));
    }

    /** Has a host take this as the answer that it waits for. */
    private void answerInstead(SimHost host, Payload... answer) {
        host.misbehave(session -> {
            session.requestAnswered();
            session.queue().active().orElseThrow().onResponse(List.of(answer));
        });
    }

    private void expectEndOnBothSides(SimHost judge) {
        assertThat(judge.established()).isEmpty();
        assertThat(judge.events())
                .filteredOn(EngineEvent.IkeDown.class::isInstance)
                .extracting(event -> ((EngineEvent.IkeDown) event).reason())
                .containsExactly("the peer returned another COOKIE2");
        network.run(SECOND);
        for (SimHost host : List.of(moon, sun)) {
            assertThat(host.established()).isEmpty();
            assertThat(host.dataplane().pairs()).isEmpty();
        }
    }
}
