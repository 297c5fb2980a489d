package dev.culvert.tun;

import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.Set;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Tries out what this kernel does with super-packets, instead of concluding from its version. For
 * diagnosis: an endpoint finds out with its own descriptors.
 */
public final class OffloadProbe {
    private static final String TUN_NAME = "cvprobe%d";
    private static final int BUFFER_BYTES = 4096;
    private static final int SEGMENT_BYTES = 1000;
    private static final int SHORT_BYTES = 300;
    private static final int IPV4_HEADER_BYTES = 20;
    private static final int TCP_HEADER_BYTES = 20;
    private static final int UDP_HEADER_BYTES = 8;
    private static final int PROTOCOL_TCP = 6;
    private static final int PROTOCOL_UDP = 17;
    private static final int DATAGRAM_BYTES = 200;
    private static final int DATAGRAMS = 3;
    private static final long ARRIVAL_LIMIT_NS = 200_000_000;
    private static final int MAX_POLLS = 8;

    private OffloadProbe() {}

    /**
     * What a TUN device does.
     *
     * @param offloads accepted for reading; empty if there is no virtio header at all
     * @param tcpWriteErrno 0 if a TCP super-packet of equal segments may be written, else why not
     * @param shortTailErrno 0 if its last segment may be shorter, else why not
     * @param udpWriteErrno 0 if a super-packet of UDP datagrams may be written, else why not
     * @param multiQueue whether an interface may have several descriptors
     */
    public record Tun(
            Set<TunOffload> offloads,
            int tcpWriteErrno,
            int shortTailErrno,
            int udpWriteErrno,
            boolean multiQueue) {
        public Tun {
            offloads = Set.copyOf(offloads);
        }
    }

    /**
     * What UDP sockets do, over the loopback interface.
     *
     * @param sendErrno 0 if the kernel cuts what is sent into datagrams, else why not
     * @param joins whether it can join datagrams for the receiver
     * @param arrivedBytes of those that were sent as one
     * @param arrivedJoined whether they arrived as one
     */
    public record Udp(int sendErrno, boolean joins, int arrivedBytes, boolean arrivedJoined) {
        /** Whether all that was sent arrived. */
        public boolean isComplete() {
            return arrivedBytes == DATAGRAM_BYTES * DATAGRAMS;
        }
    }

    /**
     * What socket buffers a process gets.
     *
     * @param receiveBytes of the receive buffer, up to what was asked for
     * @param sendBytes of the send buffer, up to what was asked for
     */
    public record Buffers(int receiveBytes, int sendBytes) {}

    /**
     * Tries a TUN interface that is there for the moment only. The packets that are written to it
     * have a wrong header checksum, so that they end where the kernel receives them.
     *
     * @throws SystemCallException if there can be none; CAP_NET_ADMIN is needed
     */
    public static Tun tun() throws SystemCallException {
        boolean multiQueue = hasQueues();
        try (TunDevice tun =
                        TunDevice.open(
                                TunOptions.named(TUN_NAME)
                                        .withOffloads(EnumSet.allOf(TunOffload.class)));
                RtNetlink netlink = RtNetlink.open()) {
            netlink.disableLinkLocalAddress(tun.index());
            tun.setUp(true);
            if (tun.queue().headerLengthBytes() == 0) {
                return new Tun(
                        Set.of(), Errno.EOPNOTSUPP, Errno.EOPNOTSUPP, Errno.EOPNOTSUPP, multiQueue);
            }
            int full = 2 * SEGMENT_BYTES;
            return new Tun(
                    tun.offloads(),
                    write(tun.queue(), PROTOCOL_TCP, full),
                    write(tun.queue(), PROTOCOL_TCP, full + SHORT_BYTES),
                    write(tun.queue(), PROTOCOL_UDP, full + SHORT_BYTES),
                    multiQueue);
        }
    }

    /**
     * Sends three datagrams as one from one socket to another.
     *
     * @throws SystemCallException if there can be no sockets
     */
    public static Udp udp() throws SystemCallException {
        InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
        UnsafeBuffer data = buffer();
        SendBatch sent = new SendBatch(1, 64);
        ReceiveBatch received = new ReceiveBatch(DATAGRAMS, ReceiveBatch.MAX_DATAGRAM_BYTES);
        try (UdpSocket sender = UdpSocket.open(UdpOptions.boundTo(loopback, 0));
                UdpSocket receiver = UdpSocket.open(UdpOptions.boundTo(loopback, 0))) {
            boolean joins = receiver.joinReceived();
            UdpPath path = UdpPath.to(receiver.localAddress());
            sent.add(data, 0, DATAGRAM_BYTES * DATAGRAMS, path, 0, DATAGRAM_BYTES);
            int result = sender.sendBatch(sent);
            if (result < 0) {
                return new Udp(-result, joins, 0, false);
            }
            Poller poller = new Poller(1);
            poller.add(receiver.fd(), Poller.READABLE);
            int arrivedBytes = 0;
            boolean arrivedJoined = false;
            for (int i = 0; i < MAX_POLLS && arrivedBytes < DATAGRAM_BYTES * DATAGRAMS; i++) {
                int ready = poller.poll(ARRIVAL_LIMIT_NS);
                int count = ready > 0 ? receiver.receiveBatch(received) : 0;
                for (int slot = 0; slot < count; slot++) {
                    arrivedBytes += received.lengthBytes(slot);
                    arrivedJoined |= received.segmentSizeBytes(slot) > 0;
                }
            }
            return new Udp(0, joins, arrivedBytes, arrivedJoined);
        }
    }

