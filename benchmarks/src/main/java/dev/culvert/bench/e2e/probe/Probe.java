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

/**
 * Carries TUN super-packets in UDP, unchanged and unprotected: {@code Probe TUN-NAME LOCAL REMOTE
 * PORT}. What one read gives goes out as one datagram that the kernel cuts (GSO) and joins again
 * (GRO), so nothing is done per segment and no byte is touched in user space. One thread per
 * direction, as in Culvert. There is no security in it whatever: for measurements only.
 *
 * <p>A datagram is the {@code virtio_net_hdr} and the packet as they were read.
 */
public final class Probe {
    private static final int SLOTS = 32;
    private static final int SLOT_BYTES = 65536;

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
        SendBatch batch = new SendBatch(SLOTS, SLOT_BYTES);
        Poller poller = new Poller(1);
        poller.add(tun.fd(), Poller.READABLE);
        while (true) {
            batch.clear();
            while (!batch.isFull()) {
                int lengthBytes =
                        tun.read(batch.buffer(), batch.dataOffset(batch.count()), SLOT_BYTES);
                if (lengthBytes <= 0) {
                    break;
                }
                int segmentBytes = lengthBytes > SEGMENT_BYTES ? SEGMENT_BYTES : 0;
                batch.add(
                        batch.buffer(),
                        batch.dataOffset(batch.count()),
                        lengthBytes,
                        path,
                        0,
                        segmentBytes);
            }
            if (batch.count() == 0) {
                poller.poll(POLL_FOREVER);
            } else {
                send(batch);
            }
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
                int ignored =
                        tun.write(batch.buffer(), batch.dataOffset(slot), batch.lengthBytes(slot));
            }
            if (received <= 0) {
                poller.poll(POLL_FOREVER);
            }
        }
    }
}
