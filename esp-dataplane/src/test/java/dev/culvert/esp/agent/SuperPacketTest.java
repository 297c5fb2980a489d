package dev.culvert.esp.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneCommand.InstallPolicy;
import dev.culvert.esp.DataplaneCommand.PathMtu;
import dev.culvert.esp.DataplaneEvent;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.EspSuite.Encryption;
import dev.culvert.esp.EspSuite.Integrity;
import dev.culvert.esp.Lifetime;
import dev.culvert.esp.Offload;
import dev.culvert.esp.Offloads;
import dev.culvert.esp.PolicyAction;
import dev.culvert.esp.SaSelectors;
import dev.culvert.esp.TunnelOptions;
import dev.culvert.esp.TunnelOptions.CopyDscp;
import dev.culvert.esp.policy.AcquireLimits;
import dev.culvert.esp.testing.AgentRig;
import dev.culvert.esp.testing.FakePort.Datagram;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.Sas;
import dev.culvert.esp.testing.SuperPackets;
import dev.culvert.esp.testing.SuperPackets.Shape;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Super-packets from the TUN device, and runs of datagrams to the socket. */
class SuperPacketTest {

    private static final int EIO = 5;
    private static final int EINVAL = 22;
    private static final int EPERM = 1;
    private static final int STREAM = SuperPackets.ACK | SuperPackets.PSH;

    private final Sas sas = new Sas();
    private Offloads offloads = new Offloads(Set.of(Offload.values()));
    private AgentRig left = rig(64);

    private AgentRig rig(int batchPackets) {
        return new AgentRig(
                Sas.LEFT,
                Sas.LEFT6,
                builder -> builder.offloads(offloads).batchPackets(batchPackets));
    }

    private List<Datagram> send(Shape shape, int gsoSizeBytes) {
        left.tun.giveSuper(shape.superPacket(), shape.gsoType(), gsoSizeBytes);
        left.run();
        return left.ipv4.take();
    }

    /** Opened by Bouncy Castle, without padding; sequence numbers count up. */
    private List<byte[]> open(List<Datagram> sent, long firstSequence) {
        final List<byte[]> opened = new ArrayList<>();
        for (final Datagram datagram : sent) {
            final byte[] plaintext =
                    sas.bouncy()
                            .open(firstSequence + opened.size(), datagram.bytes())
                            .orElseThrow();
            final ByteBuffer view = ByteBuffer.wrap(plaintext);
            final int length =
                    Packets.isIpv6(plaintext) ? 40 + view.getShort(4) : view.getShort(2) & 0xFFFF;
            opened.add(Arrays.copyOf(plaintext, length));
        }
        return opened;
    }

    private void assertSent(Shape shape, int gsoSizeBytes, long firstSequence) {
        assertThat(open(send(shape, gsoSizeBytes), firstSequence))
                .containsExactlyElementsOf(shape.packets(gsoSizeBytes));
    }

    @Test
    void shouldSealEverySegmentWhenSuperPacketsCome() {
        left.apply(sas.outbound());
        assertSent(SuperPackets.tcp(false, STREAM, 60_000), 1348, 1);
        assertSent(SuperPackets.tcp(true, STREAM, 10_000), 1328, 46);
        assertSent(SuperPackets.udp(false, 5_000), 1200, 54);
        assertThat(left.drops()).isEmpty();
        assertThat(left.outCount(Counter.SUPER_PACKETS)).isEqualTo(3);
        assertThat(left.outCount(Counter.TUN_PACKETS)).isEqualTo(45 + 8 + 5);
        assertThat(left.outCount(Counter.DATAGRAMS)).isEqualTo(45 + 8 + 5);
        assertThat(left.ipv4.takeMessageDatagrams())
                .as("the last of a run may be shorter, then another begins")
                .containsExactly(45, 8, 5);
    }

