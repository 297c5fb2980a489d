package dev.culvert.esp.packet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.testing.Packets;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class InnerPacketTest {

    private final InnerPacket packet = new InnerPacket();

    private boolean wrap(byte[] bytes) {
        return packet.wrap(new UnsafeBuffer(bytes), 0, bytes.length);
    }

    /** An IPv6 packet whose extension headers are given as hex, the first of the given type. */
    private static byte[] ipv6(int firstHeader, String headers, byte[] transport) {
        final byte[] extension = Packets.hex(headers);
        final byte[] payload =
                ByteBuffer.allocate(extension.length + transport.length)
                        .put(extension)
                        .put(transport)
                        .array();
        return Packets.ip("fd01::1", "fd02::2", firstHeader, payload);
    }

    @Test
    void shouldSeeAddressesAndPortsWhenIpv4() {
        final byte[] udp = Packets.udp("200.1.2.3", 50000, "10.2.3.4", 53, Packets.data(5));
        assertThat(wrap(udp)).isTrue();
        assertThat(packet.isIpv6()).isFalse();
        assertThat(packet.sourceLow()).isEqualTo(0xC8010203L);
        assertThat(packet.destinationLow()).isEqualTo(0x0A020304L);
        assertThat(packet.sourceAddress()).isEqualTo(Packets.address("200.1.2.3"));
        assertThat(packet.destinationAddress()).isEqualTo(Packets.address("10.2.3.4"));
        assertThat(packet.hasPorts()).isTrue();
        assertThat(packet.sourcePort()).isEqualTo(50000);
        assertThat(packet.destinationPort()).isEqualTo(53);
        assertThat(packet.lengthBytes()).isEqualTo(udp.length);
        assertThat(packet.ttl()).isEqualTo(64);
    }

    @Test
    void shouldSkipOptionsWhenIpv4HasThem() {
        final byte[] plain = Packets.udp("10.1.0.1", 7, "10.2.0.1", 8, new byte[0]);
        final byte[] options =
                ByteBuffer.allocate(plain.length + 8)
                        .put(plain, 0, 20)
                        .put(Packets.hex("9404000001010100"))
                        .put(plain, 20, 8)
                        .array();
        options[0] = 0x47;
        ByteBuffer.wrap(options).putShort(2, (short) options.length);
        assertThat(wrap(options)).isTrue();
        assertThat(packet.destinationPort()).isEqualTo(8);
        assertThat(packet.transportOffset()).isEqualTo(28);
    }

    @Test
    void shouldWalkExtensionHeadersWhenIpv6() {
        final byte[] udp = Packets.hex("0007000800080000");
        // hop-by-hop (8 bytes), destination options (16), routing (8), then UDP
        final byte[] bytes =
                ipv6(
                        0,
                        "3c00010400000000"
                                + "2b01010c000000000000000000000000"
                                + "1100000000000000",
                        udp);
        assertThat(wrap(bytes)).isTrue();
        assertThat(packet.protocol()).isEqualTo(17);
        assertThat(packet.transportOffset()).isEqualTo(40 + 32);
        assertThat(packet.sourcePort()).isEqualTo(7);
        assertThat(packet.isFragment()).isFalse();
    }

    @Test
    void shouldWalkAuthenticationHeaderWhenIpv6() {
        final byte[] bytes =
                ipv6(51, "1101000000000001" + "00000001", Packets.hex("0007000800080000"));
        assertThat(wrap(bytes)).isTrue();
        assertThat(packet.destinationPort()).isEqualTo(8);
    }

    @Test
    void shouldTellFragmentsApartWhenIpv6() {
        final byte[] udp = Packets.hex("0007000800080000");
        assertThat(wrap(ipv6(44, "1100000100000009", udp))).isTrue();
        assertThat(packet.isFragment()).isTrue();
        assertThat(packet.isLaterFragment()).isFalse();
        assertThat(packet.hasPorts()).isTrue();
        assertThat(wrap(ipv6(44, "1100000800000009", udp))).isTrue();
        assertThat(packet.isLaterFragment()).isTrue();
        assertThat(packet.hasPorts()).isFalse();
        assertThat(packet.protocol()).isEqualTo(17);
        assertThat(wrap(ipv6(44, "1100000000000009", udp))).as("atomic").isTrue();
        assertThat(packet.isFragment()).isFalse();
        assertThat(packet.hasPorts()).isTrue();
    }

    @Test
    void shouldRefuseWhenExtensionHeadersNeverEnd() {
        assertThat(wrap(ipv6(60, "3c00010400000000".repeat(9) + "1100010400000000", new byte[8])))
                .isFalse();
        assertThat(wrap(ipv6(60, "3c00010400000000".repeat(7) + "1100010400000000", new byte[8])))
                .isTrue();
        assertThat(wrap(ipv6(60, "11ff010400000000", new byte[8]))).as("leaves packet").isFalse();
        assertThat(wrap(ipv6(60, "1100", new byte[0]))).as("cut").isFalse();
    }

    @Test
    void shouldNotSeePortsWhenTransportIsCut() {
        assertThat(wrap(Packets.ip("10.0.0.1", "10.0.0.2", Packets.TCP, new byte[3]))).isTrue();
        assertThat(packet.hasPorts()).isFalse();
        assertThat(wrap(Packets.ip("10.0.0.1", "10.0.0.2", Packets.ICMP, new byte[1]))).isTrue();
        assertThat(packet.hasPorts()).isFalse();
        assertThat(wrap(Packets.ip("10.0.0.1", "10.0.0.2", Packets.ICMPV6, new byte[8]))).isTrue();
        assertThat(packet.hasPorts()).as("ICMPv6 in IPv4 means nothing").isFalse();
    }

    @Test
    void shouldRefuseWhenTruncatedAtEveryLength() {
        for (final byte[] whole :
                new byte[][] {
                    Packets.udp("10.1.0.1", 7, "10.2.0.1", 8, Packets.data(20)),
                    Packets.udp("fd01::1", 7, "fd02::1", 8, Packets.data(20))
                }) {
            for (int length = 0; length < whole.length; length++) {
                assertThat(wrap(Arrays.copyOf(whole, length))).as("%s bytes", length).isFalse();
            }
            assertThat(wrap(Arrays.copyOf(whole, whole.length + 30))).isTrue();
            assertThat(packet.lengthBytes()).isEqualTo(whole.length);
        }
    }

    @Test
    void shouldNeverReadOutsideWhenBytesAreRandom() {
        final Random random = new Random(791);
        int accepted = 0;
        for (int i = 0; i < 300_000; i++) {
            final byte[] bytes = new byte[random.nextInt(100)];
            random.nextBytes(bytes);
            if (bytes.length > 6) {
                bytes[0] = (byte) (random.nextBoolean() ? 0x45 + random.nextInt(3) : 0x60);
                ByteBuffer.wrap(bytes)
                        .putShort(bytes[0] == 0x60 ? 4 : 2, (short) random.nextInt(bytes.length));
                bytes[6] =
                        bytes[0] == 0x60
                                ? (byte) new int[] {0, 43, 44, 51, 60, 17}[random.nextInt(6)]
                                : bytes[6];
            }
            if (wrap(bytes)) {
                accepted++;
                assertThat(packet.lengthBytes()).isBetween(20, bytes.length);
                assertThat(packet.transportOffset()).isLessThanOrEqualTo(packet.lengthBytes());
            }
        }
        assertThat(accepted).isGreaterThan(10_000);
    }

    @Test
    void shouldCorrectTheChecksumWhenTrafficClassChanges() {
        final byte[] bytes = Packets.udp("10.1.0.1", 7, "10.2.0.1", 8, Packets.data(20));
        for (int value = 0; value < 256; value++) {
            assertThat(wrap(bytes)).isTrue();
            packet.trafficClass(value);
            assertThat(packet.trafficClass()).isEqualTo(value);
            assertThat(Packets.headerChecksumError(bytes)).isZero();
        }
    }
}
