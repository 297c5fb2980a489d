package dev.culvert.bench.e2e.load;

import dev.culvert.tun.Poller;
import dev.culvert.tun.ReceiveBatch;
import dev.culvert.tun.SystemCallException;
import dev.culvert.tun.UdpOptions;
import dev.culvert.tun.UdpSocket;
import dev.culvert.tun.WakeUp;
import java.net.InetAddress;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Counts what arrives and, if it is stamped, how long it was on its way. Both ends are on one
 * machine, so that they share {@link System#nanoTime}.
 */
final class UdpReceiver {
    private static final int BATCH = 64;
    private static final int SLOT_BYTES = 2048;
    private static final int SOCKET_BUFFER_BYTES = 4 << 20;
    private static final long HIGHEST_NS = 60_000_000_000L;
    private static final long QUIET_NS = 150_000_000L;

    private final UdpSocket socket;
    private final WakeUp wakeUp;
    private final boolean stamped;
    private final Histogram delayNs = new Histogram(HIGHEST_NS, 3);
    private final Thread thread;
    private volatile long received;
    private volatile boolean closing;

    UdpReceiver(InetAddress local, int port, boolean stamped) throws SystemCallException {
        this.stamped = stamped;
        socket =
                UdpSocket.open(
                        UdpOptions.boundTo(local, port)
                                .withBufferBytes(SOCKET_BUFFER_BYTES, SOCKET_BUFFER_BYTES));
        wakeUp = WakeUp.open();
        thread = new Thread(this::receive, "receiver");
        thread.start();
    }

    /** Waits until nothing arrives any more. */
    long awaitQuiet() {
        long before = -1;
        while (received != before) {
            before = received;
            LockSupport.parkNanos(QUIET_NS);
        }
        return before;
    }

    /** Times on the way; only after {@link #finish}. */
    Histogram delayNs() {
        return delayNs;
    }

    /** Ends it. */
    void finish() throws InterruptedException {
        closing = true;
        wakeUp.signal();
        thread.join();
        socket.close();
        wakeUp.close();
    }

    private void receive() {
        ReceiveBatch batch = new ReceiveBatch(BATCH, SLOT_BYTES);
        Poller poller = new Poller(2);
        poller.add(socket.fd(), Poller.READABLE);
        poller.add(wakeUp.fd(), Poller.READABLE);
        long count = 0;
        while (!closing) {
            int filled = Math.max(0, socket.receiveBatch(batch));
            if (stamped) {
                record(batch, filled);
            }
            count += filled;
            received = count;
            if (filled == 0) {
                poller.poll(-1);
            }
        }
    }

    private void record(ReceiveBatch batch, int filled) {
        long nowNs = System.nanoTime();
        for (int slot = 0; slot < filled; slot++) {
            long delay = nowNs - batch.buffer().getLong(batch.dataOffset(slot));
            delayNs.recordValue(Math.clamp(delay, 0, HIGHEST_NS));
        }
    }
}
