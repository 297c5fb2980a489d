package dev.culvert.esp.agent;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DropReason;
import dev.culvert.tun.Errno;
import dev.culvert.tun.Poller;
import dev.culvert.tun.SendBatch;
import dev.culvert.tun.UdpPath;
import dev.culvert.tun.UdpPort;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Collects sealed packets per UDP port and sends them in batches. When the socket is full it waits
 * briefly, which is what holds the TUN device's queue back, and then drops.
 */
final class Transmitter {

    private static final int SLOT_BYTES = 1 << 16;
    private static final int MAX_WAITS = 20;
    private static final long WAIT_NS = 1_000_000;

    private final List<UdpPort> ports;
    private final SendBatch[] batches;
    private final UnsafeBuffer[] buffers;
    private final Poller[] pollers;
    private final AgentCounters counters;

    Transmitter(List<UdpPort> ports, int slots, AgentCounters counters) {
        this.ports = List.copyOf(ports);
        this.counters = counters;
        batches = new SendBatch[ports.size()];
        buffers = new UnsafeBuffer[ports.size()];
        pollers = new Poller[ports.size()];
        for (int i = 0; i < batches.length; i++) {
            batches[i] = new SendBatch(slots, SLOT_BYTES);
            buffers[i] = new UnsafeBuffer(batches[i].buffer());
            pollers[i] = new Poller(1);
            pollers[i].add(ports.get(i).fd(), Poller.WRITABLE);
        }
    }

    /** Makes room for one datagram and tells where in {@link #buffer} it goes. */
    int claim(int portIndex) {
        final SendBatch batch = batches[portIndex];
        if (batch.isFull()) {
            flush(portIndex);
        }
        return batch.dataOffset(batch.count());
    }

    /** Where datagrams of a port are written. */
    UnsafeBuffer buffer(int portIndex) {
        return buffers[portIndex];
    }

    /** Adds the datagram that was written to the claimed place. */
    void add(int portIndex, int lengthBytes, UdpPath path, int tos) {
        batches[portIndex].add(lengthBytes, path, tos);
    }

    /** Sends what was collected. */
    void flush() {
        for (int i = 0; i < batches.length; i++) {
            if (batches[i].count() > 0) {
                flush(i);
            }
        }
    }

    private void flush(int portIndex) {
        final SendBatch batch = batches[portIndex];
        final UdpPort port = ports.get(portIndex);
        int waits = 0;
        while (batch.nextSlot() < batch.count()) {
            final int before = batch.nextSlot();
            port.sendBatch(batch);
            countSent(batch, before);
            if (batch.nextSlot() < batch.count()) {
                if (!isPassing(batch.failedErrno())) {
                    counters.drop(DropReason.SEND_FAILED);
                    batch.skipFailed();
                } else if (waits++ < MAX_WAITS) {
                    counters.add(Counter.SEND_WAITS, 1);
                    pollers[portIndex].poll(WAIT_NS);
                } else {
                    counters.drop(DropReason.SEND_BLOCKED, batch.count() - batch.nextSlot());
                    break;
                }
            }
        }
        batch.clear();
    }

    private static boolean isPassing(int errno) {
        return errno == Errno.EAGAIN || errno == Errno.ENOBUFS || errno == Errno.EINTR;
    }

    private void countSent(SendBatch batch, int from) {
        long bytes = 0;
        for (int slot = from; slot < batch.nextSlot(); slot++) {
            bytes += batch.lengthBytes(slot);
        }
        counters.add(Counter.DATAGRAMS, batch.nextSlot() - from);
        counters.add(Counter.DATAGRAM_BYTES, bytes);
    }
}
