package dev.culvert.esp.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneCommand.PathMtu;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.MssClamping;
import dev.culvert.esp.TunnelOptions;
import dev.culvert.esp.TunnelOptions.CopyDscp;
import dev.culvert.esp.testing.AgentRig;
import dev.culvert.esp.testing.FakePort.Datagram;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.Sas;
import dev.culvert.esp.testing.Suites;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** DSCP, ECN, DF, sizes, ICMP, MSS and TFC padding. */
class HeaderFieldsTest {

    private static final int SYN = 0x02;

    private final Sas sas = new Sas();
    private AgentRig left = Sas.leftRig();
    private final AgentRig right = Sas.rightRig();

    static Stream<EspSuite> suites() {
        return Suites.all();
    }

    private static byte[] withClass(boolean ipv6, int trafficClass) {
        return Packets.ip(
                Packets.address(ipv6 ? "fd01::1" : "10.1.0.1"),
                Packets.address(ipv6 ? "fd02::1" : "10.2.0.1"),
                99,
                trafficClass,
                64,
                false,
                new byte[20]);
    }

    private static byte[] sized(boolean ipv6, int totalBytes, boolean dontFragment) {
        return Packets.ip(
                Packets.address(ipv6 ? "fd01::1" : "10.1.0.1"),
                Packets.address(ipv6 ? "fd02::1" : "10.2.0.1"),
                99,
                0,
                64,
                dontFragment,
                Packets.data(totalBytes - (ipv6 ? 40 : 20)));
    }

    private static int classOf(byte[] packet) {
        return Packets.isIpv6(packet)
                ? (ByteBuffer.wrap(packet).getShort() >>> 4) & 0xFF
                : packet[1] & 0xFF;
    }

