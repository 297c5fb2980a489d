package dev.culvert.esp.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneCommand.InstallOutboundSa;
import dev.culvert.esp.DataplaneCommand.InstallPolicy;
import dev.culvert.esp.DataplaneCommand.RemoveInboundSa;
import dev.culvert.esp.DataplaneCommand.RemoveOutboundSa;
import dev.culvert.esp.DataplaneCommand.UpdatePath;
import dev.culvert.esp.DataplaneEvent;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.Offload;
import dev.culvert.esp.Offloads;
import dev.culvert.esp.PolicyAction;
import dev.culvert.esp.SaPath;
import dev.culvert.esp.SaSelectors;
import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.testing.AgentRig;
import dev.culvert.esp.testing.FakePort;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.Sas;
import dev.culvert.esp.testing.Suites;
import dev.culvert.esp.testing.SuperPackets;
import dev.culvert.tun.VirtioNetHeader;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SAs of several agents, and packets that come to the wrong one. */
class SeveralAgentsTest {

    private static final int CHILDREN = 8;

    /** A child whose networks nobody else has. */
    private static Sas child(int number) {
        final Sas sas = new Sas();
        sas.childId = number;
        sas.spi = Sas.SPI + number;
        sas.keyMaterial = Suites.keyMaterial(sas.suite, sas.spi);
        sas.left = Sas.selectors("10.1." + number + ".0/24");
        sas.right = Sas.selectors("10.2." + number + ".0/24");
        return sas;
    }

    private static List<Sas> children() {
        final List<Sas> children = new ArrayList<>();
        for (int i = 0; i < CHILDREN; i++) {
            children.add(child(i));
        }
        return children;
    }

    /** From left to right; the packet's number is in its source port. */
    private static byte[] packet(int child, int number) {
        return Packets.udp(
                "10.1." + child + ".1",
                1000 + number,
                "10.2." + child + ".1",
                9,
                Packets.data(20 + number % 700));
    }

    private static AgentRig left(int agents) {
        return new AgentRig(Sas.LEFT, Sas.LEFT6, agents, builder -> builder);
    }

    private static AgentRig right(int agents) {
        return new AgentRig(Sas.RIGHT, Sas.RIGHT6, agents, builder -> builder);
    }

    private static long sequence(FakePort.Datagram datagram) {
        return EspLayout.sequenceLow(new UnsafeBuffer(datagram.bytes()), 0) & 0xFFFF_FFFFL;
    }

