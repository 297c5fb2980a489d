package dev.culvert.bench.e2e.load;

import dev.culvert.tun.PathMtuDiscovery;
import dev.culvert.tun.SendBatch;
import dev.culvert.tun.SystemCallException;
import dev.culvert.tun.UdpOptions;
import dev.culvert.tun.UdpPath;
import dev.culvert.tun.UdpSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends UDP datagrams at a steady rate, one by one for the kernel (no GSO), in batches for the
 * system call. It sleeps between batches, as the processors are shared with what it measures.
 */
final class UdpSender implements AutoCloseable {
    private static final int BATCH = 32;
    private static final int SLOT_BYTES = 2048;
    private static final long SLEEP_NS = 50_000;

    /** A sender that was kept from the processor does not make up for more than this. */
    private static final double MAX_DEBT_SECONDS = 0.002;

    private final UdpSocket socket;
    private final UdpPath path;
    private final SendBatch batch = new SendBatch(BATCH, SLOT_BYTES);

    UdpSender(InetAddress local, InetSocketAddress remote) throws SystemCallException {
        socket =
                UdpSocket.open(
                        UdpOptions.boundTo(local, 0)
                                .withBufferBytes(1 << 20, 1 << 20)
                                .withPathMtuDiscovery(PathMtuDiscovery.FRAGMENT_TO_PATH_MTU));
        path = UdpPath.between(local, remote);
    }

    /**
     * Sends for a while.
     *
     * @return number of datagrams that the kernel took
     */
    long send(int payloadBytes, double packetsPerSecond, long durationNs) {
        long startNs = System.nanoTime();
        long accountNs = startNs;
        double debt = 0;
        long sent = 0;
        for (long nowNs = startNs; nowNs - startNs < durationNs; nowNs = System.nanoTime()) {
            debt += (nowNs - accountNs) * packetsPerSecond / 1e9;
            accountNs = nowNs;
            debt = Math.min(debt, Math.max(1, packetsPerSecond * MAX_DEBT_SECONDS));
            int due = (int) Math.min(debt, BATCH);
            int gone = due == 0 ? 0 : sendBatch(due, payloadBytes);
            debt -= gone;
            sent += gone;
            if (gone < BATCH) {
                LockSupport.parkNanos(SLEEP_NS);
            }
        }
        return sent;
    }

    /**
     * Sends small datagrams that carry the time at which they left, evenly spaced.
     *
     * @return number of datagrams that the kernel took
     */
    long sendStamps(int payloadBytes, long intervalNs, long durationNs) {
        long startNs = System.nanoTime();
        long sent = 0;
        for (long dueNs = startNs; dueNs - startNs < durationNs; dueNs += intervalNs) {
            while (System.nanoTime() < dueNs) {
                LockSupport.parkNanos(dueNs - System.nanoTime());
            }
            batch.clear();
            batch.buffer().putLong(batch.dataOffset(0), System.nanoTime());
            batch.add(payloadBytes, path, 0);
            sent += Math.max(0, socket.sendBatch(batch));
        }
        return sent;
    }

    @Override
    public void close() {
        socket.close();
    }

    private int sendBatch(int count, int payloadBytes) {
        batch.clear();
        for (int i = 0; i < count; i++) {
            batch.add(payloadBytes, path, 0);
        }
        return Math.max(0, socket.sendBatch(batch));
    }
}