    @ParameterizedTest
    @EnumSource(CopyDscp.class)
    void shouldSetOuterFieldsWhenSealing(CopyDscp copyDscp) {
        for (final boolean copyEcn : new boolean[] {false, true}) {
            sas.options = new TunnelOptions(copyDscp, copyEcn, true, 0);
            sas.spi++;
            left.apply(sas.outbound());
            for (int trafficClass = 0; trafficClass < 256; trafficClass++) {
                final boolean copies = copyDscp == CopyDscp.OUT || copyDscp == CopyDscp.YES;
                final int expected =
                        (copies ? trafficClass & 0xFC : 0) | (copyEcn ? trafficClass & 3 : 0);
                for (final boolean ipv6 : new boolean[] {false, true}) {
                    assertThat(left.send(withClass(ipv6, trafficClass)).getFirst().tos())
                            .isEqualTo(expected);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        // inner, outer, result (RFC 6040 figure 4: 0 Not-ECT, 1 ECT(1), 2 ECT(0), 3 CE; -1 drop)
        "0,0,0", "0,2,0", "0,1,0", "0,3,-1",
        "2,0,2", "2,2,2", "2,1,1", "2,3,3",
        "1,0,1", "1,2,1", "1,1,1", "1,3,3",
        "3,0,3", "3,2,3", "3,1,3", "3,3,3",
    })
    void shouldCombineEcnWhenOpening(int inner, int outer, int result) {
        right.apply(sas.inbound());
        long sequence = 1;
        for (final boolean ipv6 : new boolean[] {false, true}) {
            final byte[] packet = withClass(ipv6, 0xB8 | inner);
            final List<byte[]> delivered =
                    right.receive(
                            sas.datagram(sas.bouncy().sealInner(sequence++, packet), 0x48 | outer));
            if (result < 0) {
                assertThat(delivered).isEmpty();
            } else {
                assertThat(delivered).hasSize(1);
                assertThat(classOf(delivered.getFirst())).isEqualTo(0xB8 | result);
                assertThat(Packets.headerChecksumError(delivered.getFirst())).isZero();
            }
        }
        assertThat(right.drops())
                .isEqualTo(result < 0 ? Map.of(DropReason.ECN_NOT_CAPABLE, 2L) : Map.of());
    }

    @Test
    void shouldLeaveEcnAloneWhenNotCopied() {
        sas.options = new TunnelOptions(CopyDscp.OUT, false, true, 0);
        right.apply(sas.inbound());
        final byte[] packet = withClass(false, 0);
        assertThat(right.receive(sas.datagram(sas.bouncy().sealInner(1, packet), 3)))
                .containsExactly(packet);
    }

    @ParameterizedTest
    @EnumSource(CopyDscp.class)
    void shouldSetInnerDscpWhenOpening(CopyDscp copyDscp) {
        sas.options = new TunnelOptions(copyDscp, true, true, 0);
        right.apply(sas.inbound());
        final boolean copies = copyDscp == CopyDscp.IN || copyDscp == CopyDscp.YES;
        long sequence = 1;
        for (final boolean ipv6 : new boolean[] {false, true}) {
            final byte[] packet = withClass(ipv6, 0x28 | 2);
            final byte[] delivered =
                    right.receive(
                                    sas.datagram(
                                            sas.bouncy().sealInner(sequence++, packet), 0xB8 | 3))
                            .getFirst();
            assertThat(classOf(delivered)).isEqualTo((copies ? 0xB8 : 0x28) | 3);
            assertThat(Packets.headerChecksumError(delivered)).isZero();
        }
    }

    /**
     * The largest inner packet fills the path as far as alignment allows, and one byte more does
     * not fit.
     */
    @ParameterizedTest
    @MethodSource("suites")
    void shouldFillThePathWhenPacketIsTheLargest(EspSuite suite) {
        for (final boolean outerIpv6 : new boolean[] {false, true}) {
            final Sas mine = Sas.of(suite);
            mine.outerIpv6 = outerIpv6;
            final AgentRig rig = Sas.leftRig();
            rig.apply(mine.outbound());
            int largest = 0;
            for (int total = 1380; total <= 1500; total++) {
                final List<Datagram> sent = rig.send(sized(false, total, true));
                if (!sent.isEmpty()) {
                    largest = total;
                    final int outer = (outerIpv6 ? 40 : 20) + 8 + sent.getFirst().bytes().length;
                    assertThat(outer).isLessThanOrEqualTo(1500);
                }
            }
            final int room =
                    1500 - (outerIpv6 ? 40 : 20) - 8 - 8 - suite.ivBytes() - suite.icvBytes();
            assertThat(largest)
                    .isEqualTo(room / suite.alignmentBytes() * suite.alignmentBytes() - 2);
            assertThat(rig.drops()).containsExactly(Map.entry(DropReason.TOO_BIG, 1500L - largest));
        }
    }

    @Test
    void shouldAnswerIpv4WhenTooBigWithDf() {
        sas.pathMtuBytes = 1300;
        left.apply(sas.outbound());
        final byte[] packet = sized(false, 1400, true);
        assertThat(left.send(packet)).isEmpty();
        final byte[] error = left.tun.take().getFirst();
        assertThat(error).hasSize(576);
        assertThat(Packets.headerChecksumError(error)).isZero();
        assertThat(Packets.transportChecksum(error)).isZero();
        assertThat(error[9]).isEqualTo((byte) 1);
        assertThat(Arrays.copyOfRange(error, 12, 16))
                .as("from")
                .isEqualTo(Packets.address("10.2.0.1").getAddress());
        assertThat(Arrays.copyOfRange(error, 16, 20))
                .as("to")
                .isEqualTo(Packets.address("10.1.0.1").getAddress());
        assertThat(Arrays.copyOfRange(error, 20, 22)).containsExactly(3, 4);
        final int mtu = ByteBuffer.wrap(error).getShort(26) & 0xFFFF;
        assertThat(Arrays.copyOfRange(error, 28, 576)).isEqualTo(Arrays.copyOf(packet, 548));
        assertThat(left.send(sized(false, mtu, true))).as("the MTU that was told").hasSize(1);
        assertThat(left.send(sized(false, mtu + 1, true))).as("one more").isEmpty();
        assertThat(left.outCount(Counter.TOO_BIG_SENT)).isEqualTo(2);
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.TOO_BIG, 2L));
    }

    @Test
    void shouldAnswerIpv6WhenTooBig() {
        sas.pathMtuBytes = 1400;
        left.apply(sas.outbound());
        final byte[] packet = sized(true, 1390, false);
        assertThat(left.send(packet)).isEmpty();
        final byte[] error = left.tun.take().getFirst();
        assertThat(error).hasSize(1280);
        assertThat(Packets.transportChecksum(error)).isZero();
        assertThat(error[6]).isEqualTo((byte) 58);
        assertThat(Arrays.copyOfRange(error, 40, 42)).containsExactly(2, 0);
        final int mtu = ByteBuffer.wrap(error).getInt(44);
        assertThat(Arrays.copyOfRange(error, 48, 1280)).isEqualTo(Arrays.copyOf(packet, 1232));
        assertThat(left.send(sized(true, mtu, false))).hasSize(1);
        assertThat(left.send(sized(true, mtu + 1, false))).isEmpty();
    }

