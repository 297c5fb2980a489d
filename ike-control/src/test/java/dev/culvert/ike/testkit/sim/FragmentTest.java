package dev.culvert.ike.testkit.sim;

import static dev.culvert.ike.testkit.sim.SimConfigs.secret;
import static dev.culvert.ike.testkit.sim.SimPair.SECOND;
import static dev.culvert.ike.testkit.sim.SimPair.moonConnection;
import static dev.culvert.ike.testkit.sim.SimPair.sunConnection;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.config.ConnectionConfig.Fragmentation;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.testkit.sim.SimConfigs.Child;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that are larger than the path carries (RFC 7383). */
class FragmentTest {
    /** What a path of 1280 and of 576 bytes leaves for an IKE message with its marker. */
    private static final int WIDE_BYTES = 1280 - 32;

    private static final int NARROW_BYTES = 576 - 32;

    // moon                                          sun
    //   IKE_AUTH [ SKF 1/3 ] [ SKF 2/3 ] [ SKF 3/3 ] -->
    //          <-- IKE_AUTH [ SKF 1/3 ] [ SKF 2/3 ] [ SKF 3/3 ]
    @Test
    void shouldSendFragmentsWhenAMessageIsLargerThanAllowed() {
        SimPair pair = large(1, path(WIDE_BYTES), 100).up("web");
        assertThat(pair.moon().counter("ike_fragments_sent")).isEqualTo(3);
        assertThat(pair.sun().counter("ike_messages_reassembled")).isEqualTo(1);
        assertThat(pair.moon().counter("ike_messages_reassembled")).isEqualTo(1);
        assertThat(pair.moon().counter("ike_requests_retransmitted")).isZero();
    }

    @Test
    void shouldSendSmallMessagesWhole() {
        SimPair pair = new SimPair(2, path(WIDE_BYTES)).usual().up("web");
        assertThat(pair.moon().counter("ike_fragments_sent")).isZero();
        assertThat(pair.sun().counter("ike_fragments_sent")).isZero();
    }

    // moon                                          sun
    //   IKE_AUTH [ SKF 1/3 ] … (1280 bytes) three times --X
    //   IKE_AUTH [ SKF 1/7 ] … (576 bytes)            -->
    //          <-- IKE_AUTH [ SKF 1/7 ] … (no larger than the request)
    @Test
    void shouldCutSmallerWhenThePathIsNarrowerThanThought() {
        SimPair pair = large(3, path(NARROW_BYTES), 100);
        pair.network().capture();
        pair.up("web");
        assertThat(pair.moon().counter("ike_messages_cut_smaller")).isEqualTo(1);
        assertThat(pair.moon().counter("ike_requests_retransmitted")).isEqualTo(3);
        assertThat(pair.sun().counter("ike_messages_cut_smaller")).isZero();
        assertThat(sizes(pair.network().captured(), pair.sun()))
                .isNotEmpty()
                .allMatch(bytes -> bytes <= NARROW_BYTES);
        assertThat(pair.network().nowNs()).as("within seconds").isLessThan(8 * SECOND);
    }

    @Test
    void shouldFragmentAMessageThatWasSentWholeWhenNoAnswerComes() {
        SimPair pair = large(4, path(NARROW_BYTES), 20);
        pair.up("web");
        assertThat(pair.moon().counter("ike_messages_cut_smaller")).isEqualTo(1);
        assertThat(pair.sun().counter("ike_messages_reassembled")).isEqualTo(1);
    }

    // Only the way back is narrow.
    // moon                                          sun
    //   IKE_AUTH [ SKF 1/3 ] …                        -->
    //                        X-- IKE_AUTH [ SKF 1/3 ] …
    //   IKE_AUTH [ SKF 1/3 ] … (again)                -->
    //                        <-- IKE_AUTH [ SKF 1/7 ] …
    @Test
    void shouldCutTheResponseSmallerWhenThePeerAsksAgainAndAgain() {
        SimPair pair = large(5, path(WIDE_BYTES), 100);
        pair.network()
                .drop(
                        1000,
                        packet ->
                                packet.source().getAddress().equals(pair.sun().address())
                                        && packet.payload().length > NARROW_BYTES);
        pair.up("web");
        assertThat(pair.sun().counter("ike_messages_cut_smaller")).isEqualTo(1);
        assertThat(pair.sun().counter("ike_ike_sas_established")).isEqualTo(1);
    }

