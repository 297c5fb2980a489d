package dev.culvert.ike.ts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class NarrowingTest {
    @Test
    void shouldNarrowToWhatBothAllow() {
        assertThat(Narrowing.narrow(list("0.0.0.0/0"), list("10.2.0.0/16", "10.1.0.0/16[tcp]")))
                .hasToString("[10.2.0.0/16, 10.1.0.0/16[tcp]]");
        assertThat(
                        Narrowing.narrow(
                                list("10.0.0.0/16", "2001:db8::/32"), list("10.0.1.0/24", "::/0")))
                .hasToString("[10.0.1.0/24, 2001:db8::/32]");
        assertThat(Narrowing.narrow(list("10.0.0.0/16"), list("10.1.0.0/16"))).isEmpty();
        assertThat(Narrowing.narrow(List.of(), list("10.1.0.0/16"))).isEmpty();
    }

    @Test
    void shouldKeepNoSelectorThatAnotherContains() {
        assertThat(
                        Narrowing.narrow(
                                list("10.0.0.1", "10.0.0.0/24", "10.0.0.0/25"), list("10.0.0.0/8")))
                .hasToString("[10.0.0.0/24]");
        assertThat(
                        Narrowing.narrow(
                                list("10.0.0.0/24"), list("10.0.0.0/8", "10.0.0.0/8", "0.0.0.0/0")))
                .hasToString("[10.0.0.0/24]");
    }

    @Test
    void shouldPutThePartOfTheTriggeringPacketFirst() {
        assertThat(
                        Narrowing.narrow(
                                list("10.3.0.7[tcp/80]", "10.0.0.0/8"),
                                list("10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16")))
                .hasToString("[10.3.0.0/16, 10.1.0.0/16, 10.2.0.0/16]");
        // It is not allowed: the rest keeps its order.
        assertThat(
                        Narrowing.narrow(
                                list("10.9.0.7", "10.0.0.0/8"), list("10.1.0.0/16", "10.2.0.0/16")))
                .hasToString("[10.1.0.0/16, 10.2.0.0/16]");
    }

    @Test
    void shouldStopAtWhatAPayloadCarries() {
        List<TrafficSelector> many = new ArrayList<>();
        for (int i = 0; i < 255; i++) {
            many.add(TrafficSelector.host(IpAddress.v4(2 * i)));
        }
        List<TrafficSelector> ports = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            ports.add(new TrafficSelector(6, i, i, IpAddress.v4(0), IpAddress.v4(1000)));
        }
        assertThat(Narrowing.narrow(many, ports)).hasSize(255);
    }

    @Test
    void shouldSeeWhenSeveralCoverOneTogether() {
        assertThat(Narrowing.covers(list("10.0.0.0/25", "10.0.0.128/25"), list("10.0.0.0/24")))
                .isTrue();
        assertThat(
                        Narrowing.covers(
                                list("10.0.0.0/25", "10.0.0.129-10.0.0.255"), list("10.0.0.0/24")))
                .isFalse();
        assertThat(
                        Narrowing.covers(
                                list("10.0.0.0/24[tcp]", "10.0.0.0/24[udp]"), list("10.0.0.0/24")))
                .isFalse();
        assertThat(Narrowing.isAcceptableAnswer(list("10.0.0.0/24"), List.of())).isFalse();
        assertThat(Narrowing.isAcceptableAnswer(list("10.0.0.0/24"), list("10.0.0.0/25[tcp/80]")))
                .isTrue();
        assertThat(Narrowing.isAcceptableAnswer(list("10.0.0.0/24"), list("10.0.0.0/23")))
                .isFalse();
    }

    /**
     * Against plain sets of packets, over a world of 8 addresses, 3 protocols and 4 ports, of which
     * the last cannot be seen.
     */
    @Test
    void shouldAgreeWithSetsOfPackets() {
        SplittableRandom random = new SplittableRandom(42);
        int notEmpty = 0;
        int covered = 0;
        for (int i = 0; i < 6_000; i++) {
            TrafficSelector one = randomSelector(random);
            TrafficSelector other = randomSelector(random);
            Set<Packet> common = packets(List.of(one));
            common.retainAll(packets(List.of(other)));
            assertThat(one.intersect(other).map(s -> packets(List.of(s))).orElse(Set.of()))
                    .as("%s and %s", one, other)
                    .isEqualTo(common);
            assertThat(one.contains(other))
                    .as("%s contains %s", one, other)
                    .isEqualTo(packets(List.of(one)).containsAll(packets(List.of(other))));

            List<TrafficSelector> offered = randomList(random);
            List<TrafficSelector> allowed = randomList(random);
            List<TrafficSelector> narrowed = Narrowing.narrow(offered, allowed);
            Set<Packet> both = packets(offered);
            both.retainAll(packets(allowed));
            assertThat(packets(narrowed)).as("%s against %s", offered, allowed).isEqualTo(both);
            notEmpty += both.isEmpty() ? 0 : 1;
            boolean covers = packets(allowed).containsAll(packets(offered));
            assertThat(Narrowing.covers(allowed, offered))
                    .as("%s over %s", allowed, offered)
                    .isEqualTo(covers);
            covered += covers ? 1 : 0;
            assertThat(
                            offered.isEmpty()
                                    || narrowed.isEmpty()
                                    || Narrowing.isAcceptableAnswer(offered, narrowed))
                    .isTrue();
        }
        assertThat(notEmpty).isGreaterThan(100);
        assertThat(covered).isGreaterThan(100);
    }

    @Test
    void shouldSplitIntoNetworksThatAddUp() {
        SplittableRandom random = new SplittableRandom(43);
        for (int i = 0; i < 1_000; i++) {
            int low = random.nextInt(64);
            int high = low + random.nextInt(64);
            TrafficSelector selector =
                    new TrafficSelector(0, 0, 65535, IpAddress.v4(low), IpAddress.v4(high));
            List<Integer> covered = new ArrayList<>();
            for (IpPrefix prefix : selector.toPrefixes()) {
                int first = (int) prefix.address().low();
                for (int a = first; a < first + (1 << (32 - prefix.prefixBits())); a++) {
                    covered.add(a);
                }
            }
            assertThat(covered)
                    .hasSize(high - low + 1)
                    .startsWith(low)
                    .endsWith(high)
                    .isSorted()
                    .doesNotHaveDuplicates();
        }
    }

    private record Packet(int address, int protocol, int port) {}

    private static final int[] PROTOCOLS = {6, 17, 99};
    private static final int UNSEEN = -1;
    private static final int[] PORTS = {0, 40, 80, 1000, 65535, UNSEEN};

    private static Set<Packet> packets(List<TrafficSelector> selectors) {
        Set<Packet> packets = new HashSet<>();
        for (TrafficSelector selector : selectors) {
            for (int address = 0; address < 8; address++) {
                for (int protocol : PROTOCOLS) {
                    for (int port : PORTS) {
                        if (isIn(selector, address, protocol, port)) {
                            packets.add(new Packet(address, protocol, port));
                        }
                    }
                }
            }
        }
        return packets;
    }

    private static boolean isIn(TrafficSelector selector, int address, int protocol, int port) {
        boolean any = selector.startPort() == 0 && selector.endPort() == 65535;
        boolean opaque = selector.startPort() == 65535 && selector.endPort() == 0;
        boolean portFits =
                port == UNSEEN
                        ? any || opaque
                        : !opaque && selector.startPort() <= port && port <= selector.endPort();
        return selector.start().low() <= address
                && address <= selector.end().low()
                && (selector.protocol() == 0 || selector.protocol() == protocol)
                && portFits;
    }

    private static List<TrafficSelector> randomList(SplittableRandom random) {
        List<TrafficSelector> selectors = new ArrayList<>();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            selectors.add(randomSelector(random));
        }
        return selectors;
    }

    /**
     * The world has a port in every gap between the limits of these ranges, so that it tells all of
     * them apart.
     */
    private static TrafficSelector randomSelector(SplittableRandom random) {
        int low = random.nextInt(8);
        int high = low + random.nextInt(8 - low);
        int protocol = random.nextInt(3) == 0 ? PROTOCOLS[random.nextInt(2)] : 0;
        int[][] ranges = {
            {0, 65535},
            {0, 65535},
            {0, 65535},
            {65535, 0},
            {0, 0},
            {80, 80},
            {0, 80},
            {80, 65535},
            {65535, 65535}
        };
        int[] ports = ranges[random.nextInt(ranges.length)];
        return new TrafficSelector(
                protocol, ports[0], ports[1], IpAddress.v4(low), IpAddress.v4(high));
    }

    private static List<TrafficSelector> list(String... texts) {
        return List.of(texts).stream().map(t -> TrafficSelector.parse(t).orThrow()).toList();
    }
}
