package dev.culvert.esp.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneCommand.RemoveInboundSa;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.testing.AgentRig;
import dev.culvert.esp.testing.BouncyEsp;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.Sas;
import dev.culvert.esp.testing.Suites;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must not be delivered, and under which reason it is counted. */
class InboundDropTest {

    private static final byte[] INNER =
            Packets.udp("10.1.2.3", 1111, "10.2.3.4", 2222, Packets.data(100));

    private Sas sas = new Sas();
    private AgentRig right = Sas.rightRig();

    @BeforeEach
    void install() {
        right.apply(sas.inbound());
    }

    private void useSuite(EspSuite suite) {
        sas = Sas.of(suite);
        right = Sas.rightRig();
        install();
    }

    static Stream<EspSuite> suites() {
        return Suites.someOfEachKind().stream();
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldCountOnceWhenTruncatedAtEveryLength(EspSuite suite) {
        useSuite(suite);
        final byte[] packet = sas.bouncy().sealInner(1, INNER);
        final int overhead = 8 + suite.ivBytes() + suite.icvBytes();
        for (int length = 0; length < packet.length; length++) {
            final Map<DropReason, Long> before = right.drops();
            assertThat(right.receive(sas.datagram(Arrays.copyOf(packet, length)))).isEmpty();
            final DropReason expected;
            if (length < 4) {
                expected = DropReason.RUNT_DATAGRAM;
            } else if (length <= overhead || (length - overhead) % suite.alignmentBytes() != 0) {
                expected = DropReason.ESP_LENGTH;
            } else {
                expected = DropReason.AUTHENTICATION_FAILED;
            }
            assertOneMore(before, expected, "length " + length);
        }
        assertThat(right.receive(sas.datagram(packet))).as("whole").containsExactly(INNER);
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldCountOnceWhenAnyBitIsFlipped(EspSuite suite) {
        useSuite(suite);
        final byte[] packet = sas.bouncy().sealInner(5, INNER);
        for (int bit = 0; bit < packet.length * 8; bit++) {
            final byte[] flipped = packet.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit & 7));
            final Map<DropReason, Long> before = right.drops();
            assertThat(right.receive(sas.datagram(flipped))).isEmpty();
            assertOneMore(
                    before,
                    bit < 32 ? DropReason.UNKNOWN_SPI : DropReason.AUTHENTICATION_FAILED,
                    "bit " + bit);
        }
        assertThat(right.receive(sas.datagram(packet))).as("whole").containsExactly(INNER);
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldCountOnceWhenBytesAreMutated(EspSuite suite) {
        useSuite(suite);
        final Random random = new Random(20261121);
        final byte[] packet = sas.bouncy().sealInner(7, INNER);
        for (int i = 0; i < 3000; i++) {
            byte[] mutated = packet.clone();
            for (int j = 0; j <= random.nextInt(4); j++) {
                mutated[random.nextInt(mutated.length)] ^= (byte) (1 + random.nextInt(255));
            }
            mutated = Arrays.copyOf(mutated, random.nextInt(packet.length + 40));
            if (Arrays.equals(mutated, packet)) {
                continue;
            }
            final long before = total(right.drops()) + notDropped();
            assertThat(right.receive(sas.datagram(mutated))).isEmpty();
            assertThat(total(right.drops()) + notDropped()).as("step %s", i).isEqualTo(before + 1);
            right.events();
        }
        assertThat(right.receive(sas.datagram(packet))).as("whole").containsExactly(INNER);
        assertThat(right.faults).isEmpty();
    }

    private long notDropped() {
        return right.inCount(Counter.KEEPALIVES) + right.inCount(Counter.IKE_DATAGRAMS);
    }

    @Test
    void shouldCountDuplicateWhenReplayed() {
        final byte[] packet = sas.bouncy().sealInner(1, INNER);
        assertThat(right.receive(sas.datagram(packet))).hasSize(1);
        assertThat(right.receive(sas.datagram(packet))).isEmpty();
        assertThat(right.drops()).containsExactly(Map.entry(DropReason.REPLAY_DUPLICATE, 1L));
    }

    @Test
    void shouldDeliverEachOnceWhenReorderedWithinWindow() {
        final List<byte[]> packets = new ArrayList<>();
        for (int sequence = 1; sequence <= 1024; sequence++) {
            packets.add(sas.bouncy().sealInner(sequence, INNER));
        }
        Collections.shuffle(packets, new Random(3));
        for (final byte[] packet : packets) {
            assertThat(right.receive(sas.datagram(packet))).hasSize(1);
        }
        for (final byte[] packet : packets) {
            assertThat(right.receive(sas.datagram(packet))).isEmpty();
        }
        assertThat(right.drops()).containsExactly(Map.entry(DropReason.REPLAY_DUPLICATE, 1024L));
    }

    @Test
    void shouldCountTooOldWhenReorderedBeyondWindow() {
        assertThat(right.receive(sas.datagram(sas.bouncy().sealInner(1025, INNER)))).hasSize(1);
        assertThat(right.receive(sas.datagram(sas.bouncy().sealInner(2, INNER)))).hasSize(1);
        assertThat(right.receive(sas.datagram(sas.bouncy().sealInner(1, INNER)))).isEmpty();
        assertThat(right.drops()).containsExactly(Map.entry(DropReason.REPLAY_TOO_OLD, 1L));
    }

    @Test
    void shouldNotMoveWindowWhenPacketIsForged() {
        final byte[] forged = sas.bouncy().sealInner(900_000, INNER);
        forged[20] ^= 1;
        assertThat(right.receive(sas.datagram(forged))).isEmpty();
        assertThat(right.receive(sas.datagram(sas.bouncy().sealInner(1, INNER)))).hasSize(1);
        assertThat(right.drops()).containsExactly(Map.entry(DropReason.AUTHENTICATION_FAILED, 1L));
    }

    @Test
    void shouldCountInvalidWhenSequenceIsZero() {
        assertThat(right.receive(sas.datagram(sas.bouncy().sealInner(0, INNER)))).isEmpty();
        assertThat(right.drops()).containsExactly(Map.entry(DropReason.SEQUENCE_INVALID, 1L));
    }

    @Test
    void shouldCountInvalidWhenExtendedSequenceIsBeforeTheFirst() {
        sas.esn = true;
        sas.spi++;
        install();
        final byte[] packet = sas.bouncy().sealInner(0xFFFF_FFFFL, INNER);
        assertThat(right.receive(sas.datagram(packet))).isEmpty();
        assertThat(right.drops()).containsExactly(Map.entry(DropReason.SEQUENCE_INVALID, 1L));
    }

    @Test
    void shouldCountUnknownSpiWhenSaIsRemoved() {
        final byte[] packet = sas.bouncy().sealInner(1, INNER);
        right.apply(new RemoveInboundSa(sas.spi));
        assertThat(right.receive(sas.datagram(packet))).isEmpty();
        assertThat(right.drops()).containsExactly(Map.entry(DropReason.UNKNOWN_SPI, 1L));
        assertThat(right.registry.all()).isEmpty();
    }

    @Test
    void shouldDeliverWhenSaAndItsFirstPacketComeAfterTheAgentLookedForCommands() {
        sas.spi++;
        right.ipv4.beforeNextReceive(() -> right.submit(sas.inbound()));
        assertThat(right.receive(sas.datagram(sas.bouncy().sealInner(1, INNER)))).hasSize(1);
        assertThat(right.drops()).isEmpty();
    }

    @Test
    void shouldNotUseRemovedSaWhenItIsRemovedBetweenDatagramsOfOneSlot() {
        final byte[] packet = sas.bouncy().sealInner(1, INNER);
        final byte[] other = sas.bouncy().sealInner(2, INNER);
        final byte[] unknown = packet.clone();
        unknown[0] ^= 1;
        final byte[] joined = new byte[3 * packet.length];
        System.arraycopy(packet, 0, joined, 0, packet.length);
        System.arraycopy(unknown, 0, joined, packet.length, packet.length);
        System.arraycopy(other, 0, joined, 2 * packet.length, packet.length);
        right.ipv4.beforeNextReceive(() -> right.submit(new RemoveInboundSa(sas.spi)));
        assertThat(right.receive(sas.joined(joined, packet.length))).hasSize(1);
        assertThat(right.drops()).containsExactly(Map.entry(DropReason.UNKNOWN_SPI, 2L));
    }

    @Test
    void shouldCountPaddingWhenItIsNotCounting() {
        final byte[] plaintext = BouncyEsp.plaintext(Arrays.copyOf(INNER, INNER.length), 4, 4);
        final byte[] padded = Arrays.copyOf(plaintext, plaintext.length + 4);
        padded[padded.length - 2] = 4;
        padded[padded.length - 1] = 4;
        assertPlaintextDropped(1, padded, DropReason.PADDING_INVALID);
        final byte[] tooLong = plaintext.clone();
        tooLong[tooLong.length - 2] = (byte) 255;
        assertPlaintextDropped(2, tooLong, DropReason.PADDING_INVALID);
    }

    @Test
    void shouldCountNextHeaderWhenItIsNoTunnelMode() {
        for (final int nextHeader : new int[] {0, 6, 17, 50, 143, 255}) {
            assertPlaintextDropped(
                    nextHeader + 1L,
                    BouncyEsp.plaintext(INNER, nextHeader, 4),
                    DropReason.NEXT_HEADER);
        }
    }

    @Test
    void shouldDiscardWithoutDropWhenPacketIsDummy() {
        final byte[] packet =
                sas.bouncy().seal(1, new byte[8], BouncyEsp.plaintext(Packets.data(90), 59, 4));
        assertThat(right.receive(sas.datagram(packet))).isEmpty();
        assertThat(right.drops()).isEmpty();
        assertThat(right.inCount(Counter.DUMMY_PACKETS)).isEqualTo(1);
    }

    @Test
    void shouldStripWhenInnerPacketHasTfcPadding() {
        final byte[] padded = Arrays.copyOf(INNER, INNER.length + 500);
        Arrays.fill(padded, INNER.length, padded.length, (byte) 0xA5);
        final byte[] packet = sas.bouncy().seal(1, new byte[8], BouncyEsp.plaintext(padded, 4, 4));
        assertThat(right.receive(sas.datagram(packet))).containsExactly(INNER);
    }

    @Test
    void shouldCountMalformedWhenInnerHeaderIsWrong() {
        final byte[] tooLong = INNER.clone();
        ByteBuffer.wrap(tooLong).putShort(2, (short) (INNER.length + 1));
        final byte[] shortHeader = INNER.clone();
        shortHeader[0] = 0x44;
        final byte[] version5 = INNER.clone();
        version5[0] = 0x55;
        final byte[] inner6 = Packets.udp("fd01::1", 1, "fd02::1", 2, new byte[8]);
        long sequence = 1;
        for (final byte[] inner :
                List.of(tooLong, shortHeader, version5, new byte[0], new byte[] {0x45}, inner6)) {
            assertPlaintextDropped(
                    sequence++, BouncyEsp.plaintext(inner, 4, 4), DropReason.INNER_MALFORMED);
        }
    }

    @Test
    void shouldCountTtlWhenItIsZero() {
        final byte[] inner =
                Packets.ip(
                        Packets.address("10.1.0.1"),
                        Packets.address("10.2.0.1"),
                        Packets.UDP,
                        0,
                        0,
                        false,
                        new byte[8]);
        assertPlaintextDropped(1, BouncyEsp.plaintext(inner, 4, 4), DropReason.INNER_TTL_ZERO);
    }

    @Test
    void shouldCountSelectorWhenInnerAddressesAreNotTheTunnels() {
        final List<byte[]> strangers =
                List.of(
                        Packets.udp("10.3.0.1", 1, "10.2.0.1", 2, new byte[8]),
                        Packets.udp("10.1.0.1", 1, "10.3.0.1", 2, new byte[8]),
                        Packets.udp("10.2.0.1", 1, "10.1.0.1", 2, new byte[8]),
                        Packets.udp("fd03::1", 1, "fd02::1", 2, new byte[8]));
        long sequence = 1;
        for (final byte[] inner : strangers) {
            assertPlaintextDropped(
                    sequence++,
                    BouncyEsp.plaintext(inner, Packets.isIpv6(inner) ? 41 : 4, 4),
                    DropReason.SELECTOR_MISMATCH);
        }
    }

    @Test
    void shouldCountTunWhenDeviceRefuses() {
        right.tun.refuseWrites(true);
        assertThat(right.receive(sas.datagram(sas.bouncy().sealInner(1, INNER)))).isEmpty();
        assertThat(right.drops()).containsExactly(Map.entry(DropReason.TUN_WRITE_FAILED, 1L));
    }

    private void assertPlaintextDropped(long sequence, byte[] plaintext, DropReason reason) {
        final Map<DropReason, Long> before = right.drops();
        final byte[] packet = sas.bouncy().seal(sequence, new byte[8], plaintext);
        assertThat(right.receive(sas.datagram(packet))).isEmpty();
        assertOneMore(before, reason, "sequence " + sequence);
    }

    private void assertOneMore(Map<DropReason, Long> before, DropReason reason, String what) {
        final Map<DropReason, Long> after = right.drops();
        assertThat(after.getOrDefault(reason, 0L))
                .as("%s: %s in %s", what, reason, after)
                .isEqualTo(before.getOrDefault(reason, 0L) + 1);
        assertThat(total(after)).as(what).isEqualTo(total(before) + 1);
    }

    private static long total(Map<DropReason, Long> drops) {
        return drops.values().stream().mapToLong(Long::longValue).sum();
    }
}