    // moon                                          sun
    //   IKE_AUTH [ SKF 1/3 ] [ SKF 2/3 ] [ SKF 3/3 ] -->
    //                        X-- IKE_AUTH [ SKF 1/3 ]   (the others arrive)
    //   IKE_AUTH [ SKF 1/3 ] [ SKF 2/3 ] [ SKF 3/3 ] --> (the first one is answered)
    //                        <-- IKE_AUTH [ SKF 1/3 ] [ SKF 2/3 ] [ SKF 3/3 ]
    @Test
    void shouldAnswerARetransmissionOnceHoweverManyFragmentsItHas() {
        SimPair pair = large(6, path(WIDE_BYTES), 100);
        pair.network()
                .drop(
                        1,
                        packet ->
                                packet.kind().equals("IKE_AUTH response 1")
                                        && packet.payload().length > NARROW_BYTES);
        pair.up("web");
        assertThat(pair.sun().counter("ike_responses_retransmitted")).isEqualTo(1);
        assertThat(pair.sun().counter("ike_dropped_fragment_answered")).isEqualTo(2);
        assertThat(
                        pair.moon().counter("ike_dropped_fragment_duplicate")
                                + pair.moon().counter("ike_dropped_unexpected_response"))
                .as("two fragments came twice")
                .isEqualTo(2);
    }

    @Test
    void shouldTakeManySmallFragments() {
        EngineSettings small = withSize(576);
        SimPair pair =
                large(new SimPair(7, path(NARROW_BYTES), small, small), 250, Fragmentation.YES)
                        .up("web");
        assertThat(pair.moon().counter("ike_fragments_sent")).isGreaterThan(16);
        assertThat(pair.sun().counter("ike_fragments_sent")).isGreaterThan(16);
        assertThat(pair.moon().counter("ike_requests_retransmitted")).isZero();
    }

    @Test
    void shouldUseTheSizeOfTheFamilyWhenNoneIsSet() {
        SimPair pair =
                large(
                        new SimPair(8, path(NARROW_BYTES), withSize(0), withSize(0)),
                        100,
                        Fragmentation.YES);
        pair.up("web");
        assertThat(pair.moon().counter("ike_requests_retransmitted")).isZero();
    }

    @Test
    void shouldSendWholeMessagesWhenOneSideTakesNoFragments() {
        SimPair pair = large(new SimPair(9, Weather.FAIR), 100, Fragmentation.NO).up("web");
        assertThat(pair.moon().counter("ike_fragments_sent")).isZero();
        assertThat(pair.sun().counter("ike_fragments_sent")).isZero();
    }

    @Test
    void shouldTakeFragmentsButSendNoneWhenSetToAccept() {
        SimPair pair = large(new SimPair(10, Weather.FAIR), 100, Fragmentation.ACCEPT).up("web");
        assertThat(pair.moon().counter("ike_fragments_sent")).isEqualTo(3);
        assertThat(pair.sun().counter("ike_messages_reassembled")).isEqualTo(1);
        assertThat(pair.sun().counter("ike_fragments_sent")).isZero();
    }

