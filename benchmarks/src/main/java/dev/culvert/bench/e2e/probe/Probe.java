package dev.culvert.bench.e2e.probe;

import dev.culvert.tun.PathMtuDiscovery;
import dev.culvert.tun.Poller;
import dev.culvert.tun.ReceiveBatch;
import dev.culvert.tun.SendBatch;
import dev.culvert.tun.TunDevice;
import dev.culvert.tun.TunOffload;
import dev.culvert.tun.TunOptions;
import dev.culvert.tun.TunQueue;
import dev.culvert.tun.UdpOptions;
import dev.culvert.tun.UdpPath;
import dev.culvert.tun.UdpSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Carries TUN super-packets in UDP, unchanged and unprotected: {@code Probe TUN-NAME LOCAL REMOTE
 * PORT}. What one read gives goes out as one datagram that the kernel cuts (GSO) and joins again
 * (GRO), so nothing is done per segment and no byte is touched in user space; packets of one length
 * that wait already share a datagram in the same way. One thread per direction, as in Culvert.
 * There is no security in it whatever: for measurements only.
 *
 * <p>A datagram is the {@code virtio_net_hdr} and the packet as they were read. Super-packets are
 * cut at a length that no small packet has, which tells the other end what was joined.
 */
public final class Probe {
    private static final int SLOTS = 32;
    private static final int SLOT_BYTES = 65536;

    /** Datagrams of one length that the kernel takes at once; more were allowed by Linux 6.9. */
    private static final int MAX_RUN = 40;

    private static final int PACKETS_BYTES = 1 << 19;

    /** What fits the MTU of 1500 behind the headers of IPv4 and UDP, less a little. */
    private static final int SEGMENT_BYTES = 1440;

    private static final int SOCKET_BUFFER_BYTES = 8 << 20;
    private static final int POLL_FOREVER = -1;

    private final TunQueue tun;
    private final UdpSocket socket;
    private final UdpPath path;

    private Probe(TunQueue tun, UdpSocket socket, UdpPath path) {
        this.tun = tun;
        this.socket = socket;
        this.path = path;
    }

    public static void main(String[] args) throws Exception {
        InetAddress local = InetAddress.getByName(args[1]);
        InetAddress remote = InetAddress.getByName(args[2]);
        int port = Integer.parseInt(args[3]);
        TunDevice device =
                TunDevice.open(
                        new TunOptions(args[0], 1420, false, 1, EnumSet.allOf(TunOffload.class)));
        UdpSocket socket =
                UdpSocket.open(
                        UdpOptions.boundTo(local, port)
                                .withBufferBytes(SOCKET_BUFFER_BYTES, SOCKET_BUFFER_BYTES)
                                .withPathMtuDiscovery(PathMtuDiscovery.FRAGMENT_TO_PATH_MTU));
        if (!socket.joinReceived()) {
            throw new IllegalStateException("this kernel has no UDP_GRO");
        }
        device.setUp(true);
        Probe probe =
                new Probe(
                        device.queue(),
                        socket,
                        UdpPath.between(local, new InetSocketAddress(remote, port)));
        Thread outbound = new Thread(probe::moveOut, "outbound");
        outbound.start();
        probe.moveIn();
    }

    private void moveOut() {
        Outbound outbound = new Outbound();
        Poller poller = new Poller(1);
        poller.add(tun.fd(), Poller.READABLE);
        while (true) {
            outbound.fill();
            if (outbound.batch.count() == 0) {
                poller.poll(POLL_FOREVER);
            } else {
                send(outbound.batch);
            }
        }
    }

    /** What waits at the TUN interface, packet behind packet as they are read. */
    private final class Outbound {
        private final SendBatch batch = new SendBatch(SLOTS, 64);
        private final UnsafeBuffer packets =
                new UnsafeBuffer(BufferUtil.allocateDirectAligned(PACKETS_BYTES, 64));
        private int at;
        private int waitingBytes;

        void fill() {
            batch.clear();
            at = 0;
            waitingBytes = read(0);
            while (waitingBytes > 0
                    && batch.count() < SLOTS - 1
                    && at + 3 * SLOT_BYTES < PACKETS_BYTES) {
                add();
            }
            if (waitingBytes > 0) {
                batch.add(packets, at, waitingBytes, path, 0, segmentBytes(waitingBytes));
            }
        }

        /** Adds what waits, with all that has the same length; another length waits afterwards. */
        private void add() {
            int packetBytes = waitingBytes;
            int end = at + packetBytes;
            int count = 1;
            waitingBytes = read(end);
            if (packetBytes <= SEGMENT_BYTES) {
                while (waitingBytes == packetBytes && count < MAX_RUN) {
                    end += packetBytes;
                    count++;
                    waitingBytes = read(end);
                }
            }
            int cutBytes = count > 1 ? packetBytes : segmentBytes(packetBytes);
            batch.add(packets, at, end - at, path, 0, cutBytes);
            at = end;
        }

        private int read(int offset) {
            return tun.read(packets, offset, SLOT_BYTES);
        }

        private static int segmentBytes(int packetBytes) {
            return packetBytes > SEGMENT_BYTES ? SEGMENT_BYTES : 0;
        }
    }

    private void send(SendBatch batch) {
        while (batch.nextSlot() < batch.count()) {
            socket.sendBatch(batch);
            if (batch.failedErrno() != 0) {
                batch.skipFailed();
            }
        }
    }

    private void moveIn() {
        ReceiveBatch batch = new ReceiveBatch(SLOTS, SLOT_BYTES);
        Poller poller = new Poller(1);
        poller.add(socket.fd(), Poller.READABLE);
        while (true) {
            int received = socket.receiveBatch(batch);
            for (int slot = 0; slot < received; slot++) {
                writeSlot(batch, slot);
            }
            if (received <= 0) {
                poller.poll(POLL_FOREVER);
            }
        }
    }

    private void writeSlot(ReceiveBatch batch, int slot) {
        int at = batch.dataOffset(slot);
        int lengthBytes = batch.lengthBytes(slot);
        int stepBytes = lengthBytes;
        if (batch.segmentSizeBytes(slot) > 0 && batch.segmentSizeBytes(slot) != SEGMENT_BYTES) {
            stepBytes = batch.segmentSizeBytes(slot);
        }
        for (int done = 0; done < lengthBytes; done += stepBytes) {
            int ignored =
                    tun.write(batch.buffer(), at + done, Math.min(stepBytes, lengthBytes - done));
        }
    }
}