    /**
     * Whether several sockets on one port get what arrives by its SPI, over the loopback interface;
     * see {@link UdpSocketGroup}.
     *
     * @return 0 if they do, else why not
     * @throws SystemCallException if there can be no sockets
     */
    public static int steering() throws SystemCallException {
        UdpOptions options = UdpOptions.boundTo(InetAddress.ofLiteral("127.0.0.1"), 0);
        try (UdpSocketGroup group = UdpSocketGroup.open(options, 2)) {
            return group.steeringErrno();
        }
    }

    /**
     * Asks for socket buffers.
     *
     * @param receiveBytes wanted
     * @param sendBytes wanted
     * @throws SystemCallException if there can be no socket
     */
    public static Buffers buffers(int receiveBytes, int sendBytes) throws SystemCallException {
        UdpOptions options =
                UdpOptions.boundTo(InetAddress.ofLiteral("127.0.0.1"), 0)
                        .withBufferBytes(receiveBytes, sendBytes);
        try (UdpSocket socket = UdpSocket.open(options)) {
            // The kernel counts its own overhead and doubles what it was asked for.
            return new Buffers(socket.receiveBufferBytes() / 2, socket.sendBufferBytes() / 2);
        }
    }

    /** Whether an interface may have several descriptors. */
    public static boolean hasQueues() {
        try (TunDevice tun = TunDevice.open(TunOptions.named(TUN_NAME).withQueueCount(2))) {
            return tun.queues().size() == 2;
        } catch (SystemCallException e) {
            return false;
        }
    }

    private static int write(TunQueue queue, int protocol, int payloadBytes) {
        int transportBytes = protocol == PROTOCOL_TCP ? TCP_HEADER_BYTES : UDP_HEADER_BYTES;
        int headersBytes = IPV4_HEADER_BYTES + transportBytes;
        int packetBytes = headersBytes + payloadBytes;
        UnsafeBuffer memory = buffer();
        VirtioNetHeader.putSuperPacket(
                memory,
                0,
                protocol == PROTOCOL_TCP ? VirtioNetHeader.GSO_TCP4 : VirtioNetHeader.GSO_UDP,
                false,
                headersBytes,
                SEGMENT_BYTES,
                IPV4_HEADER_BYTES,
                protocol == PROTOCOL_TCP ? 16 : 6);
        putHeaders(memory, VirtioNetHeader.LENGTH_BYTES, protocol, packetBytes);
        int result = queue.write(memory, 0, VirtioNetHeader.LENGTH_BYTES + packetBytes);
        return result < 0 ? -result : 0;
    }

    /** From 192.0.2.1 to 192.0.2.2 (RFC 5737), with a header checksum that is wrong (0). */
    private static void putHeaders(UnsafeBuffer memory, int at, int protocol, int packetBytes) {
        memory.putShort(at, (short) 0x4500, ByteOrder.BIG_ENDIAN);
        memory.putShort(at + 2, (short) packetBytes, ByteOrder.BIG_ENDIAN);
        memory.putByte(at + 8, (byte) 64);
        memory.putByte(at + 9, (byte) protocol);
        memory.putInt(at + 12, 0xC000_0201, ByteOrder.BIG_ENDIAN);
        memory.putInt(at + 16, 0xC000_0202, ByteOrder.BIG_ENDIAN);
        int transport = at + IPV4_HEADER_BYTES;
        memory.putInt(transport, 9 << 16 | 9, ByteOrder.BIG_ENDIAN);
        if (protocol == PROTOCOL_TCP) {
            memory.putShort(transport + 12, (short) 0x5010, ByteOrder.BIG_ENDIAN);
        } else {
            memory.putShort(
                    transport + 4, (short) (packetBytes - IPV4_HEADER_BYTES), ByteOrder.BIG_ENDIAN);
        }
    }

    private static UnsafeBuffer buffer() {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(BUFFER_BYTES, 64));
    }
}