    @Test
    void shouldCarryIpv6UpTo1280WhenPathIsSmaller() {
        sas.pathMtuBytes = 1200;
        left.apply(sas.outbound());
        assertThat(left.send(sized(true, 1280, false))).hasSize(1);
        assertThat(left.send(sized(true, 1281, false))).isEmpty();
        assertThat(ByteBuffer.wrap(left.tun.take().getFirst()).getInt(44)).isEqualTo(1280);
    }

    @Test
    void shouldFragmentInsideWhenDfIsClear() {
        left.apply(sas.outbound());
        right.apply(sas.inbound());
        final byte[] packet = sized(false, 4000, false);
        final List<Datagram> sent = left.send(packet);
        assertThat(sent).hasSize(3);
        final byte[] reassembled = new byte[4000 - 20];
        int highest = 0;
        for (final Datagram datagram : sent) {
            assertThat(28 + datagram.bytes().length).isLessThanOrEqualTo(1500);
            final byte[] piece = right.receive(datagram).getFirst();
            assertThat(Packets.headerChecksumError(piece)).isZero();
            final int field = ByteBuffer.wrap(piece).getShort(6) & 0xFFFF;
            final int offset = (field & 0x1FFF) * 8;
            System.arraycopy(piece, 20, reassembled, offset, piece.length - 20);
            assertThat((field & 0x2000) != 0).isEqualTo(offset + piece.length - 20 < 3980);
            highest = Math.max(highest, offset + piece.length - 20);
        }
        assertThat(highest).isEqualTo(3980);
        assertThat(reassembled).isEqualTo(Arrays.copyOfRange(packet, 20, 4000));
        assertThat(left.outCount(Counter.FRAGMENTED)).isEqualTo(1);
        assertThat(left.drops()).isEmpty();
        assertThat(right.drops()).isEmpty();
    }

    @Test
    void shouldLeaveFragmentingToTheKernelWhenSelectorsHavePorts() {
        sas.left = List.of(Sas.selector("10.1.0.0/16", Packets.UDP, 0, 65535));
        sas.right = List.of(Sas.selector("10.2.0.0/16", Packets.UDP, 2000, 2000));
        left.apply(sas.outbound());
        right.apply(sas.inbound());
        final byte[] packet = Packets.udp("10.1.0.1", 1, "10.2.0.1", 2000, Packets.data(2500));
        final List<Datagram> sent = left.send(packet);
        assertThat(sent).hasSize(1);
        assertThat(right.receive(sent.getFirst())).containsExactly(packet);
    }

    @Test
    void shouldIgnoreDfWhenNotCopied() {
        sas.options = new TunnelOptions(CopyDscp.OUT, true, false, 0);
        left.apply(sas.outbound());
        assertThat(left.send(sized(false, 1490, true))).hasSize(1);
        assertThat(left.send(sized(true, 1490, true))).hasSize(1);
        assertThat(left.drops()).isEmpty();
    }

    @Test
    void shouldFollowWhenPathMtuChanges() {
        left.apply(sas.outbound());
        assertThat(left.send(sized(false, 1400, true))).hasSize(1);
        left.apply(new PathMtu(Packets.address(Sas.RIGHT), 1400));
        assertThat(left.send(sized(false, 1400, true))).isEmpty();
        left.apply(new PathMtu(Packets.address("192.0.2.77"), 9000));
        assertThat(left.send(sized(false, 1400, true))).isEmpty();
        left.apply(new PathMtu(Packets.address(Sas.RIGHT), 9000));
        assertThat(left.send(sized(false, 8000, true))).hasSize(1);
    }

