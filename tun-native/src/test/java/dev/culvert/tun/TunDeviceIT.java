package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetAddress;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("real")
class TunDeviceIT {
    private static final long POLL_NS = 5_000_000_000L;
    private static final int BUFFER_BYTES = 65536 + 64;

    private final UnsafeBuffer packet =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(BUFFER_BYTES, 64));
    private TestNamespace namespace;

    @BeforeEach
    void enter() throws Exception {
        namespace = TestNamespace.create();
    }

    @AfterEach
    void leave() {
        if (namespace != null) {
            namespace.close();
        }
    }

    @Test
    void shouldTakeOptionsThatIpSeesToo() throws Exception {
        namespace.run(() -> {
            try (TunDevice tun = TunDevice.open(TunOptions.named("culvert%d").withMtuBytes(1391))) {
                assertThat(tun.name()).isEqualTo("culvert0");
                assertThat(tun.mtuBytes()).isEqualTo(1391);
                assertThat(tun.isUp()).isFalse();
                tun.setUp(true);
                tun.setMtuBytes(1280);
                assertThat(tun.isUp()).isTrue();

                String shown = ip("-d", "link", "show", "culvert0");
                assertThat(shown)
                        .startsWith(tun.index() + ": culvert0: ")
                        .contains(",UP,")
                        .contains(" mtu 1280 ")
                        .contains("tun type tun pi off vnet_hdr off persist off");
                tun.setUp(false);
                assertThat(ip("link", "show", "culvert0")).doesNotContain(",UP");
                try (TunDevice second = TunDevice.open(TunOptions.named("culvert%d"))) {
                    assertThat(second.name()).isEqualTo("culvert1");
                }
            }
            assertThat(ip("link", "show")).doesNotContain("culvert");
        });
    }

    @Test
    void shouldAnswerPingOverIpv4() throws Exception {
        namespace.run(() -> {
            try (TunDevice tun = openWithAddress("10.99.0.1", 24)) {
                Process ping = start("ping", "-n", "-c", "3", "-i", "0.1", "10.99.0.2");
                for (int i = 0; i < 3; i++) {
                    int lengthBytes = readPacket(tun.queue(), 4);
                    assertThat(lengthBytes).isEqualTo(84);
                    assertThat(packet.getInt(12, ByteOrder.BIG_ENDIAN)).isEqualTo(0x0a630001);
                    assertThat(packet.getInt(16, ByteOrder.BIG_ENDIAN)).isEqualTo(0x0a630002);
                    assertThat(packet.getByte(9)).as("protocol ICMP").isEqualTo((byte) 1);
                    assertThat(packet.getByte(20)).as("echo request").isEqualTo((byte) 8);
                    answerIpv4Echo();
                    assertThat(tun.queue().write(packet, 0, lengthBytes)).isEqualTo(lengthBytes);
                }
                assertPinged(ping);
            }
        });
    }

    @Test
    void shouldAnswerPingOverIpv6FromSeveralPieces() throws Exception {
        namespace.run(() -> {
            GatherList pieces = new GatherList(2);
            try (TunDevice tun = openWithAddress("fd99::1", 64)) {
                Process ping = start("ping", "-6", "-n", "-c", "3", "-i", "0.1", "fd99::2");
                for (int i = 0; i < 3; i++) {
                    int lengthBytes = readPacket(tun.queue(), 6);
                    while (packet.getByte(40) != (byte) 128) {
                        lengthBytes = readPacket(tun.queue(), 6);
                    }
                    answerIpv6Echo();
                    pieces.clear();
                    assertThat(pieces.add(packet, 0, 40)).isTrue();
                    assertThat(pieces.add(packet, 40, lengthBytes - 40)).isTrue();
                    assertThat(pieces.lengthBytes()).isEqualTo(lengthBytes);
                    assertThat(tun.queue().write(pieces)).isEqualTo(lengthBytes);
                }
                assertPinged(ping);
            }
        });
    }

    @Test
    void shouldReturnErrorsAsNumbersOnThePacketPath() throws Exception {
        namespace.run(() -> {
            try (TunDevice tun = TunDevice.open(TunOptions.named("culvert%d"))) {
                packet.setMemory(0, 40, (byte) 0);
                packet.putByte(0, (byte) 0x45);
                assertThat(tun.queue().write(packet, 0, 40)).isEqualTo(-Errno.EIO);
                tun.setUp(true);
                packet.putByte(0, (byte) 0x15);
                assertThat(tun.queue().write(packet, 0, 40)).isEqualTo(-Errno.EINVAL);
            }
        });
    }

    @Test
    void shouldReadNothingWhenNothingWaits() throws Exception {
        namespace.run(() -> {
            RtNetlink netlink = RtNetlink.open();
            try (netlink;
                    TunDevice tun = TunDevice.open(TunOptions.named("culvert%d"))) {
                netlink.disableLinkLocalAddress(tun.index());
                tun.setUp(true);
                assertThat(tun.queue().read(packet, 0, 2000)).isZero();
            }
        });
    }

    @Test
    void shouldPutVirtioHeaderBeforePacketsWhenOffloadsAreAskedFor() throws Exception {
        namespace.run(() -> {
            TunOptions options =
                    TunOptions.named("culvert%d")
                            .withOffloads(Set.of(TunOffload.TSO4, TunOffload.TSO6));
            try (TunDevice tun = TunDevice.open(options)) {
                assertThat(tun.queue().headerLengthBytes()).isEqualTo(10);
                assertThat(ip("-d", "link", "show", tun.name())).contains("vnet_hdr on");
                addAddress(tun, "10.99.0.1", 24);
                Process ping = start("ping", "-n", "-c", "1", "-W", "1", "10.99.0.2");
                int lengthBytes = poll(tun.queue());
                assertThat(lengthBytes).isEqualTo(94);
                assertThat(packet.getByte(10)).isEqualTo((byte) 0x45);
                ping.destroy();
            }
        });
    }

    @Test
    void shouldOpenSeveralQueues() throws Exception {
        namespace.run(() -> {
            TunOptions options = TunOptions.named("culvert%d").withQueueCount(2);
            try (TunDevice tun = TunDevice.open(options)) {
                assertThat(tun.queues()).hasSize(2);
                assertThat(tun.queues().get(0).fd()).isNotEqualTo(tun.queues().get(1).fd());
                assertThat(ip("-d", "link", "show", tun.name())).contains("multi_queue");
            }
        });
    }

    @Test
    void shouldKeepPersistentDevice() throws Exception {
        namespace.run(() -> {
            TunOptions options = TunOptions.named("culvert7");
            TunDevice.open(options.withPersistent(true)).close();
            assertThat(ip("link", "show", "culvert7")).contains("culvert7");
            try (TunDevice again = TunDevice.open(options)) {
                assertThat(again.name()).isEqualTo("culvert7");
                again.setPersistent(false);
            }
            assertThat(ip("link", "show")).doesNotContain("culvert7");
        });
    }

    @Test
    void shouldSayThatNameIsTaken() throws Exception {
        namespace.run(() -> {
            TunOptions options = TunOptions.named("culvert7");
            try (TunDevice tun = TunDevice.open(options)) {
                SystemCallException busy =
                        catchThrowableOfType(
                                SystemCallException.class, () -> TunDevice.open(options));
                assertThat(busy)
                        .hasMessage(
                                "ioctl(TUNSETIFF, culvert7): EBUSY (busy): interface"
                                        + " culvert7 is in use by another process: stop it"
                                        + " or choose another name");
                assertThat(tun.isUp()).isFalse();
            }
            SystemCallException notTun =
                    catchThrowableOfType(
                            SystemCallException.class,
                            () -> TunDevice.open(TunOptions.named("lo")));
            assertThat(notTun.advice()).contains("is not a TUN device");
        });
    }

    @Test
    void shouldNotLeakDescriptors() throws Exception {
        namespace.run(() -> {
            // The first round loads classes and libraries, which open files of their own.
            openAndFail();
            long before = descriptorCount();
            for (int i = 0; i < 50; i++) {
                openAndFail();
            }
            assertThat(descriptorCount()).isLessThan(before + 10);
        });
    }

    private static void openAndFail() throws Exception {
        try (TunDevice tun = TunDevice.open(TunOptions.named("culvert7"));
                UdpSocket socket =
                        UdpSocket.open(
                                UdpOptions.boundTo(InetAddress.ofLiteral("127.0.0.1"), 500));
                NetworkMonitor monitor = NetworkMonitor.open();
                WakeUp wakeUp = WakeUp.open()) {
            assertThat(monitor.fd()).isNotEqualTo(wakeUp.fd());
            assertThat(socket.localAddress().getPort()).isEqualTo(500);
            assertThat(
                            catchThrowableOfType(
                                    SystemCallException.class,
                                    () -> TunDevice.open(TunOptions.named(tun.name()))))
                    .isNotNull();
            assertThat(
                            catchThrowableOfType(
                                    SystemCallException.class,
                                    () ->
                                            UdpSocket.open(
                                                    UdpOptions.boundTo(
                                                            InetAddress.ofLiteral("127.0.0.1"),
                                                            500))))
                    .isNotNull();
        }
    }

    private static long descriptorCount() throws Exception {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.count();
        }
    }

    private static TunDevice openWithAddress(String address, int prefixLength) throws Exception {
        TunDevice tun = TunDevice.open(TunOptions.named("culvert%d"));
        addAddress(tun, address, prefixLength);
        return tun;
    }

    private static void addAddress(TunDevice tun, String address, int prefixLength)
            throws Exception {
        try (RtNetlink netlink = RtNetlink.open()) {
            netlink.disableLinkLocalAddress(tun.index());
            tun.setUp(true);
            netlink.addAddress(
                    InterfaceAddress.of(tun.index(), InetAddress.ofLiteral(address), prefixLength));
        }
        if (address.contains(":")) {
            awaitUsable(address);
        }
    }

    /**
     * The kernel makes the route to its own IPv6 address later, and drops what comes until then.
     */
    private static void awaitUsable(String address) throws Exception {
        for (int tries = 0;
                !ip("-6", "route", "show", "table", "local").contains(address);
                tries++) {
            assertThat(tries)
                    .as("a tenth of a second each, until %s is local", address)
                    .isLessThan(100);
            Thread.sleep(100);
        }
    }

    /** Reads up to the next packet of an IP version. */
    private int readPacket(TunQueue queue, int version) {
        int lengthBytes = poll(queue);
        while (packet.getByte(0) >> 4 != version) {
            lengthBytes = poll(queue);
        }
        return lengthBytes;
    }

    private int poll(TunQueue queue) {
        Poller poller = new Poller(1);
        int index = poller.add(queue.fd(), Poller.READABLE);
        assertThat(poller.poll(POLL_NS)).as("a packet within 5 s").isEqualTo(1);
        assertThat(poller.isReadable(index)).isTrue();
        return queue.read(packet, 0, BUFFER_BYTES);
    }

    /** Swaps the addresses and turns the request into a reply, whose type number is 8 lower. */
    private void answerIpv4Echo() {
        int source = packet.getInt(12);
        packet.putInt(12, packet.getInt(16));
        packet.putInt(16, source);
        packet.putByte(20, (byte) 0);
        addToChecksum(22, 0x0800);
    }

    /** As above; an ICMPv6 reply's type number is 1 higher. */
    private void answerIpv6Echo() {
        byte[] source = new byte[16];
        packet.getBytes(8, source);
        packet.putBytes(8, packet, 24, 16);
        packet.putBytes(24, source);
        packet.putByte(40, (byte) 129);
        addToChecksum(42, 0xffff - 0x0100);
    }

    /** Updates a checksum for a word that became smaller by {@code difference} (RFC 1624). */
    private void addToChecksum(int offset, int difference) {
        int sum = (packet.getShort(offset, ByteOrder.BIG_ENDIAN) & 0xffff) + difference;
        packet.putShort(offset, (short) ((sum & 0xffff) + (sum >> 16)), ByteOrder.BIG_ENDIAN);
    }

    private static Process start(String... command) throws Exception {
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static void assertPinged(Process ping) throws Exception {
        String text = new String(ping.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(ping.waitFor()).as(text).isZero();
        assertThat(text).contains("3 received");
    }

    private static String ip(String... arguments) throws Exception {
        String[] command = new String[arguments.length + 1];
        command[0] = "ip";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        Process process = start(command);
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        return text;
    }
}
