package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two namespaces with a cable between them; the right one has two addresses of each family. */
@Tag("real")
class UdpSocketIT {
    private static final int SLOTS = 16;
    private static final long POLL_NS = 5_000_000_000L;

    private TestNamespace left;
    private TestNamespace right;

    @BeforeEach
    void connect() throws Exception {
        left = TestNamespace.create();
        right = TestNamespace.create();
        left.joinByVeth("left0", right, "right0");
        left.run("ip", "addr", "add", "192.0.2.1/24", "dev", "left0");
        left.run("ip", "addr", "add", "2001:db8::1/64", "dev", "left0", "nodad");
        right.run("ip", "addr", "add", "192.0.2.2/24", "dev", "right0");
        right.run("ip", "addr", "add", "192.0.2.3/24", "dev", "right0");
        right.run("ip", "addr", "add", "2001:db8::2/64", "dev", "right0", "nodad");
        right.run("ip", "addr", "add", "2001:db8::3/64", "dev", "right0", "nodad");
    }

    @AfterEach
    void disconnect() {
        if (right != null) {
            right.close();
        }
        if (left != null) {
            left.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"192.0.2.1, 192.0.2.2, 192.0.2.3", "2001:db8::1, 2001:db8::2, 2001:db8::3"})
    void shouldCarryBatchesWithAddressesAndTos(String here, String there, String thereToo)
            throws Exception {
        // Until a neighbour is resolved its packets wait, and overtake or are overtaken by the
        // other's.
        left.run("ping", "-q", "-c", "1", "-W", "5", there);
        left.run("ping", "-q", "-c", "1", "-W", "5", thereToo);
        try (UdpSocket a = open(left, UdpOptions.boundTo(ip(here), 4500));
                UdpSocket b = open(right, UdpOptions.boundTo(wildcard(here), 4500))) {
            UdpPath[] paths = {
                UdpPath.to(new InetSocketAddress(ip(there), 4500)),
                UdpPath.between(ip(here), new InetSocketAddress(ip(thereToo), 4500))
            };
            SendBatch sent = new SendBatch(SLOTS, 2048);
            for (int slot = 0; slot < SLOTS; slot++) {
                int lengthBytes = 100 + slot;
                sent.buffer().setMemory(sent.dataOffset(slot), lengthBytes, (byte) slot);
                sent.add(lengthBytes, paths[slot % 2], 0xb8 | slot % 4);
            }
            assertThat(a.sendBatch(sent)).isEqualTo(SLOTS);
            assertThat(sent.nextSlot()).isEqualTo(SLOTS);
            assertThat(sent.failedErrno()).isZero();

            ReceiveBatch received = new ReceiveBatch(SLOTS, ReceiveBatch.MAX_DATAGRAM_BYTES);
            awaitReadable(b);
            assertThat(b.receiveBatch(received)).isEqualTo(SLOTS);
            UdpPath back = new UdpPath();
            for (int slot = 0; slot < SLOTS; slot++) {
                assertThat(received.lengthBytes(slot)).isEqualTo(100 + slot);
                assertThat(received.buffer().getByte(received.dataOffset(slot) + 99 + slot))
                        .isEqualTo((byte) slot);
                assertThat(received.isTruncated(slot)).isFalse();
                assertThat(received.tos(slot)).as("DSCP and ECN").isEqualTo(0xb8 | slot % 4);
                assertThat(received.segmentSizeBytes(slot)).isZero();
                assertThat(received.interfaceIndex(slot)).isPositive();
                assertThat(received.remote(slot)).isEqualTo(new InetSocketAddress(ip(here), 4500));
                received.copyPath(slot, back);
                assertThat(back.local()).isEqualTo(ip(slot % 2 == 0 ? there : thereToo));
            }
            assertThat(b.receiveBatch(received)).as("nothing left").isZero();
            assertThat(received.count()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"192.0.2.1, 192.0.2.3", "2001:db8::1, 2001:db8::3"})
    void shouldAnswerFromTheAddressThatWasAsked(String here, String there) throws Exception {
        try (UdpSocket a = open(left, UdpOptions.boundTo(ip(here), 0));
                UdpSocket b = open(right, UdpOptions.boundTo(wildcard(here), 4500))) {
            UdpPath towards = UdpPath.to(new InetSocketAddress(ip(there), 4500));
            ReceiveBatch received = new ReceiveBatch(2, 100);
            UdpPath back = new UdpPath();

            sendOne(a, towards, 5);
            awaitReadable(b);
            assertThat(b.receiveBatch(received)).isEqualTo(1);
            received.copyPath(0, back);
            sendOne(b, back, 6);

            awaitReadable(a);
            assertThat(a.receiveBatch(received)).isEqualTo(1);
            assertThat(received.isFrom(0, towards)).isTrue();
            assertThat(received.lengthBytes(0)).isEqualTo(6);
        }
    }

    @Test
    void shouldReachLinkLocalPeerByTheInterfaceItCameFrom() throws Exception {
        left.run("ip", "addr", "add", "fe80::1/64", "dev", "left0", "nodad");
        right.run("ip", "addr", "add", "fe80::2/64", "dev", "right0", "nodad");
        int index =
                left.call(() -> {
                    try (RtNetlink netlink = RtNetlink.open()) {
                        return netlink.linkByName("left0").orElseThrow().index();
                    }
                });
        byte[] peer = ip("fe80::2").getAddress();
        try (UdpSocket a = open(left, UdpOptions.boundTo(ip("::"), 500));
                UdpSocket b = open(right, UdpOptions.boundTo(ip("::"), 500))) {
            UdpPath towards =
                    UdpPath.to(
                            new InetSocketAddress(
                                    java.net.Inet6Address.getByAddress("", peer, index), 500));
            sendUntilReadable(a, towards, 5, b);
            ReceiveBatch received = new ReceiveBatch(1, 100);
            assertThat(b.receiveBatch(received)).isEqualTo(1);
            UdpPath back = new UdpPath();
            received.copyPath(0, back);
            sendOne(b, back, 6);
            awaitReadable(a);
            assertThat(a.receiveBatch(received)).isEqualTo(1);
            assertThat(received.isFrom(0, towards)).as("with its scope").isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"192.0.2.1, 192.0.2.2, 1472", "2001:db8::1, 2001:db8::2, 1452"})
    void shouldSayWhichDatagramFailedAndSendTheRest(String here, String there, int fittingBytes)
            throws Exception {
        UdpOptions options =
                UdpOptions.boundTo(ip(here), 0).withPathMtuDiscovery(PathMtuDiscovery.ALWAYS_DF);
        try (UdpSocket a = open(left, options);
                UdpSocket b = open(right, UdpOptions.boundTo(ip(there), 4500))) {
            UdpPath path = UdpPath.to(new InetSocketAddress(ip(there), 4500));
            SendBatch sent = new SendBatch(4, 2048);
            sent.add(fittingBytes, path, 0);
            sent.add(fittingBytes + 1, path, 0);
            sent.add(100, path, 0);
            sent.add(101, path, 0);

            assertThat(a.sendBatch(sent)).isEqualTo(1);
            assertThat(sent.nextSlot()).isEqualTo(1);
            assertThat(sent.failedErrno()).isEqualTo(Errno.EMSGSIZE);
            assertThat(a.sendBatch(sent)).as("still stuck").isEqualTo(-Errno.EMSGSIZE);
            sent.skipFailed();
            assertThat(a.sendBatch(sent)).isEqualTo(2);
            assertThat(sent.failedErrno()).isZero();

            ReceiveBatch received = new ReceiveBatch(4, 2048);
            awaitReadable(b);
            assertThat(b.receiveBatch(received)).isEqualTo(3);
            assertThat(received.lengthBytes(0)).isEqualTo(fittingBytes);
            assertThat(received.lengthBytes(1)).isEqualTo(100);
            assertThat(received.lengthBytes(2)).isEqualTo(101);
        }
    }

    @ParameterizedTest
    @CsvSource({"192.0.2.1, 192.0.2.2", "2001:db8::1, 2001:db8::2"})
    void shouldAllocateNothingPerBatch(String here, String there) throws Exception {
        try (UdpSocket a = open(left, UdpOptions.boundTo(ip(here), 4500));
                UdpSocket b = open(right, UdpOptions.boundTo(ip(there), 4500))) {
            UdpPath path = UdpPath.between(ip(here), new InetSocketAddress(ip(there), 4500));
            SendBatch sent = new SendBatch(4, 256);
            ReceiveBatch received = new ReceiveBatch(4, 256);
            Poller poller = new Poller(1);
            poller.add(b.fd(), Poller.READABLE);
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            int rounds = 2_000;
            long allocatedBytes = 0;
            // The first measurement pays for what is done once.
            for (int measurement = 0; measurement < 2; measurement++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int round = 0; round < rounds; round++) {
                    exchange(a, b, path, sent, received, poller);
                }
                allocatedBytes = threads.getCurrentThreadAllocatedBytes() - before;
            }
            assertThat(allocatedBytes).as("bytes in %d rounds", rounds).isLessThan(rounds);
        }
    }

