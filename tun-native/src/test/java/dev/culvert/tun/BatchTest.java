package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Layout of messages and control messages: structures of {@code bits/socket.h} for LP64. */
class BatchTest {
    private static final UdpPath PATH4 =
            UdpPath.between(
                    InetAddress.ofLiteral("198.51.100.1"),
                    new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 4500));
    private static final UdpPath PATH6 =
            UdpPath.between(
                    InetAddress.ofLiteral("2001:db8::1"),
                    new InetSocketAddress(InetAddress.ofLiteral("2001:db8::2"), 4500));

    @Test
    void shouldLayOutIpv4ControlMessages() {
        SendBatch batch = new SendBatch(2, 100);
        batch.add(10, PATH4, 0xb9);
        batch.add(10, PATH4, 0x02);

        assertThat(hex(batch.controls(), 0, 56))
                .isEqualTo(
                        // cmsg_len 28, IPPROTO_IP, IP_PKTINFO: interface 0, spec_dst, addr 0, pad
                        "1c00000000000000"
                                + "00000000"
                                + "08000000"
                                + "00000000"
                                + "c6336401"
                                + "00000000"
                                + "00000000"
                                // cmsg_len 20, IPPROTO_IP, IP_TOS, pad
                                + "1400000000000000"
                                + "00000000"
                                + "01000000"
                                + "b9000000"
                                + "00000000");
        assertThat(batch.headers().getLong(40)).as("msg_controllen").isEqualTo(56);
        assertThat(batch.headers().getInt(8)).as("msg_namelen").isEqualTo(16);
        assertThat(batch.controls().getInt(128 + 48)).as("TOS of slot 1").isEqualTo(2);
    }

    @Test
    void shouldLayOutIpv6ControlMessages() {
        SendBatch batch = new SendBatch(1, 100);
        batch.add(batch.buffer(), 0, 90, PATH6, 0x2e, 30);

        assertThat(hex(batch.controls(), 0, 82))
                .isEqualTo(
                        // cmsg_len 36, IPPROTO_IPV6, IPV6_PKTINFO: address, interface 0, pad
                        "2400000000000000"
                                + "29000000"
                                + "32000000"
                                + "20010db8000000000000000000000001"
                                + "00000000"
                                + "00000000"
                                // cmsg_len 20, IPPROTO_IPV6, IPV6_TCLASS, pad
                                + "1400000000000000"
                                + "29000000"
                                + "43000000"
                                + "2e000000"
                                + "00000000"
                                // cmsg_len 18, SOL_UDP, UDP_SEGMENT, 30, pad
                                + "1200000000000000"
                                + "11000000"
                                + "67000000"
                                + "1e00");
        assertThat(batch.headers().getLong(40)).as("msg_controllen").isEqualTo(88);
        assertThat(batch.headers().getInt(8)).as("msg_namelen").isEqualTo(28);
    }

    @Test
    void shouldReadIpv4ControlMessages() {
        ReceiveBatch batch = new ReceiveBatch(1, 100);
        SocketAddressCodec.encode(PATH4.remote(), batch.paths(), 0);
        load(
                batch,
                // SOL_SOCKET/SCM_TIMESTAMP, which nobody asked for
                "2000000000000000"
                        + "01000000"
                        + "1d000000"
                        + "00".repeat(16)
                        + "1100000000000000"
                        + "00000000"
                        + "01000000"
                        + "b9"
                        + "00".repeat(7)
                        + "1c00000000000000"
                        + "00000000"
                        + "08000000"
                        + "05000000"
                        + "c6336401"
                        + "c6336401");

        batch.accept(1);

        assertThat(batch.tos(0)).isEqualTo(0xb9);
        assertThat(batch.interfaceIndex(0)).isEqualTo(5);
        UdpPath path = new UdpPath();
        batch.copyPath(0, path);
        assertThat(path.isSame(PATH4)).isTrue();
        assertThat(batch.isFrom(0, PATH4)).isTrue();
        assertThat(batch.isTo(0, PATH4)).isTrue();
        assertThat(batch.isFrom(0, PATH6)).isFalse();
    }

    @Test
    void shouldReadIpv6ControlMessages() {
        ReceiveBatch batch = new ReceiveBatch(1, 100);
        SocketAddressCodec.encode(PATH6.remote(), batch.paths(), 0);
        load(
                batch,
                "2400000000000000"
                        + "29000000"
                        + "32000000"
                        + "20010db8000000000000000000000001"
                        + "09000000"
                        + "00000000"
                        + "1400000000000000"
                        + "29000000"
                        + "43000000"
                        + "01000000"
                        + "00000000"
                        // SOL_UDP, UDP_GRO
                        + "1400000000000000"
                        + "11000000"
                        + "68000000"
                        + "40050000");

        batch.accept(1);

        assertThat(batch.tos(0)).isEqualTo(1);
        assertThat(batch.interfaceIndex(0)).isEqualTo(9);
        assertThat(batch.segmentSizeBytes(0)).isEqualTo(1344);
        UdpPath path = new UdpPath();
        batch.copyPath(0, path);
        assertThat(path.isSame(PATH6)).as("interface only with link-local addresses").isTrue();
    }

    @Test
    void shouldStopAtBrokenControlMessage() {
        ReceiveBatch batch = new ReceiveBatch(1, 100);
        SocketAddressCodec.encode(PATH4.remote(), batch.paths(), 0);
        load(batch, "ff00000000000000" + "00000000" + "01000000" + "b9" + "00".repeat(7));

        batch.accept(1);

        assertThat(batch.tos(0)).isZero();
    }

    @Test
    void shouldTakeAndGiveDatagramsOfOtherPorts() {
        UnsafeBuffer packet = new UnsafeBuffer(new byte[] {1, 2, 3});
        SendBatch sent = new SendBatch(2, 64);
        sent.buffer().putBytes(sent.dataOffset(0), packet, 0, 3);
        sent.add(3, PATH4, 5);

        UnsafeBuffer copy = new UnsafeBuffer(new byte[3]);
        sent.copyDatagram(0, copy, 0);
        assertThat(copy.byteArray()).containsExactly(1, 2, 3);
        sent.recordSent(1, 0);
        assertThat(sent.nextSlot()).isEqualTo(sent.count());

        ReceiveBatch received = new ReceiveBatch(1, 64);
        assertThat(received.add(packet, 0, 3, PATH4, 5)).isTrue();
        assertThat(received.add(packet, 0, 3, PATH4, 5)).as("only one slot").isFalse();
        assertThat(received.count()).isEqualTo(1);
        assertThat(received.lengthBytes(0)).isEqualTo(3);
        assertThat(received.buffer().getByte(received.dataOffset(0) + 2)).isEqualTo((byte) 3);
        assertThat(received.remote(0)).isEqualTo(PATH4.remote());
    }

    @Test
    void shouldTakeNoMoreThanItsLimitWhenOneIsSet() {
        ReceiveBatch batch = new ReceiveBatch(3, 64);
        UnsafeBuffer datagram = new UnsafeBuffer(new byte[8]);
        assertThat(batch.limit()).isEqualTo(3);

        batch.limit(1);

        assertThat(batch.add(datagram, 0, 8, PATH4, 0)).isTrue();
        assertThat(batch.add(datagram, 0, 8, PATH4, 0)).isFalse();
        assertThat(batch.slotCount()).isEqualTo(3);
    }

    private static void load(ReceiveBatch batch, String hex) {
        byte[] control = HexFormat.of().parseHex(hex);
        batch.controls().putBytes(0, control);
        batch.headers().putLong(40, control.length);
    }

    private static String hex(DirectBuffer buffer, int offset, int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        buffer.getBytes(offset, bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
