package dev.culvert.esp.packet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.testing.Packets;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class Ipv4FragmenterTest {

    private static List<byte[]> split(byte[] bytes, int maxBytes) {
        final InnerPacket packet = new InnerPacket();
        assertThat(packet.wrap(new UnsafeBuffer(bytes), 0, bytes.length)).isTrue();
        final Ipv4Fragmenter fragmenter = new Ipv4Fragmenter();
        final UnsafeBuffer target = new UnsafeBuffer(new byte[70000]);
        final List<byte[]> fragments = new ArrayList<>();
        fragmenter.start(packet, maxBytes);
        int length = fragmenter.next(target, 0);
        while (length > 0) {
            final byte[] fragment = new byte[length];
            target.getBytes(0, fragment);
            fragments.add(fragment);
            length = fragmenter.next(target, 0);
        }
        return fragments;
    }

    /** Puts payloads together by offset, and checks that they neither overlap nor leave a hole. */
    private static byte[] join(List<byte[]> fragments) {
        byte[] payload = new byte[0];
        for (int i = 0; i < fragments.size(); i++) {
            final byte[] fragment = fragments.get(i);
            final int header = Packets.headerBytes(fragment);
            final int field = ByteBuffer.wrap(fragment).getShort(6) & 0xFFFF;
            assertThat((field & 0x1FFF) * 8).isEqualTo(payload.length);
            assertThat((field & 0x2000) != 0).isEqualTo(i < fragments.size() - 1);
            assertThat(ByteBuffer.wrap(fragment).getShort(2)).isEqualTo((short) fragment.length);
            assertThat(Packets.headerChecksumError(fragment)).isZero();
            final int start = payload.length;
            payload = Arrays.copyOf(payload, start + fragment.length - header);
            System.arraycopy(fragment, header, payload, start, fragment.length - header);
        }
        return payload;
    }

    @Test
    void shouldReassembleToTheSameWhenAnyLengthIsSplitAnywhere() {
        for (int length = 1; length < 3000; length += 97) {
            final byte[] bytes = Packets.ip("10.1.0.1", "10.2.0.1", 99, Packets.data(length));
            for (int max = 68; max < 1500; max += 41) {
                final List<byte[]> fragments = split(bytes, max);
                final int limit = max;
                assertThat(fragments).allMatch(fragment -> fragment.length <= limit);
                assertThat(join(fragments)).isEqualTo(Packets.data(length));
            }
        }
    }

    @Test
    void shouldRepeatOnlyCopiedOptionsWhenThereAreOptions() {
        final byte[] payload = Packets.data(400);
        // record route (not copied), NOP, router alert (copied), end
        final byte[] options = Packets.hex("0707040000000001" + "94040000" + "00000000");
        final byte[] bytes =
                ByteBuffer.allocate(20 + options.length + payload.length)
                        .put(Packets.ip("10.1.0.1", "10.2.0.1", 99, new byte[0]))
                        .put(options)
                        .put(payload)
                        .array();
        bytes[0] = (byte) (0x40 | (20 + options.length) / 4);
        ByteBuffer.wrap(bytes).putShort(2, (short) bytes.length);
        final List<byte[]> fragments = split(bytes, 200);
        assertThat(fragments).hasSizeGreaterThan(2);
        assertThat(Arrays.copyOfRange(fragments.getFirst(), 20, 36)).isEqualTo(options);
        for (final byte[] later : fragments.subList(1, fragments.size())) {
            assertThat(Packets.headerBytes(later)).isEqualTo(24);
            assertThat(Arrays.copyOfRange(later, 20, 24)).isEqualTo(Packets.hex("94040000"));
        }
        assertThat(join(fragments)).isEqualTo(payload);
    }

    @Test
    void shouldKeepOffsetAndFlagWhenPacketIsAFragmentItself() {
        final byte[] bytes = Packets.ip("10.1.0.1", "10.2.0.1", 99, Packets.data(400));
        ByteBuffer.wrap(bytes).putShort(6, (short) (0x2000 | 100));
        final List<byte[]> fragments = split(bytes, 220);
        assertThat(fragments).hasSize(2);
        assertThat(ByteBuffer.wrap(fragments.get(0)).getShort(6) & 0xFFFF).isEqualTo(0x2000 | 100);
        assertThat(ByteBuffer.wrap(fragments.get(1)).getShort(6) & 0xFFFF).isEqualTo(0x2000 | 125);
    }
}
