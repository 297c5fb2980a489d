package dev.culvert.esp.packet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.testing.SuperPackets;
import dev.culvert.esp.testing.SuperPackets.Shape;
import dev.culvert.tun.VirtioNetHeader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Packets cut in place are, byte by byte, those that are built one by one. */
class SegmenterTest {

    private static final int START = 64;

    private final UnsafeBuffer buffer =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(1 << 17, 64));
    private final InnerPacket inner = new InnerPacket();
    private final Segmenter segmenter = new Segmenter();

    private boolean start(byte[] packet, int gsoType, int gsoSizeBytes) {
        buffer.putBytes(START, packet);
        assertThat(inner.wrap(buffer, START, packet.length)).isTrue();
        return segmenter.start(inner, gsoType, gsoSizeBytes, true);
    }

    private List<byte[]> cut() {
        final List<byte[]> packets = new ArrayList<>();
        while (segmenter.next()) {
            final byte[] packet = new byte[segmenter.lengthBytes()];
            buffer.getBytes(segmenter.offset(), packet);
            packets.add(packet);
        }
        return packets;
    }

    private void assertCut(Shape shape, int gsoSizeBytes) {
        final List<byte[]> expected = shape.packets(gsoSizeBytes);
        assertThat(start(shape.superPacket(), shape.gsoType(), gsoSizeBytes)).isTrue();
        assertThat(segmenter.remaining()).isEqualTo(expected.size());
        assertThat(segmenter.remainingBytes())
                .isEqualTo(expected.stream().mapToLong(p -> p.length).sum());
        assertThat(cut()).containsExactlyElementsOf(expected);
        assertThat(segmenter.remaining()).isZero();
    }

    @Test
    void shouldCutTcpWhenLastIsShorter() {
        for (final boolean ipv6 : new boolean[] {false, true}) {
            assertCut(SuperPackets.tcp(ipv6, SuperPackets.ACK, 10_000), 1348);
        }
    }

    @Test
    void shouldCutUdpWhenAllAreEqual() {
        for (final boolean ipv6 : new boolean[] {false, true}) {
            assertCut(SuperPackets.udp(ipv6, 12_000), 1200);
        }
    }

    @Test
    void shouldKeepFlagsWhereTheyBelong() {
        final int flags = SuperPackets.CWR | SuperPackets.ACK | SuperPackets.PSH | SuperPackets.FIN;
        final Shape shape = SuperPackets.tcp(false, flags, 3000);
        assertThat(start(shape.superPacket(), shape.gsoType(), 1000)).isTrue();
        assertThat(cut())
                .extracting(packet -> packet[20 + 13] & 0xFF)
                .containsExactly(
                        SuperPackets.CWR | SuperPackets.ACK,
                        SuperPackets.ACK,
                        SuperPackets.ACK | SuperPackets.PSH | SuperPackets.FIN);
    }

    @Test
    void shouldGiveOnePacketWhenPayloadIsShortOrEmpty() {
        for (final int payloadBytes : new int[] {0, 1, 999, 1000}) {
            assertCut(SuperPackets.tcp(true, SuperPackets.ACK, payloadBytes), 1000);
            assertCut(SuperPackets.udp(false, payloadBytes), 1000);
        }
    }

    @Test
    void shouldCutAsBuiltOneByOneWhenAnythingGoes() {
        final SplittableRandom random = new SplittableRandom(4711);
        for (int i = 0; i < 3000; i++) {
            final Shape shape = SuperPackets.any(random, i < 100 ? 65_000 - 200 : 4000);
            assertCut(shape, random.nextInt(1, i < 100 ? 65_536 : 2000));
        }
    }

    @Test
    void shouldCutShorterWhenTcpMeetsANarrowPath() {
        final Shape shape = SuperPackets.tcp(false, SuperPackets.ACK | SuperPackets.PSH, 9_999);
        assertThat(start(shape.superPacket(), shape.gsoType(), 1400)).isTrue();
        assertThat(segmenter.limit(576)).isTrue();
        assertThat(cut())
                .containsExactlyElementsOf(shape.packets(576 - shape.headersBytes()))
                .allSatisfy(packet -> assertThat(packet.length).isLessThanOrEqualTo(576));
    }

    @Test
    void shouldNotCutShorterWhenPacketsFit() {
        final Shape shape = SuperPackets.tcp(true, SuperPackets.ACK, 700);
        assertThat(start(shape.superPacket(), shape.gsoType(), 60_000)).isTrue();
        assertThat(segmenter.limit(700 + shape.headersBytes())).isTrue();
        assertThat(cut()).hasSize(1);
    }

    @Test
    void shouldRefuseToCutShorterWhenDatagramsOrNothingWouldBeLeft() {
        final Shape datagrams = SuperPackets.udp(false, 3000);
        assertThat(start(datagrams.superPacket(), datagrams.gsoType(), 1400)).isTrue();
        assertThat(segmenter.limit(1400)).isFalse();
        assertThat(cut()).as("as they are").containsExactlyElementsOf(datagrams.packets(1400));
        final Shape stream = SuperPackets.tcp(false, SuperPackets.ACK, 3000);
        assertThat(start(stream.superPacket(), stream.gsoType(), 1400)).isTrue();
        assertThat(segmenter.limit(stream.headersBytes() + 7)).isFalse();
        assertThat(segmenter.limit(stream.headersBytes() + 8)).isTrue();
    }

    @Test
    void shouldLeaveChecksumOutWhenDatagramsHaveNone() {
        final Shape shape = SuperPackets.udp(false, 3000);
        final byte[] packet = shape.superPacket();
        packet[20 + 6] = 0;
        packet[20 + 7] = 0;
        buffer.putBytes(START, packet);
        assertThat(inner.wrap(buffer, START, packet.length)).isTrue();
        assertThat(segmenter.start(inner, VirtioNetHeader.GSO_UDP, 1000, false)).isTrue();
        assertThat(cut())
                .hasSize(3)
                .allSatisfy(cut -> assertThat(cut[20 + 6] | cut[20 + 7]).isZero());
    }

    @Test
    void shouldRefuseWhenHeadersSaySomethingElse() {
        final byte[] tcp = SuperPackets.tcp(false, SuperPackets.ACK, 3000).superPacket();
        final byte[] tcp6 = SuperPackets.tcp(true, SuperPackets.ACK, 3000).superPacket();
        final byte[] udp = SuperPackets.udp(false, 3000).superPacket();
        assertThat(start(tcp, VirtioNetHeader.GSO_TCP6, 1000)).isFalse();
        assertThat(start(tcp6, VirtioNetHeader.GSO_TCP4, 1000)).isFalse();
        assertThat(start(tcp, VirtioNetHeader.GSO_UDP, 1000)).isFalse();
        assertThat(start(udp, VirtioNetHeader.GSO_TCP4, 1000)).isFalse();
        assertThat(start(udp, 3, 1000)).as("fragments of datagrams").isFalse();
        assertThat(start(tcp, VirtioNetHeader.GSO_TCP4, 0)).isFalse();
        final byte[] fragment = tcp.clone();
        fragment[6] = 0x20;
        assertThat(start(fragment, VirtioNetHeader.GSO_TCP4, 1000)).isFalse();
        for (final int offsetField : new int[] {0x00, 0x40}) {
            final byte[] shortHeader = tcp.clone();
            shortHeader[20 + 12] = (byte) offsetField;
            assertThat(start(shortHeader, VirtioNetHeader.GSO_TCP4, 1000)).isFalse();
        }
        final byte[] cutOff = Arrays.copyOf(tcp, 50);
        cutOff[2] = 0;
        cutOff[3] = 50;
        assertThat(start(cutOff, VirtioNetHeader.GSO_TCP4, 1000))
                .as("a header longer than the packet")
                .isFalse();
    }
}