    private static void exchange(
            UdpSocket a,
            UdpSocket b,
            UdpPath path,
            SendBatch sent,
            ReceiveBatch received,
            Poller poller) {
        sent.clear();
        sent.add(100, path, 0);
        sent.add(100, path, 0);
        int outcome = a.sendBatch(sent) + poller.poll(POLL_NS) + b.receiveBatch(received);
        boolean known = received.isFrom(0, path);
        // Also what an idle turn does: nothing there.
        if (outcome != 5 || known || b.receiveBatch(received) != 0) {
            throw new AssertionError("outcome " + outcome + ", known " + known);
        }
    }

    @Test
    void shouldFragmentWhenDfIsNotSetAndCutWhatExceedsTheSlot() throws Exception {
        UdpOptions options =
                UdpOptions.boundTo(ip("192.0.2.1"), 0)
                        .withPathMtuDiscovery(PathMtuDiscovery.NEVER_DF);
        try (UdpSocket a = open(left, options);
                UdpSocket b = open(right, UdpOptions.boundTo(ip("192.0.2.2"), 4500))) {
            UdpPath path = UdpPath.to(new InetSocketAddress(ip("192.0.2.2"), 4500));
            sendOne(a, path, 1600);
            sendOne(a, path, 1600);

            ReceiveBatch whole = new ReceiveBatch(1, 2048);
            ReceiveBatch small = new ReceiveBatch(1, 128);
            awaitReadable(b);
            assertThat(b.receiveBatch(whole)).isEqualTo(1);
            assertThat(whole.lengthBytes(0)).isEqualTo(1600);
            assertThat(b.receiveBatch(small)).isEqualTo(1);
            assertThat(small.lengthBytes(0)).isEqualTo(128);
            assertThat(small.isTruncated(0)).isTrue();
            sendOne(a, path, 100);
            awaitReadable(b);
            assertThat(b.receiveBatch(small)).isEqualTo(1);
            assertThat(small.isTruncated(0)).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({"192.0.2.1, 192.0.2.2", "2001:db8::1, 2001:db8::2"})
    void shouldLetTheKernelCutSegments(String here, String there) throws Exception {
        try (UdpSocket a = open(left, UdpOptions.boundTo(ip(here), 0));
                UdpSocket b = open(right, UdpOptions.boundTo(ip(there), 4500))) {
            UdpPath path = UdpPath.to(new InetSocketAddress(ip(there), 4500));
            SendBatch sent = new SendBatch(1, 4096);
            sent.add(sent.buffer(), sent.dataOffset(0), 2500, path, 0, 1000);
            assertThat(a.sendBatch(sent)).isEqualTo(1);

            ReceiveBatch received = new ReceiveBatch(4, 2048);
            awaitReadable(b);
            assertThat(b.receiveBatch(received)).isEqualTo(3);
            assertThat(received.lengthBytes(0)).isEqualTo(1000);
            assertThat(received.lengthBytes(2)).isEqualTo(500);
        }
    }

    @ParameterizedTest
    @CsvSource({"192.0.2.1, 192.0.2.2", "2001:db8::1, 2001:db8::2"})
    void shouldReceiveSegmentsAsOneWhenAskedToJoin(String here, String there) throws Exception {
        try (UdpSocket a = open(left, UdpOptions.boundTo(ip(here), 0));
                UdpSocket b = open(right, UdpOptions.boundTo(ip(there), 4500))) {
            assertThat(a.canSegment())
                    .isEqualTo(UdpSocket.hasSoundSegmentation(KernelVersion.ofHost()));
            assertThat(b.joinReceived()).isTrue();
            UdpPath path = UdpPath.to(new InetSocketAddress(ip(there), 4500));
            SendBatch sent = new SendBatch(2, 4096);
            sent.buffer().setMemory(sent.dataOffset(0), 2000, (byte) 7);
            sent.buffer().setMemory(sent.dataOffset(0) + 2000, 500, (byte) 9);
            sent.add(sent.buffer(), sent.dataOffset(0), 2500, path, 0xb9, 1000);
            sent.add(1000, path, 0);
            assertThat(a.sendBatch(sent)).isEqualTo(2);

            ReceiveBatch received = new ReceiveBatch(4, ReceiveBatch.MAX_DATAGRAM_BYTES);
            awaitReadable(b);
            assertThat(b.receiveBatch(received)).isEqualTo(2);
            assertThat(received.lengthBytes(0)).isEqualTo(2500);
            assertThat(received.segmentSizeBytes(0)).isEqualTo(1000);
            assertThat(received.tos(0)).isEqualTo(0xb9);
            assertThat(received.remote(0).getPort()).isEqualTo(a.localAddress().getPort());
            assertThat(received.buffer().getByte(received.dataOffset(0) + 1999))
                    .isEqualTo((byte) 7);
            assertThat(received.buffer().getByte(received.dataOffset(0) + 2000))
                    .isEqualTo((byte) 9);
            assertThat(received.lengthBytes(1)).isEqualTo(1000);
            assertThat(received.segmentSizeBytes(1)).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.2", "2001:db8::2"})
    void shouldMarkWhatItSends(String there) throws Exception {
        InetAddress any = wildcard(there);
        left.run(
                "ip",
                there.contains(":") ? "-6" : "-4",
                "rule",
                "add",
                "fwmark",
                "0x77",
                "unreachable");
        try (UdpSocket plain = open(left, UdpOptions.boundTo(any, 0));
                UdpSocket marked = open(left, UdpOptions.boundTo(any, 0).withMark(0x77))) {
            UdpPath path = UdpPath.to(new InetSocketAddress(ip(there), 4500));
            SendBatch sent = new SendBatch(1, 100);
            sent.add(10, path, 0);
            assertThat(marked.sendBatch(sent)).isIn(-Errno.EHOSTUNREACH, -Errno.ENETUNREACH);
            assertThat(plain.sendBatch(sent)).isEqualTo(1);
        }
    }

    @Test
    void shouldExceedTheHostsBufferLimit() throws Exception {
        int wantedBytes = 8 << 20;
        UdpOptions options = UdpOptions.boundTo(ip("0.0.0.0"), 0);
        try (UdpSocket socket = open(left, options.withBufferBytes(wantedBytes, wantedBytes));
                UdpSocket other = open(left, options)) {
            assertThat(socket.receiveBufferBytes()).isEqualTo(2 * wantedBytes);
            assertThat(socket.sendBufferBytes()).isEqualTo(2 * wantedBytes);
            assertThat(other.receiveBufferBytes()).isLessThan(2 * wantedBytes);
        }
    }

    @Test
    void shouldBindBothFamiliesToOnePort() throws Exception {
        try (UdpSocket four = open(left, UdpOptions.boundTo(ip("0.0.0.0"), 500));
                UdpSocket six = open(left, UdpOptions.boundTo(ip("::"), 500))) {
            assertThat(four.localAddress()).isEqualTo(new InetSocketAddress(ip("0.0.0.0"), 500));
            assertThat(four.family()).isEqualTo(AddressFamily.IPV4);
            assertThat(six.localAddress()).isEqualTo(new InetSocketAddress(ip("::"), 500));
            assertThat(six.family()).isEqualTo(AddressFamily.IPV6);
        }
    }

    @Test
    void shouldSayWhatToDoWhenItCannotBind() throws Exception {
        try (UdpSocket first = open(left, UdpOptions.boundTo(ip("0.0.0.0"), 500))) {
            assertThat(first.fd()).isPositive();
            SystemCallException inUse =
                    catchThrowableOfType(
                            SystemCallException.class,
                            () -> open(left, UdpOptions.boundTo(ip("0.0.0.0"), 500)).close());
            assertThat(inUse)
                    .hasMessage(
                            "bind(UDP 0.0.0.0:500): EADDRINUSE (address already in use): port 500"
                                    + " in use: another IKE daemon is running (charon, pluto)? stop"
                                    + " it or set culvert.port and culvert.port_nat_t");
        }
        SystemCallException notOurs =
                catchThrowableOfType(
                        SystemCallException.class,
                        () -> open(left, UdpOptions.boundTo(ip("2001:db8::77"), 500)).close());
        assertThat(notOurs)
                .hasMessageStartingWith("bind(UDP [2001:db8:0:0:0:0:0:77]:500): EADDRNOTAVAIL")
                .hasMessageContaining("no interface of this host has that address");
    }

    private static void sendOne(UdpSocket socket, UdpPath path, int lengthBytes) {
        SendBatch batch = new SendBatch(1, 2048);
        batch.add(lengthBytes, path, 0);
        assertThat(socket.sendBatch(batch)).isEqualTo(1);
    }

    /** The kernel gives a first packet up when its neighbour takes long to answer. */
    private static void sendUntilReadable(UdpSocket from, UdpPath path, int bytes, UdpSocket to) {
        Poller poller = new Poller(1);
        poller.add(to.fd(), Poller.READABLE);
        int readable = 0;
        for (int tries = 0; tries < 3 && readable == 0; tries++) {
            sendOne(from, path, bytes);
            readable = poller.poll(POLL_NS);
        }
        assertThat(readable).as("a datagram, sent up to three times").isEqualTo(1);
    }

    private static UdpSocket open(TestNamespace namespace, UdpOptions options) throws Exception {
        return namespace.call(() -> UdpSocket.open(options));
    }

    private static void awaitReadable(UdpSocket socket) {
        Poller poller = new Poller(1);
        poller.add(socket.fd(), Poller.READABLE);
        assertThat(poller.poll(POLL_NS)).as("a datagram within 5 s").isEqualTo(1);
    }

    private static InetAddress ip(String text) {
        return InetAddress.ofLiteral(text);
    }

    private static InetAddress wildcard(String like) {
        return ip(like.contains(":") ? "::" : "0.0.0.0");
    }
}