    @Test
    void shouldLimitTheRateWhenManyAreTooBig() {
        left.apply(sas.outbound());
        for (int i = 0; i < 500; i++) {
            left.send(sized(false, 1490, true));
        }
        assertThat(left.tun.take()).hasSize(50);
        assertThat(left.outCount(Counter.TOO_BIG_SUPPRESSED)).isEqualTo(450);
        left.advanceNs(100_000_000);
        for (int i = 0; i < 20; i++) {
            left.send(sized(false, 1490, true));
        }
        assertThat(left.tun.take()).as("100 per second").hasSize(10);
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.TOO_BIG, 520L));
    }

    @Test
    void shouldNotAnswerWhenPacketIsAnIcmpErrorOrMulticast() {
        sas.right = Sas.selectors("0.0.0.0/0");
        sas.left = Sas.selectors("0.0.0.0/0");
        left.apply(sas.outbound());
        final byte[] icmpError = Packets.data(1470);
        icmpError[0] = 3;
        final var source = Packets.address("10.1.0.1");
        left.send(Packets.ip(source, Packets.address("10.2.0.1"), 1, 0, 64, true, icmpError));
        left.send(Packets.ip(source, Packets.address("224.0.0.5"), 99, 0, 64, true, icmpError));
        left.send(
                Packets.ip(
                        Packets.address("0.0.0.0"), source, 99, 0, 64, true, Packets.data(1470)));
        assertThat(left.tun.take()).isEmpty();
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.TOO_BIG, 3L));
    }

    @Test
    void shouldClampBothWaysWhenSegmentIsSyn() {
        left.apply(sas.outbound());
        right.apply(sas.inbound());
        for (final boolean ipv6 : new boolean[] {false, true}) {
            final byte[] syn = syn(ipv6, SYN, Packets.hex("020405b4"));
            final Datagram sent = left.send(syn).getFirst();
            final byte[] delivered = right.receive(sent).getFirst();
            final int header = ipv6 ? 40 : 20;
            assertThat(ByteBuffer.wrap(delivered).getShort(header + 22) & 0xFFFF)
                    .isEqualTo(1400 - header - 20);
            assertThat(Packets.transportChecksum(delivered)).isZero();
        }
        assertThat(left.outCount(Counter.MSS_CLAMPED)).isEqualTo(2);
        final byte[] fromOutside = syn(false, SYN | 0x10, Packets.hex("020405b4"));
        final byte[] delivered =
                right.receive(sas.datagram(sas.bouncy().sealInner(10, fromOutside))).getFirst();
        assertThat(ByteBuffer.wrap(delivered).getShort(42) & 0xFFFF).isEqualTo(1360);
        assertThat(Packets.transportChecksum(delivered)).isZero();
        assertThat(right.inCount(Counter.MSS_CLAMPED)).isEqualTo(1);
    }

    @Test
    void shouldClampToTheSaWhenItIsSmallerThanTheTun() {
        sas.pathMtuBytes = 1000;
        left.apply(sas.outbound());
        final byte[] syn = syn(false, SYN, Packets.hex("020405b4"));
        final byte[] opened = sas.bouncy().open(1, left.send(syn).getFirst().bytes()).orElseThrow();
        // 1000 - 28 outer - 8 ESP - 8 IV - 16 ICV = 940, less 2 of trailer, less 40 of inner
        // headers
        assertThat(ByteBuffer.wrap(opened).getShort(42) & 0xFFFF).isEqualTo(898);
    }

    @Test
    void shouldClampToTheConfiguredValueOrNotAtAll() {
        final byte[] syn = syn(false, SYN, Packets.hex("020405b4"));
        left = new AgentRig(Sas.LEFT, Sas.LEFT6, b -> b.mssClamping(MssClamping.fixed(1000)));
        left.apply(sas.outbound());
        byte[] opened = sas.bouncy().open(1, left.send(syn).getFirst().bytes()).orElseThrow();
        assertThat(ByteBuffer.wrap(opened).getShort(42) & 0xFFFF).isEqualTo(1000);
        left = new AgentRig(Sas.LEFT, Sas.LEFT6, b -> b.mssClamping(MssClamping.OFF));
        left.apply(sas.outbound());
        opened = sas.bouncy().open(1, left.send(syn).getFirst().bytes()).orElseThrow();
        assertThat(opened).startsWith(syn);
    }

    private static byte[] syn(boolean ipv6, int flags, byte[] options) {
        return Packets.tcp(
                ipv6 ? "fd01::1" : "10.1.0.1",
                1,
                ipv6 ? "fd02::1" : "10.2.0.1",
                2,
                flags,
                options,
                new byte[0]);
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldHideTheLengthWhenTfcPaddingIsOn(EspSuite suite) {
        for (final int tfc : new int[] {800, TunnelOptions.TFC_TO_MTU}) {
            final Sas mine = Sas.of(suite);
            mine.options = new TunnelOptions(CopyDscp.OUT, true, true, tfc);
            final AgentRig from = Sas.leftRig();
            final AgentRig to = Sas.rightRig();
            from.apply(mine.outbound());
            to.apply(mine.inbound());
            final int expected = from.send(sized(false, 21, false)).getFirst().bytes().length;
            for (final int total : new int[] {20, 100, 555, 799, 800}) {
                final byte[] packet = sized(false, total, false);
                final Datagram sent = from.send(packet).getFirst();
                assertThat(sent.bytes()).hasSize(expected);
                assertThat(to.receive(sent)).containsExactly(packet);
            }
            assertThat(expected).isLessThanOrEqualTo(1472).isGreaterThan(800);
        }
    }
}
