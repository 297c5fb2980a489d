package dev.culvert.esp.packet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.testing.Packets;
import java.nio.ByteBuffer;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MssClampTest {

    private static final int SYN = 0x02;
    private static final int ACK = 0x10;

    private static boolean clamp(byte[] bytes, int mssBytes) {
        final InnerPacket packet = new InnerPacket();
        assertThat(packet.wrap(new UnsafeBuffer(bytes), 0, bytes.length)).isTrue();
        return MssClamp.clamp(packet, mssBytes);
    }

    private static byte[] tcp(boolean ipv6, int flags, String options) {
        return Packets.tcp(
                ipv6 ? "fd01::1" : "10.1.0.1",
                1,
                ipv6 ? "fd02::1" : "10.2.0.1",
                2,
                flags,
                Packets.hex(options),
                Packets.data(3));
    }

    @ParameterizedTest
    @CsvSource({
        "020405b4, 2",
        "0101020405b40000, 4",
        "01020405b4000000, 3",
        "0402020405b40101, 4",
        "030307020405b400, 5",
    })
    void shouldLowerAndKeepChecksumRightWhenSyn(String options, int valueOffset) {
        for (final boolean ipv6 : new boolean[] {false, true}) {
            for (final int flags : new int[] {SYN, SYN | ACK}) {
                for (int mss = 88; mss < 1460; mss += 7) {
                    final byte[] bytes = tcp(ipv6, flags, options);
                    assertThat(clamp(bytes, mss)).isTrue();
                    final int at = (ipv6 ? 40 : 20) + 20 + valueOffset;
                    assertThat(ByteBuffer.wrap(bytes).getShort(at)).isEqualTo((short) mss);
                    assertThat(Packets.transportChecksum(bytes)).isZero();
                }
            }
        }
    }

    @Test
    void shouldLeaveAloneWhenSmallEnoughOrNoSynOrNoOption() {
        assertUntouched(tcp(false, SYN, "020405b4"), 1460);
        assertUntouched(tcp(false, ACK, "020405b4"), 500);
        assertUntouched(tcp(false, SYN, ""), 500);
        assertUntouched(tcp(false, SYN, "0101010101010101"), 500);
        assertUntouched(tcp(false, SYN, "00000000020405b4"), 500);
        assertUntouched(tcp(false, SYN, "020305b4"), 500);
        assertUntouched(tcp(false, SYN, "020005b4"), 500);
        assertUntouched(tcp(false, SYN, "03ff05b4"), 500);
        assertUntouched(tcp(false, SYN, "01010102"), 500);
        assertUntouched(
                Packets.udp("10.1.0.1", 1, "10.2.0.1", 2, tcp(false, SYN, "020405b4")), 500);
    }

    @Test
    void shouldLeaveAloneWhenFragmentIsNotTheFirst() {
        final byte[] bytes = tcp(false, SYN, "020405b4");
        bytes[7] = 3;
        assertUntouched(bytes, 500);
    }

    @Test
    void shouldNeverTouchAnythingOutsideWhenOptionsAreRandom() {
        final Random random = new Random(9293);
        final byte[] options = new byte[40];
        int clamped = 0;
        for (int i = 0; i < 100_000; i++) {
            random.nextBytes(options);
            options[0] = (byte) new int[] {1, 2, 3, random.nextInt(256)}[random.nextInt(4)];
            options[1] = (byte) random.nextInt(6);
            final byte[] bytes =
                    Packets.tcp("10.1.0.1", 1, "10.2.0.1", 2, SYN, options, new byte[0]);
            final byte[] before = bytes.clone();
            if (clamp(bytes, 100)) {
                clamped++;
                assertThat(Packets.transportChecksum(bytes)).isZero();
            } else {
                assertThat(bytes).isEqualTo(before);
            }
        }
        assertThat(clamped).isGreaterThan(100);
    }

    private static void assertUntouched(byte[] bytes, int mssBytes) {
        final byte[] before = bytes.clone();
        assertThat(clamp(bytes, mssBytes)).isFalse();
        assertThat(bytes).isEqualTo(before);
    }
}