    @Test
    void shouldFragmentAfterTheIkeSaWasRekeyed() {
        SimPair pair = new SimPair(11, path(WIDE_BYTES));
        pair.sun().configure(sunConnection().child(child(100, "10.2.", "10.1.")).with(secret("x")));
        pair.moon()
                .configure(
                        moonConnection()
                                .rekey(new dev.culvert.ike.config.Lifetime(20 * SECOND, 0, 0))
                                .child(child(100, "10.1.", "10.2."))
                                .with(secret("x")));
        pair.up("web");
        pair.network().run(30 * SECOND);
        long before = pair.moon().counter("ike_fragments_sent");
        long command = pair.moon().terminateChild("web");
        pair.network().await("down", () -> pair.moon().isDone(command), 10 * SECOND);
        pair.up("web");
        assertThat(pair.moon().counter("ike_fragments_sent")).isEqualTo(before + 3);
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24, 25, 26, 27, 28})
    void shouldPutTogetherWhatComesOutOfOrderTwiceAndChanged(long seed) {
        Weather mixed = new Weather(20, 300, 300, 60, 1_000_000, 300_000_000, WIDE_BYTES + 20);
        SimPair pair = large(seed, mixed, 200);
        long command = pair.moon().initiate("net", "web");
        pair.network().await("web", () -> pair.moon().isDone(command), 120 * SECOND);
        pair.network().setWeather(Weather.FAIR);
        pair.network().run(5 * SECOND);
        if (pair.moon().errorOf(command).isEmpty()) {
            pair.network().checkConverged(pair.moon(), pair.sun());
        }
    }

    @Test
    void shouldDropMessagesOfTooManyFragments() {
        EngineSettings strict =
                SimConfigs.settings()
                        .withFragments(new EngineSettings.Fragments(1280, 2, 65_536, 30 * SECOND));
        SimPair pair =
                large(
                        new SimPair(31, path(WIDE_BYTES), SimConfigs.settings(), strict),
                        100,
                        Fragmentation.YES);
        pair.moon().initiate("net", "web");
        pair.network().run(SECOND / 2);
        assertThat(pair.sun().counter("ike_dropped_fragment_limit")).isEqualTo(3);
        assertThat(pair.sun().counter("ike_fragments_received")).isZero();
    }

    @Test
    void shouldDropMessagesOfTooManyBytes() {
        EngineSettings strict =
                SimConfigs.settings()
                        .withFragments(new EngineSettings.Fragments(1280, 256, 2000, 30 * SECOND));
        SimPair pair =
                large(
                        new SimPair(32, path(WIDE_BYTES), SimConfigs.settings(), strict),
                        100,
                        Fragmentation.YES);
        pair.moon().initiate("net", "web");
        pair.network().run(SECOND / 2);
        assertThat(pair.sun().counter("ike_dropped_fragment_limit")).isEqualTo(2);
        assertThat(pair.sun().established()).isEmpty();
    }

    @Test
    void shouldForgetFragmentsWhenTheOthersDoNotCome() {
        EngineSettings hasty =
                SimConfigs.settings()
                        .withFragments(new EngineSettings.Fragments(1280, 256, 65_536, SECOND / 2));
        SimPair pair =
                large(
                        new SimPair(33, path(WIDE_BYTES), SimConfigs.settings(), hasty),
                        100,
                        Fragmentation.YES);
        // The last fragment is the shortest one.
        pair.network()
                .drop(
                        1,
                        packet ->
                                packet.kind().equals("IKE_AUTH request 1")
                                        && packet.payload().length < 1100);
        pair.up("web");
        assertThat(pair.sun().counter("ike_dropped_fragment_timeout")).isEqualTo(2);
        assertThat(pair.sun().counter("ike_messages_reassembled")).isEqualTo(1);
    }

    private static Weather path(int mtuBytes) {
        return Weather.FAIR.withMtuBytes(mtuBytes);
    }

    private static EngineSettings withSize(int sizeBytes) {
        EngineSettings.Fragments defaults = EngineSettings.Fragments.defaults();
        return SimConfigs.settings()
                .withFragments(
                        new EngineSettings.Fragments(
                                sizeBytes,
                                defaults.countLimit(),
                                defaults.bytesLimit(),
                                defaults.timeoutNs()));
    }

    private static SimPair large(long seed, Weather weather, int selectors) {
        return large(new SimPair(seed, weather), selectors, Fragmentation.YES);
    }

    /** Two sides with that many selectors of 16 bytes each, and what sun does about fragments. */
    private static SimPair large(SimPair pair, int selectors, Fragmentation ofSun) {
        pair.sun()
                .configure(
                        sunConnection()
                                .fragmentation(ofSun)
                                .child(child(selectors, "10.2.", "10.1."))
                                .with(secret("x")));
        pair.moon()
                .configure(
                        moonConnection()
                                .child(child(selectors, "10.1.", "10.2."))
                                .with(secret("x")));
        return pair;
    }

    private static dev.culvert.ike.config.ChildConfig child(
            int selectors, String ours, String theirs) {
        return new Child("web").ts(nets(ours, selectors), nets(theirs, selectors)).build();
    }

    /** Networks with gaps in between, so that they are not joined. */
    static String nets(String prefix, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> prefix + i + ".0/25")
                .collect(Collectors.joining(","));
    }

    private static List<Integer> sizes(List<SimPacket> packets, SimHost from) {
        return packets.stream()
                .filter(packet -> packet.source().getAddress().equals(from.address()))
                .map(packet -> packet.payload().length)
                .toList();
    }
}
