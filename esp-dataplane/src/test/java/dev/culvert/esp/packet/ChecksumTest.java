package dev.culvert.esp.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.esp.testing.Packets;
import java.util.Random;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class ChecksumTest {

    private static final int CAPACITY_BYTES = 1 << 17;

    private final Random random = new Random(1071);
    private final UnsafeBuffer offHeap =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(CAPACITY_BYTES, 64));
    private final UnsafeBuffer onHeap = new UnsafeBuffer(new byte[CAPACITY_BYTES]);

    /** RFC 1071 3: the sum of 00 01 f2 03 f4 f5 f6 f7 is ddf2. */
    @Test
    void shouldGiveThePublishedSumWhenAddingTheExample() {
        onHeap.putBytes(0, Packets.hex("0001f203f4f5f6f7"));

        assertThat(Checksum.fold(Checksum.add(0, onHeap, 0, 8))).isEqualTo(0xddf2);
        assertThat(Checksum.finish(Checksum.add(0, onHeap, 0, 8))).isEqualTo(0x220d);
    }

    @Test
    void shouldAgreeWithTheNaiveSumWhenLengthsAndAlignmentsVary() {
        fillRandomly();
        for (int length = 0; length <= 1600; length++) {
            final int offset = length % 67;
            assertAgreement(offset, length);
            assertAgreement(offset + 1 + random.nextInt(64), length);
        }
        for (int offset = 0; offset < 64; offset++) {
            for (int length = 0; length < 96; length++) {
                assertAgreement(offset, length);
            }
            assertAgreement(offset, 65535);
        }
    }

    @Test
    void shouldAgreeWithTheNaiveSumWhenEveryWordCarries() {
        for (final int fill : new int[] {0x00, 0xFF, 0x80, 0x7F}) {
            offHeap.setMemory(0, CAPACITY_BYTES, (byte) fill);
            onHeap.setMemory(0, CAPACITY_BYTES, (byte) fill);
            for (int length = 0; length < 300; length++) {
                assertAgreement(length & 7, length);
            }
            assertAgreement(1, 65535);
            assertAgreement(0, CAPACITY_BYTES);
        }
    }

    @Test
    void shouldAgreeWithTheNaiveSumWhenPiecesAreCombined() {
        fillRandomly();
        for (int round = 0; round < 2000; round++) {
            final int length = random.nextInt(3000);
            final int cut = random.nextInt(length + 1);
            final int secondCut = cut + random.nextInt(length - cut + 1);
            long sum = Checksum.add(0, offHeap, 3, cut);
            sum = Checksum.combine(sum, Checksum.add(0, offHeap, 3 + cut, secondCut - cut), cut);
            sum =
                    Checksum.combine(
                            sum,
                            Checksum.add(0, offHeap, 3 + secondCut, length - secondCut),
                            secondCut);
            assertThat(normal(Checksum.fold(sum)))
                    .as("pieces 0, %d, %d, %d", cut, secondCut, length)
                    .isEqualTo(normal(naive(3, length)));
        }
    }

    @Test
    void shouldFindPacketsCorrectWhenThePseudoHeaderIsAdded() {
        for (int bytes = 0; bytes < 200; bytes++) {
            assertCorrect(
                    Packets.udp("10.1.2.3", 1000, "203.0.113.255", 53, Packets.data(bytes)), false);
            assertCorrect(
                    Packets.tcp(
                            "2001:db8::ffff",
                            65535,
                            "fd00::ffff:1",
                            443,
                            0x10,
                            new byte[0],
                            Packets.data(bytes)),
                    true);
        }
    }

    @Test
    void shouldUpdateTheFieldAsANewSumWouldWhenOneWordChanges() {
        fillRandomly();
        for (int round = 0; round < 2000; round++) {
            final int length = 22 + 2 * random.nextInt(700);
            final int field = 2 * random.nextInt(length / 2);
            final int word = (field + 2) % length;
            onHeap.putShort(field, (short) 0);
            onHeap.putShort(
                    field, (short) Checksum.finish(Checksum.add(0, onHeap, 0, length)), BIG_ENDIAN);
            final int before = onHeap.getShort(word, BIG_ENDIAN) & 0xFFFF;
            final int after = random.nextInt(0x10000);
            onHeap.putShort(word, (short) after, BIG_ENDIAN);
            Checksum.replace(onHeap, field, before, after);
            assertThat(Checksum.isCorrect(Checksum.add(0, onHeap, 0, length))).isTrue();
        }
    }

    @Test
    void shouldRefuseWhenThePieceLeavesTheBuffer() {
        assertThatThrownBy(() -> Checksum.add(0, offHeap, CAPACITY_BYTES - 7, 8))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    private void fillRandomly() {
        final byte[] bytes = new byte[CAPACITY_BYTES];
        random.nextBytes(bytes);
        offHeap.putBytes(0, bytes);
        onHeap.putBytes(0, bytes);
    }

    private void assertAgreement(int offset, int length) {
        final int expected = normal(naive(offset, length));
        assertThat(normal(Checksum.fold(Checksum.add(0, offHeap, offset, length))))
                .as("%d bytes at %d off the heap", length, offset)
                .isEqualTo(expected);
        assertThat(normal(Checksum.fold(Checksum.add(0xFFFF_0000L, onHeap, offset, length))))
                .as("%d bytes at %d on the heap", length, offset)
                .isEqualTo(expected);
    }

    private static void assertCorrect(byte[] packet, boolean ipv6) {
        final UnsafeBuffer buffer = new UnsafeBuffer(packet);
        final int transport = Packets.headerBytes(packet);
        final int protocol = packet[ipv6 ? 6 : 9];
        final int transportBytes = packet.length - transport;
        final long pseudo = Checksum.pseudoHeader(buffer, 0, ipv6, protocol, transportBytes);
        assertThat(Checksum.isCorrect(Checksum.add(pseudo, buffer, transport, transportBytes)))
                .isTrue();
        packet[packet.length - 1] ^= 0x10;
        assertThat(Checksum.isCorrect(Checksum.add(pseudo, buffer, transport, transportBytes)))
                .isFalse();
    }

    /** Byte by byte, as RFC 1071 1 describes it. */
    private int naive(int offset, int length) {
        long sum = 0;
        for (int i = 0; i < length; i++) {
            final int value = onHeap.getByte(offset + i) & 0xFF;
            sum += (i & 1) == 0 ? value << 8 : value;
        }
        while (sum > 0xFFFF) {
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return (int) sum;
    }

    /** 0 and 0xFFFF are the same number in ones' complement. */
    private static int normal(int folded) {
        return folded == 0xFFFF ? 0 : folded;
    }
}