    private static int spi(FakePort.Datagram datagram) {
        return EspLayout.spi(new UnsafeBuffer(datagram.bytes()), 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void shouldLoseNothingAndKeepOrderWhenPacketsComeToAnyAgent(int agents) {
        final AgentRig left = left(agents);
        final AgentRig right = right(agents);
        final List<Sas> children = children();
        for (final Sas child : children) {
            right.apply(child.inbound());
            left.apply(child.outbound());
        }
        final Random random = new Random(7);
        final Map<Integer, List<byte[]>> given = new HashMap<>();
        // A child's packets all come to one queue in each round, as those of a flow do.
        for (int round = 0; round < 20; round++) {
            for (int child = 0; child < CHILDREN; child++) {
                final AgentRig.Pair reader = left.pair(random.nextInt(agents));
                for (int i = 0; i < 10; i++) {
                    final byte[] packet = packet(child, round * 10 + i);
                    reader.tun().give(packet);
                    given.computeIfAbsent(child, c -> new ArrayList<>()).add(packet);
                }
            }
            left.run();
            final Map<Integer, List<Long>> sequences = new HashMap<>();
            for (final FakePort.Datagram datagram : left.ipv4.take()) {
                sequences
                        .computeIfAbsent(spi(datagram), s -> new ArrayList<>())
                        .add(sequence(datagram));
                right.pair(random.nextInt(agents)).ipv4().give(datagram);
            }
            assertThat(sequences.values())
                    .hasSize(CHILDREN)
                    .allSatisfy(numbers -> assertThat(numbers).isSorted().hasSize(10));
            right.run();
        }
        final Map<Integer, List<byte[]>> arrived = new HashMap<>();
        for (final byte[] packet : right.tun.take()) {
            arrived.computeIfAbsent((int) packet[14], c -> new ArrayList<>()).add(packet);
        }
        for (int child = 0; child < CHILDREN; child++) {
            assertThat(arrived.get(child)).containsExactlyInAnyOrderElementsOf(given.get(child));
        }
        assertThat(left.drops()).isEmpty();
        assertThat(right.drops()).isEmpty();
        assertThat(left.faults).isEmpty();
        assertThat(right.faults).isEmpty();
        final long all = 20L * 10 * CHILDREN;
        assertThat(left.outCount(Counter.TUN_PACKETS)).isEqualTo(all);
        assertThat(left.outCount(Counter.DATAGRAMS)).isEqualTo(all);
        assertThat(right.inCount(Counter.DATAGRAMS)).isEqualTo(all);
        assertThat(right.inCount(Counter.TUN_PACKETS)).isEqualTo(all);
        if (agents == 1) {
            assertThat(left.outCount(Counter.HANDED_OVER)).isZero();
            assertThat(right.inCount(Counter.HANDED_OVER)).isZero();
        } else {
            assertThat(left.outCount(Counter.HANDED_OVER)).isBetween(all / 4, all);
            assertThat(right.inCount(Counter.HANDED_OVER)).isBetween(all / 4, all);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void shouldKeepOrderWhenAFlowComesToTheWrongAgent(int agents) {
        final AgentRig left = left(agents);
        final AgentRig right = right(agents);
        final Sas sas = child(0);
        right.apply(sas.inbound());
        left.apply(sas.outbound());
        for (int i = 0; i < 200; i++) {
            left.tun.give(packet(0, i));
        }
        left.run();
        left.ipv4.take().forEach(right.ipv4::give);
        right.run();
        final List<byte[]> arrived = right.tun.take();
        for (int i = 0; i < 200; i++) {
            assertThat(arrived.get(i)).isEqualTo(packet(0, i));
        }
        assertThat(left.outCount(Counter.HANDED_OVER)).isEqualTo(200);
        assertThat(right.inCount(Counter.HANDED_OVER)).isEqualTo(200);
        assertThat(right.owner(sas.spi).tun().writes())
                .as("to the queue that answers are to come by")
                .isEqualTo(200);
    }

    @Test
    void shouldHandSuperPacketOverInOnePiece() {
        final AgentRig left = left(2);
        final AgentRig right = right(2);
        final Sas sas = new Sas();
        right.apply(sas.inbound());
        left.apply(sas.outbound());
        final SuperPackets.Shape one = SuperPackets.tcp(false, SuperPackets.ACK, 10_000);
        left.tun.giveSuper(one.superPacket(), VirtioNetHeader.GSO_TCP4, 1000);
        left.run();
        final List<FakePort.Datagram> sent = left.ipv4.take();
        assertThat(sent).hasSize(10);
        assertThat(left.ipv4.takeMessageDatagrams()).as("messages").hasSizeLessThanOrEqualTo(10);
        final List<byte[]> whole = new ArrayList<>();
        final AgentRig alone = left(1);
        alone.apply(new Sas().outbound());
        alone.tun.giveSuper(one.superPacket(), VirtioNetHeader.GSO_TCP4, 1000);
        alone.run();
        alone.ipv4.take().forEach(datagram -> whole.add(datagram.bytes()));
        assertThat(sent.stream().map(FakePort.Datagram::bytes))
                .as("as if the agent had read it itself")
                .containsExactlyElementsOf(whole);
        assertThat(left.outCount(Counter.SUPER_PACKETS)).isEqualTo(1);
        assertThat(left.outCount(Counter.TUN_PACKETS)).isEqualTo(10);
        assertThat(left.outCount(Counter.HANDED_OVER)).isEqualTo(10);
        assertThat(left.drops()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldKeepSasApartInMessagesWhenThereAreSeveralAgents(int agents) {
        final AgentRig left =
                new AgentRig(
                        Sas.LEFT,
                        Sas.LEFT6,
                        agents,
                        builder ->
                                builder.batchPackets(16)
                                        .offloads(new Offloads(Set.of(Offload.UDP_GSO))));
        left.apply(child(1).outbound());
        left.apply(child(3).outbound());
        for (int i = 0; i < 6; i++) {
            left.tun.give(packet(i < 3 ? 1 : 3, 0));
        }
        left.run();
        assertThat(left.ipv4.take()).hasSize(6);
        assertThat(left.ipv4.takeMessageDatagrams())
                .isEqualTo(agents == 1 ? List.of(6) : List.of(3, 3));
    }

    @Test
    void shouldFinishChecksumOnceWhenHandedOver() {
        final AgentRig left = left(2);
        final AgentRig right = right(2);
        final Sas sas = new Sas();
        right.apply(sas.inbound());
        left.apply(sas.outbound());
        final byte[] packet = Packets.udp("10.1.0.1", 1, "10.2.0.1", 2, Packets.data(99));
        left.tun.givePartial(unfinished(packet), 20, 6);
        left.run();
        left.ipv4.take().forEach(right.ipv4::give);
        right.run();
        assertThat(right.tun.take()).containsExactly(packet);
    }

    /** With the sum of the pseudo-header in place of the checksum. */
    private static byte[] unfinished(byte[] udp) {
        long sum = Packets.UDP + udp.length - 20L;
        for (int i = 12; i < 20; i++) {
            sum += (udp[i] & 0xFFL) << ((i & 1) == 0 ? 8 : 0);
        }
        final byte[] unfinished = udp.clone();
        ByteBuffer.wrap(unfinished).putShort(26, (short) ((sum & 0xFFFF) + (sum >>> 16)));
        return unfinished;
    }

    @Test
    void shouldHandOverWhatTheKernelJoinedWithAnotherSa() throws Exception {
        final AgentRig right = right(2);
        final Sas even = child(1);
        final Sas odd = child(2);
        right.apply(even.inbound());
        right.apply(odd.inbound());
        final ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (int i = 1; i <= 6; i++) {
            final Sas of = i % 2 == 0 ? even : odd;
            joined.write(of.bouncy().sealInner(i, packet((int) of.childId, 0)));
        }
        final int each = joined.size() / 6;
        right.ipv4.give(even.joined(joined.toByteArray(), each));
        right.run();
        assertThat(right.tun.take())
                .hasSize(6)
                .filteredOn(packet -> packet[14] == 1)
                .containsExactly(packet(1, 0), packet(1, 0), packet(1, 0));
        assertThat(right.inCount(Counter.HANDED_OVER)).isEqualTo(3);
        assertThat(right.inCount(Counter.DATAGRAMS)).isEqualTo(6);
        assertThat(right.drops()).isEmpty();
    }

    @Test
    void shouldCountDropsWhenTheRingIsFull() {
        final AgentRig right = right(2);
        final AgentRig left = left(2);
        final Sas sas = new Sas();
        right.apply(sas.inbound());
        left.apply(sas.outbound());
        final byte[] packet = Packets.udp("10.1.0.1", 1, "10.2.0.1", 2, Packets.data(1300));
        final byte[] esp = sas.bouncy().sealInner(1, packet);
        final int packets = 2 * HandOverRing.CAPACITY_BYTES / 1300;
        for (int i = 0; i < packets; i++) {
            left.tun.give(packet);
            right.ipv4.give(sas.datagram(esp));
        }
        // The owner does nothing meanwhile.
        while (left.pair(0).outbound().doWork() + right.pair(0).inbound().doWork() > 0) {
            assertThat(left.faults).isEmpty();
        }
        final long fullOut = left.out.dropped(DropReason.HAND_OVER_FULL);
        final long fullIn = right.in.dropped(DropReason.HAND_OVER_FULL);
        assertThat(fullOut).isPositive();
        assertThat(fullIn).isPositive();
        left.run();
        right.run();
        assertThat(left.ipv4.take()).hasSize((int) (packets - fullOut));
        assertThat(left.outCount(Counter.HANDED_OVER)).isEqualTo(packets - fullOut);
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.HAND_OVER_FULL, fullOut));
        assertThat(right.drops())
                .as("one packet and its copies")
                .containsExactly(
                        Map.entry(DropReason.REPLAY_DUPLICATE, packets - fullIn - 1),
                        Map.entry(DropReason.HAND_OVER_FULL, fullIn));
    }

    @Test
    void shouldCountWhatIsUnderWayWhenTheSaIsRemoved() {
        final AgentRig right = right(2);
        final AgentRig left = left(2);
        final Sas sas = new Sas();
        right.apply(sas.inbound());
        left.apply(sas.outbound());
        for (int i = 0; i < 4; i++) {
            left.tun.give(Packets.udp("10.1.0.1", i, "10.2.0.1", 2, Packets.data(100)));
            right.ipv4.give(
                    sas.datagram(
                            sas.bouncy()
                                    .sealInner(
                                            i + 1,
                                            Packets.udp(
                                                    "10.1.0.1", 1, "10.2.0.1", 2, new byte[0]))));
        }
        assertThat(left.pair(0).outbound().doWork()).isPositive();
        assertThat(right.pair(0).inbound().doWork()).isPositive();
        // Everything is in the rings now.
        left.apply(new RemoveOutboundSa(sas.childId, sas.spi));
        right.apply(new RemoveInboundSa(sas.spi));
        assertThat(left.ipv4.take()).isEmpty();
        assertThat(right.tun.take()).isEmpty();
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.NO_POLICY, 4L));
        assertThat(right.drops()).containsExactly(Map.entry(DropReason.UNKNOWN_SPI, 4L));
        assertThat(left.registry.all()).isEmpty();
    }

    @Test
    void shouldGoOnWithTheSuccessorWhenTheSaIsRekeyedToAnotherAgent() {
        final AgentRig left = left(2);
        final Sas old = new Sas();
        final Sas young = new Sas();
        young.spi = old.spi + 1;
        young.childId = 2;
        left.apply(old.outbound());
        for (int i = 0; i < 4; i++) {
            left.tun.give(Packets.udp("10.1.0.1", i, "10.2.0.1", 2, Packets.data(100)));
        }
        assertThat(left.pair(0).outbound().doWork()).isPositive();
        left.apply(young.outbound());
        left.apply(new RemoveOutboundSa(old.childId, old.spi));
        left.pair(1).tun().give(Packets.udp("10.1.0.1", 9, "10.2.0.1", 2, Packets.data(100)));
        left.run();
        assertThat(left.ipv4.take())
                .hasSize(5)
                .allSatisfy(datagram -> assertThat(spi(datagram)).isIn(old.spi, young.spi));
        assertThat(left.drops()).isEmpty();
        assertThat(left.owner(young.spi)).isSameAs(left.pair(0));
    }

    @Test
    void shouldReleaseThroughTheOwnerWhatWaitedElsewhere() {
        final AgentRig left = left(2);
        final Sas sas = new Sas();
        left.apply(
                new InstallPolicy(
                        5, 2000, new SaSelectors(sas.left, sas.right), PolicyAction.TRAP));
        left.pair(0).tun().give(Packets.echo("10.1.0.1", "10.2.0.1", 10));
        left.pair(1).tun().give(Packets.echo("10.1.0.1", "10.2.0.1", 11));
        left.run();
        assertThat(left.events())
                .hasSize(2)
                .allSatisfy(event -> assertThat(event).isInstanceOf(DataplaneEvent.Acquire.class));
        left.apply(sas.outbound());
        assertThat(left.ipv4.take()).hasSize(2);
        assertThat(left.outCount(Counter.TUN_PACKETS)).isEqualTo(2);
        assertThat(left.drops()).isEmpty();
    }

    @Test
    void shouldSendToTheNewAddressWhenThePathChanges() {
        final AgentRig left = left(2);
        final Sas sas = new Sas();
        left.apply(sas.outbound());
        final InetSocketAddress moved = new InetSocketAddress(Packets.address("192.0.2.77"), 4500);
        left.apply(new UpdatePath(sas.childId, new SaPath(sas.leftAddress(), moved)));
        final List<FakePort.Datagram> sent =
                left.send(Packets.udp("10.1.0.1", 1, "10.2.0.1", 2, Packets.data(1)));
        assertThat(sent).hasSize(1);
        assertThat(sent.getFirst().to()).isEqualTo(moved);
    }

    @Test
    void shouldRefuseAnSaThatAnotherAgentHas() {
        final AgentRig left = left(2);
        final Sas sas = new Sas();
        left.apply(sas.outbound());
        final InstallOutboundSa again = sas.outbound();
        assertThatThrownBy(() -> left.apply(again))
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("already; remove it first");
        assertThat(again.keys().isDestroyed()).isTrue();
        assertThat(left.send(Packets.udp("10.1.0.1", 1, "10.2.0.1", 2, Packets.data(1))))
                .hasSize(1);
    }
}
