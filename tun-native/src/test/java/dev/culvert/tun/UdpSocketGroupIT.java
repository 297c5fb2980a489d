package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sockets that share a port, on the loopback interface of a namespace. */
@Tag("real")
class UdpSocketGroupIT {

    private TestNamespace namespace;

    @BeforeEach
    void create() throws Exception {
        namespace = TestNamespace.create();
    }

    @AfterEach
    void remove() {
        if (namespace != null) {
            namespace.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1, 2", "127.0.0.1, 3", "0.0.0.0, 4", "::, 2", "::1, 16"})
    void shouldGiveEachDatagramToTheSocketOfItsSpi(String bound, int count) throws Exception {
        InetAddress loopback = ip(bound.contains(":") ? "::1" : "127.0.0.1");
        int[] spis = {256, 257, 258, 259, 0x1000_0001, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF};
        try (UdpSocketGroup group = openGroup(ip(bound), 4500, count);
                UdpSocket sender = open(loopback, 0)) {
            assertThat(group.steeringErrno()).isZero();
            assertThat(group.sockets())
                    .hasSize(count)
                    .allSatisfy(s ->
                            assertThat(s.localAddress())
                                    .isEqualTo(new InetSocketAddress(ip(bound), 4500)));
            for (int spi : spis) {
                send(sender, loopback, spi, 60);
            }
            Map<Integer, Integer> socketOf = new HashMap<>();
            for (int i = 0; i < count; i++) {
                for (UnsafeBuffer datagram : receive(group.sockets().get(i))) {
                    socketOf.put(datagram.getInt(0, ByteOrder.BIG_ENDIAN), i);
                }
            }
            assertThat(socketOf).hasSize(spis.length);
            for (int spi : spis) {
                assertThat(socketOf)
                        .as("SPI %x", spi)
                        .containsEntry(spi, Integer.remainderUnsigned(spi, count));
            }
        }
    }

    @Test
    void shouldGiveIkeMessagesAndKeepalivesToTheFirstSocket() throws Exception {
        InetAddress loopback = ip("127.0.0.1");
        try (UdpSocketGroup group = openGroup(loopback, 4500, 3);
                UdpSocket sender = open(loopback, 0);
                UdpSocket other = open(loopback, 0)) {
            for (UdpSocket from : List.of(sender, other)) {
                send(from, loopback, 0, 300);
                send(from, loopback, 0xFFFF_FFFF, 1);
                send(from, loopback, 0xFFFF_FFFF, 3);
                send(from, loopback, 0, 0);
            }
            assertThat(receive(group.sockets().get(0))).hasSize(8);
            assertThat(receive(group.sockets().get(1))).isEmpty();
            assertThat(receive(group.sockets().get(2))).isEmpty();
        }
    }

    @Test
    void shouldRefuseASecondGroupOnTheSamePort() throws Exception {
        try (UdpSocketGroup group = openGroup(ip("0.0.0.0"), 0, 2)) {
            int port = group.sockets().getFirst().localAddress().getPort();
            assertThat(group.sockets().get(1).localAddress().getPort()).isEqualTo(port);
            SystemCallException inUse =
                    catchThrowableOfType(
                            SystemCallException.class,
                            () -> openGroup(ip("0.0.0.0"), port, 2).close());
            assertThat(inUse.errno()).isEqualTo(Errno.EADDRINUSE);
        }
    }

    @Test
    void shouldSteerWhenTheProbeAsks() throws Exception {
        assertThat(namespace.call(OffloadProbe::steering)).isZero();
    }

    private UdpSocketGroup openGroup(InetAddress address, int port, int count) throws Exception {
        return namespace.call(() -> UdpSocketGroup.open(UdpOptions.boundTo(address, port), count));
    }

    private UdpSocket open(InetAddress address, int port) throws Exception {
        return namespace.call(() -> UdpSocket.open(UdpOptions.boundTo(address, port)));
    }

    private static void send(UdpSocket from, InetAddress to, int spi, int lengthBytes) {
        SendBatch batch = new SendBatch(1, 512);
        batch.buffer().putInt(batch.dataOffset(0), spi, ByteOrder.BIG_ENDIAN);
        batch.add(lengthBytes, UdpPath.to(new InetSocketAddress(to, 4500)), 0);
        assertThat(from.sendBatch(batch)).isEqualTo(1);
    }

    /** On the loopback interface, what was sent has arrived. */
    private static List<UnsafeBuffer> receive(UdpSocket socket) {
        ReceiveBatch batch = new ReceiveBatch(16, 512);
        int received = socket.receiveBatch(batch);
        return IntStream.range(0, received)
                .mapToObj(slot ->
                        new UnsafeBuffer(
                                batch.buffer(), batch.dataOffset(slot), batch.slotCapacityBytes()))
                .toList();
    }

    private static InetAddress ip(String text) {
        return InetAddress.ofLiteral(text);
    }
}