    @Test
    void shouldSealTheSameWhenSuiteOrPaddingNeedsMoreRoomBehind() {
        final SplittableRandom random = new SplittableRandom(99);
        for (final EspSuite suite :
                List.of(
                        EspSuite.aead(Encryption.AES_GCM_16_128),
                        EspSuite.of(Encryption.AES_CBC_256, Integrity.HMAC_SHA2_512_256))) {
            for (final int tfcBytes : new int[] {0, 700, TunnelOptions.TFC_TO_MTU}) {
                final Sas other = Sas.of(suite);
                sas.suite = suite;
                sas.keyMaterial = other.keyMaterial;
                sas.options = new TunnelOptions(CopyDscp.OUT, true, true, tfcBytes);
                left = rig(64);
                left.apply(sas.outbound());
                long sequence = 1;
                for (int i = 0; i < 60; i++) {
                    final Shape shape = SuperPackets.any(random, 5000);
                    final int gsoSizeBytes = random.nextInt(200, 1200);
                    assertSent(shape, gsoSizeBytes, sequence);
                    sequence += shape.packets(gsoSizeBytes).size();
                }
                assertThat(left.drops()).isEmpty();
            }
        }
    }

    @Test
    void shouldMarkOuterHeadersWhenInnerOnesAreMarked() {
        sas.options = new TunnelOptions(CopyDscp.OUT, true, true, 0);
        left.apply(sas.outbound());
        assertThat(send(SuperPackets.tcp(false, STREAM, 5000), 1300))
                .hasSize(4)
                .allSatisfy(datagram -> assertThat(datagram.tos()).isEqualTo(0xB9));
    }

    @Test
    void shouldCutShorterWhenPathShrankAndItIsAStream() {
        left.apply(sas.outbound());
        left.apply(new PathMtu(sas.rightAddress().getAddress(), 1000));
        final Shape shape = SuperPackets.tcp(false, STREAM, 20_000);
        final List<Datagram> sent = send(shape, 1348);
        final int innerBytes = 938;
        assertThat(open(sent, 1))
                .containsExactlyElementsOf(shape.packets(innerBytes - shape.headersBytes()));
        assertThat(sent)
                .allSatisfy(d -> assertThat(d.bytes().length).isLessThanOrEqualTo(1000 - 28));
        assertThat(left.drops()).isEmpty();
    }

