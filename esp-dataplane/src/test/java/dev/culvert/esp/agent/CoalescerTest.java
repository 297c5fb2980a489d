package dev.culvert.esp.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneEvent;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.Offload;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.SegmentingTun;
import dev.culvert.esp.testing.TrafficMix;
import dev.culvert.esp.testing.TransportPacket;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CoalescerTest {

    private static final int EINVAL = 22;
    private static final int EIO = 5;
    private static final int FIN = 0x01;
    private static final int PSH = 0x08;
    private static final int ACK = 0x10;

    private final SegmentingTun tun = new SegmentingTun();
    private final CoalescerRig rig = new CoalescerRig(tun);

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldWriteOneSuperPacketWhenTcpSegmentsFollowEachOther(boolean ipv6) {
        final List<TransportPacket> packets = run(first(true, ipv6, 1348), 40);

        rig.offer(packets.toArray(TransportPacket[]::new));

        final List<byte[]> writes = tun.takeWrites();
        assertThat(writes).hasSize(1);
        assertCutsInto(packets, writes);
        assertThat(rig.counters.get(Counter.SUPER_PACKETS)).isEqualTo(1);
        assertThat(rig.counters.get(Counter.TUN_PACKETS)).isEqualTo(40);
        assertThat(rig.counters.get(Counter.TUN_BYTES))
                .isEqualTo(packets.stream().mapToLong(packet -> packet.bytes().length).sum());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldWriteOneSuperPacketWhenUdpDatagramsFollowEachOther(boolean ipv6) {
        final List<TransportPacket> packets = run(first(false, ipv6, 1200), 20);

        rig.offer(packets.toArray(TransportPacket[]::new));

        final List<byte[]> writes = tun.takeWrites();
        assertThat(writes).hasSize(1);
        assertCutsInto(packets, writes);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, PSH, FIN, PSH | FIN})
    void shouldEndTheSuperPacketWhenASegmentIsShorterOrPushed(int lastFlags) {
        final List<TransportPacket> packets = run(first(true, false, 1000), 5);
        final TransportPacket last = packets.getLast();
        last.flags = ACK | lastFlags;
        last.payload = Packets.data(lastFlags == 0 ? 999 : 1000);
        packets.addAll(run(last.next(), 3).stream().peek(one -> one.flags = ACK).toList());

        rig.offer(packets.toArray(TransportPacket[]::new));

        final List<byte[]> writes = tun.takeWrites();
        assertThat(writes).hasSize(2);
        assertThat(SegmentingTun.cut(writes.getFirst())).hasSize(5);
        assertCutsInto(packets, writes);
    }

    /** Changes to the second of three packets after which it is not to follow the first. */
    static Stream<Arguments> differences() {
        return Stream.of(
                difference("TOS: DSCP", one -> one.tos = 0x20),
                difference("TOS: congestion experienced", one -> one.tos = 3),
                difference("TTL", one -> one.ttl--),
                difference("payload longer", one -> one.payload = Packets.data(1001)),
                tcp("window", one -> one.window++),
                tcp("acknowledgment", one -> one.acknowledgment++),
                tcp("sequence: gap", one -> one.sequence++),
                tcp("sequence: overlap", one -> one.sequence--),
                tcp("sequence: far away", one -> one.sequence += 0x8000_0000),
                tcp("options: other value", one -> one.tcpOptions[11]++),
                tcp("options: none", one -> one.tcpOptions = new byte[0]),
                tcp("urgent pointer", one -> one.urgent = 1),
                tcp("reserved bits", one -> one.reserved = 2),
                tcp("AE", one -> one.reserved = 1),
                tcp("CWR", one -> one.flags |= 0x80),
                tcp("ECE", one -> one.flags |= 0x40),
                tcp("URG", one -> one.flags |= 0x20),
                tcp("RST", one -> one.flags |= 0x04),
                tcp("SYN", one -> one.flags |= 0x02),
                tcp("no ACK", one -> one.flags = 0),
                tcp("no payload", one -> one.payload = new byte[0]),
                ipv4("DF", one -> one.dontFragment = false),
                ipv4("reserved fragment bit", one -> one.fragmentField = 0x8000),
                ipv4("first fragment", one -> one.fragmentField = 0x2000),
                ipv4("later fragment", one -> one.fragmentField = 0x2001),
                ipv4("identification: gap", one -> one.identification++),
                ipv4("options", one -> one.ipOptions = new byte[] {1, 1, 1, 1}),
                ipv6("flow label", one -> one.flowLabel++),
                Arguments.of(
                        "no checksum",
                        false,
                        false,
                        change(one -> {
                            one.withoutChecksum = true;
                        })));
    }

    @ParameterizedTest(name = "{0}, TCP {1}, IPv6 {2}")
    @MethodSource("differences")
    void shouldKeepApartWhenPacketsDiffer(
            String name, boolean tcp, boolean ipv6, Consumer<TransportPacket> change) {
        final List<TransportPacket> packets = run(first(tcp, ipv6, 1000), 3);
        change.accept(packets.get(1));

        rig.offer(packets.toArray(TransportPacket[]::new));

        final List<byte[]> writes = tun.takeWrites();
        assertThat(SegmentingTun.isSuper(writes.getFirst())).as(name).isFalse();
        assertCutsInto(packets, writes);
    }

    private static Arguments difference(String name, Consumer<TransportPacket> change) {
        return Arguments.of(name, name.length() % 2 == 0, name.length() % 3 == 0, change);
    }

    private static Arguments tcp(String name, Consumer<TransportPacket> change) {
        return Arguments.of(name, true, name.length() % 2 == 0, change);
    }

    private static Arguments ipv4(String name, Consumer<TransportPacket> change) {
        return Arguments.of(name, name.length() % 2 == 0, false, change);
    }

    private static Arguments ipv6(String name, Consumer<TransportPacket> change) {
        return Arguments.of(name, true, true, change);
    }

    private static Consumer<TransportPacket> change(Consumer<TransportPacket> change) {
        return change;
    }

    @Test
    void shouldNeverBeginWithAPacketThatEndsOrHasSpecialFlags() {
        for (final int flags : new int[] {ACK | PSH, ACK | FIN, 0x02, 0x04 | ACK, ACK | 0x80}) {
            final TransportPacket head = first(true, false, 500);
            head.flags = flags;
            final TransportPacket second = head.next();
            second.flags = ACK;
            rig.offer(head, second);
            assertThat(tun.takeWrites()).as("flags %x", flags).hasSize(2);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void shouldLeaveDamagedPacketsAsTheyAreWhenTheirNeighboursAreJoined(int damaged) {
        for (final boolean tcp : new boolean[] {true, false}) {
            for (final boolean header : new boolean[] {true, false}) {
                final List<byte[]> packets =
                        new ArrayList<>(
                                run(first(tcp, false, 700), 5).stream()
                                        .map(TransportPacket::bytes)
                                        .toList());
                // The identification is covered by the header's checksum only.
                packets.get(damaged)[header ? 10 : 300] ^= 0x40;
                rig.offer(packets);
                final List<byte[]> writes = tun.takeWrites();
                assertThat(CoalescerRig.cut(writes)).containsExactlyElementsOf(packets);
                assertThat(writes)
                        .filteredOn(write -> !SegmentingTun.isSuper(write))
                        .contains(withEmptyHeader(packets.get(damaged)));
                assertThat(writes).anyMatch(SegmentingTun::isSuper);
            }
        }
    }

    @Test
    void shouldJoinWhenTheIdentificationNeverChangesAndMeansNothing() {
        final List<TransportPacket> packets = run(first(true, false, 1000), 5);
        packets.forEach(one -> one.identification = 0);
        rig.offer(packets.toArray(TransportPacket[]::new));
        assertThat(tun.takeWrites()).hasSize(1);

        packets.forEach(one -> one.dontFragment = false);
        rig.offer(packets.toArray(TransportPacket[]::new));
        assertThat(tun.takeWrites()).hasSize(5);
    }

    @Test
    void shouldJoinWhenIdentificationAndSequenceWrapAround() {
        final TransportPacket first = first(true, false, 1000);
        first.identification = 0xFFFE;
        first.sequence = -1500;
        final List<TransportPacket> packets = run(first, 5);
        rig.offer(packets.toArray(TransportPacket[]::new));
        final List<byte[]> writes = tun.takeWrites();
        assertThat(writes).hasSize(1);
        assertCutsInto(packets, writes);
    }

    @Test
    void shouldStopAtTheLargestPacketWhenSegmentsAreLarge() {
        final List<TransportPacket> packets = run(first(true, true, 9000), 30);
        rig.offer(packets.toArray(TransportPacket[]::new));
        final List<byte[]> writes = tun.takeWrites();
        assertThat(writes).hasSize(5);
        assertThat(writes).allMatch(write -> write.length <= 10 + 65535);
        assertCutsInto(packets, writes);
    }

    @Test
    void shouldStopAtTheMostSegmentsWhenTheyAreSmall() {
        final List<TransportPacket> packets = run(first(false, false, 1), 130);
        rig.offer(packets.toArray(TransportPacket[]::new));
        final List<byte[]> writes = tun.takeWrites();
        assertThat(writes).hasSize(3);
        assertCutsInto(packets, writes);
    }

    @Test
    void shouldJoinEachFlowWhenSeveralAlternate() {
        final List<TransportPacket> packets = new ArrayList<>();
        for (int port = 0; port < 6; port++) {
            final TransportPacket first = first(port % 3 != 0, port % 2 == 0, 1000);
            first.sourcePort = 1000 + port;
            packets.addAll(run(first, 10));
        }
        packets.sort((a, b) -> Integer.compare(a.sequence, b.sequence));
        rig.offer(packets.toArray(TransportPacket[]::new));
        assertThat(tun.takeWrites()).hasSize(6);
    }

    @Test
    void shouldKeepTheOrderWhenAnAcknowledgmentOrAFragmentComesBetween() {
        final List<TransportPacket> packets = run(first(true, false, 1000), 2);
        final TransportPacket other = packets.getLast().next();
        other.fragmentField = 0x2001;
        packets.add(other);
        rig.offer(packets.toArray(TransportPacket[]::new));
        final List<byte[]> writes = tun.takeWrites();
        assertThat(writes).hasSize(2);
        assertCutsInto(packets, writes);
    }

    @Test
    void shouldWriteSinglyAndRememberWhenTheKernelRefusesShorterTails() {
        tun.refuse(write ->
                SegmentingTun.isSuper(write) && SegmentingTun.cut(write).getLast().length < 1000
                        ? EINVAL
                        : 0);
        final List<TransportPacket> packets = run(first(true, false, 1000), 4);
        packets.getLast().payload = Packets.data(10);
        rig.offer(packets.toArray(TransportPacket[]::new));
        assertThat(tun.takeWrites()).hasSize(4).noneMatch(SegmentingTun::isSuper);
        assertThat(rig.events()).hasSize(1);

        rig.offer(packets.toArray(TransportPacket[]::new));
        final List<byte[]> writes = tun.takeWrites();
        assertThat(writes).hasSize(2);
        assertCutsInto(packets, writes);
        assertThat(rig.events()).isEmpty();
        assertThat(rig.offloads.status(Offload.TUN_GRO).inUse()).isTrue();
        assertThat(rig.offloads.status(Offload.TUN_GRO).reason()).contains("shorter last part");
    }

    @Test
    void shouldWriteSinglyAndRememberWhenTheKernelRefusesAKind() {
        tun.refuse(write -> SegmentingTun.isSuper(write) && write[1] == 5 ? EINVAL : 0);
        final List<TransportPacket> udp = run(first(false, false, 1000), 4);
        rig.offer(udp.toArray(TransportPacket[]::new));
        assertCutsInto(udp, tun.takeWrites());
        rig.offer(udp.toArray(TransportPacket[]::new));
        assertThat(tun.takeWrites()).hasSize(4);
        rig.offer(run(first(true, false, 1000), 4).toArray(TransportPacket[]::new));
        assertThat(tun.takeWrites()).hasSize(1);
        assertThat(rig.offloads.status(Offload.TUN_GRO).reason()).contains("UDP");
        assertThat(rig.events())
                .singleElement()
                .isEqualTo(new DataplaneEvent.OffloadReduced(rig.offloads.status(Offload.TUN_GRO)));
    }

    @Test
    void shouldGiveUpAltogetherWhenTheKernelRefusesTcpOfBothFamilies() {
        tun.refuse(write -> SegmentingTun.isSuper(write) ? EINVAL : 0);
        for (final boolean ipv6 : new boolean[] {false, true}) {
            final List<TransportPacket> packets = run(first(true, ipv6, 1000), 4);
            rig.offer(packets.toArray(TransportPacket[]::new));
            assertCutsInto(packets, tun.takeWrites());
        }
        assertThat(rig.offloads.isInUse(Offload.TUN_GRO)).isFalse();
        assertThat(rig.counters.droppedTotal()).isZero();
    }

    @Test
    void shouldCountEachPacketAsDroppedWhenTheInterfaceIsDown() {
        tun.refuse(write -> EIO);
        rig.offer(run(first(true, false, 1000), 4).toArray(TransportPacket[]::new));
        assertThat(rig.counters.dropped(DropReason.TUN_WRITE_FAILED)).isEqualTo(4);
        assertThat(rig.offloads.status(Offload.TUN_GRO).reason()).isEmpty();
    }

    private static TransportPacket first(boolean tcp, boolean ipv6, int payloadBytes) {
        final TransportPacket packet =
                tcp ? TransportPacket.tcp(payloadBytes) : TransportPacket.udp(payloadBytes);
        return ipv6 ? packet.overIpv6() : packet;
    }

    private static List<TransportPacket> run(TransportPacket first, int count) {
        final List<TransportPacket> packets = new ArrayList<>(List.of(first));
        while (packets.size() < count) {
            packets.add(packets.getLast().next());
        }
        return packets;
    }

    private static void assertCutsInto(List<TransportPacket> packets, List<byte[]> writes) {
        assertThat(CoalescerRig.cut(writes).stream().map(TrafficMix::normal))
                .containsExactlyElementsOf(
                        packets.stream()
                                .map(TransportPacket::bytes)
                                .map(TrafficMix::normal)
                                .toList());
    }

    private static byte[] withEmptyHeader(byte[] packet) {
        final byte[] write = new byte[10 + packet.length];
        System.arraycopy(packet, 0, write, 10, packet.length);
        return write;
    }
}