    @Test
    void shouldTellSenderWhenDatagramsNoLongerFit() {
        left.apply(sas.outbound());
        left.apply(new PathMtu(sas.rightAddress().getAddress(), 1000));
        assertThat(send(SuperPackets.udp(false, 6_000), 1200)).isEmpty();
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.TOO_BIG, 5L));
        final List<byte[]> errors = left.tun.take();
        assertThat(errors).isNotEmpty();
        assertThat(errors.getFirst()[9]).isEqualTo((byte) Packets.ICMP);
        assertThat(errors.getFirst()[20]).isEqualTo((byte) 3);
        assertThat(errors.getFirst()[21]).isEqualTo((byte) 4);
        final byte[] quoted = Arrays.copyOfRange(errors.getFirst(), 28, 28 + 20);
        assertThat(quoted)
                .as("the first datagram, not the super-packet")
                .isEqualTo(
                        Arrays.copyOf(SuperPackets.udp(false, 6_000).packets(1200).getFirst(), 20));
    }

    @Test
    void shouldHoldPacketsWhenTrapped() {
        left.apply(
                new InstallPolicy(
                        77, sas.priority, new SaSelectors(sas.left, sas.right), PolicyAction.TRAP));
        final Shape shape = SuperPackets.tcp(false, STREAM, 10_000);
        assertThat(send(shape, 1000)).isEmpty();
        assertThat(left.events()).hasSize(1).hasOnlyElementsOfType(DataplaneEvent.Acquire.class);
        assertThat(left.outCount(Counter.TRAPPED)).isEqualTo(10);
        left.apply(sas.outbound());
        assertThat(open(left.ipv4.take(), 1)).containsExactlyElementsOf(shape.packets(1000));
        assertThat(left.drops()).isEmpty();
    }

    @Test
    void shouldCountWhatDoesNotFitTheQueueWhenTrapped() {
        left.apply(
                new InstallPolicy(
                        77, sas.priority, new SaSelectors(sas.left, sas.right), PolicyAction.TRAP));
        final int packets = AcquireLimits.DEFAULT.packetsPerPolicy() + 7;
        assertThat(send(SuperPackets.tcp(false, STREAM, packets * 500), 500)).isEmpty();
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.ACQUIRE_QUEUE_FULL, 7L));
    }

    @Test
    void shouldPassPlainPacketsWhenPolicySaysClear() {
        final List<byte[]> clear = new ArrayList<>();
        left =
                new AgentRig(
                        Sas.LEFT,
                        Sas.LEFT6,
                        builder ->
                                builder.clearPort((buffer, offset, length) -> {
                                    final byte[] copy = new byte[length];
                                    buffer.getBytes(offset, copy);
                                    return clear.add(copy);
                                }));
        left.apply(
                new InstallPolicy(
                        77, sas.priority, new SaSelectors(sas.left, sas.right), PolicyAction.PASS));
        final Shape shape = SuperPackets.udp(true, 4_500);
        send(shape, 1000);
        assertThat(clear).containsExactlyElementsOf(shape.packets(1000));
    }

    @Test
    void shouldCountEachPacketWhenSuperPacketIsDropped() {
        final Shape shape = SuperPackets.tcp(false, STREAM, 4_500);
        send(shape, 1000);
        left.apply(
                new InstallPolicy(
                        77, sas.priority, new SaSelectors(sas.left, sas.right), PolicyAction.DROP));
        send(shape, 1000);
        left.tun.giveSuper(shape.superPacket(), 5, 1000);
        left.run();
        assertThat(left.drops())
                .containsExactly(
                        Map.entry(DropReason.INNER_MALFORMED, 1L),
                        Map.entry(DropReason.NO_POLICY, 5L),
                        Map.entry(DropReason.POLICY_DROP, 5L));
    }

    @Test
    void shouldStopInTheMiddleWhenLifetimeOrNumbersEnd() {
        sas.lifetime = new Lifetime(0, 0, 3, 5);
        left.apply(sas.outbound());
        assertThat(send(SuperPackets.tcp(false, STREAM, 10_000), 1000)).hasSize(5);
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.HARD_LIMIT, 5L));
        assertThat(left.events()).hasSize(2);

        left = rig(64);
        sas.lifetime = Lifetime.UNLIMITED;
        sas.firstSequence = 0xFFFF_FFFEL;
        left.apply(sas.outbound());
        assertThat(send(SuperPackets.tcp(false, STREAM, 10_000), 1000)).hasSize(2);
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.HARD_LIMIT, 8L));
    }

    @Test
    void shouldFinishChecksumWhenKernelLeftItUnfinished() {
        left.apply(sas.outbound());
        final byte[] finished = Packets.udp("10.1.0.1", 1000, "10.2.0.1", 2000, Packets.data(333));
        final byte[] unfinished = finished.clone();
        long sum = Packets.UDP + 8 + 333L;
        for (int i = 12; i < 20; i++) {
            sum += (finished[i] & 0xFFL) << ((i & 1) == 0 ? 8 : 0);
        }
        ByteBuffer.wrap(unfinished).putShort(26, (short) ((sum & 0xFFFF) + (sum >>> 16)));
        left.tun.givePartial(unfinished, 20, 6);
        left.run();
        assertThat(open(left.ipv4.take(), 1)).containsExactly(finished);
        left.tun.givePartial(unfinished, 20, 400);
        left.run();
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.INNER_MALFORMED, 1L));
    }

    @Test
    void shouldMakeOneMessageOfSeveralReadsWhenLengthsAreEqual() {
        left.apply(sas.outbound());
        for (int i = 0; i < 63; i++) {
            left.tun.give(inner(64));
        }
        assertThat(left.send(inner(30))).hasSize(64);
        assertThat(left.ipv4.takeMessageDatagrams()).containsExactly(64);
        for (final int bytes : new int[] {64, 64, 30, 30, 64, 100, 100, 100}) {
            left.tun.give(inner(bytes));
        }
        left.run();
        assertThat(left.ipv4.take()).hasSize(8);
        assertThat(left.ipv4.takeMessageDatagrams()).containsExactly(3, 1, 1, 3);
    }

    @Test
    void shouldNotJoinWhenPathOrTosDiffers() {
        left.apply(sas.outbound());
        left.tun.give(inner(64));
        left.tun.give(
                Packets.ip(
                        Packets.address("10.1.0.1"),
                        Packets.address("10.2.0.1"),
                        Packets.UDP,
                        0x28,
                        64,
                        false,
                        new byte[72]));
        left.tun.give(inner(64));
        left.run();
        assertThat(left.ipv4.takeMessageDatagrams()).containsExactly(1, 1, 1);
    }

    @Test
    void shouldNotJoinWhenDatagramsAreLargerThanThePath() {
        sas.options = new TunnelOptions(CopyDscp.OUT, true, false, 0);
        sas.right = List.of(Sas.selector("10.2.0.0/16", Packets.UDP, 2000, 2000));
        left.apply(sas.outbound());
        left.tun.give(inner(3000));
        left.tun.give(inner(3000));
        left.run();
        assertThat(left.ipv4.take()).hasSize(2);
        assertThat(left.ipv4.takeMessageDatagrams()).containsExactly(1, 1);
    }

    @Test
    void shouldLoseNothingWhenDeviceCannotSendRuns() {
        left.apply(sas.outbound());
        left.ipv4.failRuns(EIO);
        final Shape shape = SuperPackets.tcp(false, STREAM, 60_000);
        assertSent(shape, 1348, 1);
        assertThat(left.ipv4.takeMessageDatagrams()).containsOnly(1);
        assertThat(left.drops()).isEmpty();
        assertThat(offloads.status(Offload.UDP_GSO).inUse()).as("IPv6 is not concerned").isTrue();
        assertThat(offloads.status(Offload.UDP_GSO).reason()).contains("192.0.2.1:4500", "EIO");
        assertThat(left.events())
                .containsExactly(
                        new DataplaneEvent.OffloadReduced(offloads.status(Offload.UDP_GSO)));
        left.ipv4.failRuns(0);
        left.advanceNs(10_000_000_000L);
        assertSent(shape, 1348, 46);
        assertThat(left.ipv4.takeMessageDatagrams()).as("remembered").containsOnly(1);
        assertThat(left.events()).as("once").isEmpty();
    }

    @Test
    void shouldTryAgainWhenRunsDidNotFitThePath() {
        left.apply(sas.outbound());
        left.ipv4.failRuns(EINVAL);
        final Shape shape = SuperPackets.tcp(false, STREAM, 60_000);
        assertSent(shape, 1348, 1);
        left.ipv4.failRuns(0);
        assertSent(shape, 1348, 46);
        assertThat(left.ipv4.takeMessageDatagrams()).as("rests").containsOnly(1);
        assertThat(offloads.status(Offload.UDP_GSO).reason()).contains("EINVAL");
        left.advanceNs(1_000_000_000);
        assertSent(shape, 1348, 91);
        assertSent(shape, 1348, 136);
        assertThat(left.ipv4.takeMessageDatagrams()).endsWith(45);
        assertThat(offloads.status(Offload.UDP_GSO).reason()).isEmpty();
        assertThat(left.drops()).isEmpty();
    }

    @Test
    void shouldCountDatagramsWhenRunIsRefusedOrBlocked() {
        left.apply(sas.outbound());
        left.ipv4.failNextSend(EPERM);
        assertThat(send(SuperPackets.tcp(false, STREAM, 5_000), 1000)).isEmpty();
        left.ipv4.stayFull(true);
        assertThat(send(SuperPackets.tcp(false, STREAM, 7_000), 1000)).isEmpty();
        left.ipv4.stayFull(false);
        assertThat(left.drops())
                .containsExactly(
                        Map.entry(DropReason.SEND_BLOCKED, 7L),
                        Map.entry(DropReason.SEND_FAILED, 5L));
    }

    @Test
    void shouldSendSinglesWhenSwitchedOff() {
        offloads = new Offloads(Set.of(Offload.TUN_TSO));
        left = rig(64);
        left.apply(sas.outbound());
        assertSent(SuperPackets.tcp(false, STREAM, 60_000), 1348, 1);
        assertThat(left.ipv4.takeMessageDatagrams()).hasSize(45).containsOnly(1);
    }

    @Test
    void shouldKeepOrderWhenMoreComesThanFitsTheArena() {
        left = rig(4);
        left.apply(sas.outbound());
        final Shape shape = SuperPackets.tcp(false, STREAM, 64_000);
        final List<byte[]> expected = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            left.tun.giveSuper(shape.superPacket(), shape.gsoType(), 1348);
            expected.addAll(shape.packets(1348));
        }
        left.run();
        assertThat(open(left.ipv4.take(), 1)).containsExactlyElementsOf(expected);
        assertThat(left.drops()).isEmpty();
    }

    private static byte[] inner(int dataBytes) {
        return Packets.udp("10.1.0.1", 1000, "10.2.0.1", 2000, Packets.data(dataBytes));
    }
}
