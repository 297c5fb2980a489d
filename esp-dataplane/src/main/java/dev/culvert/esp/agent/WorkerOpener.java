package dev.culvert.esp.agent;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneConfig;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.Offload;
import dev.culvert.esp.sa.InboundSa;
import dev.culvert.esp.worker.JobLane;
import dev.culvert.esp.worker.WorkerCrew;
import dev.culvert.tun.ReceiveBatch;
import dev.culvert.tun.UdpPort;
import java.util.function.IntSupplier;
import org.agrona.ErrorHandler;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Lets crypto workers open. Each job receives datagrams of its own; what is to be opened is chosen
 * before it is handed over, and moved on when it is back, in the order in which it came. The replay
 * window is asked twice: before, so that old packets cost no opening, and after, since a packet and
 * its copy may have been under way together; only then the number is taken.
 *
 * <p>The agent opens a job itself when little came and nothing is under way.
 */
final class WorkerOpener implements PacketOpener {

    private static final int JOINED_SLOTS = 4;
    private static final int SINGLE_SLOTS = 32;

    private final AgentCounters counters;
    private final ErrorHandler errorHandler;
    private final InboundAdmission admission;
    private final InboundDelivery delivery;
    private final JobLane<OpenJob> lane;
    private final int smallBytes;
    private OpenJob open;

    WorkerOpener(
            DataplaneConfig config,
            AgentCounters counters,
            EventRing events,
            Int2ObjectHashMap<InboundSa> sas,
            IntSupplier newCommands,
            DatagramExchange exchange,
            WorkerCrew crew,
            JobLane<OpenJob> lane) {
        this.counters = counters;
        this.lane = lane;
        errorHandler = config.errorHandler();
        smallBytes = crew.smallBytes();
        open = lane.takeFree();
        final InboundNotices notices = new InboundNotices(events, counters);
        final ReceiveBatch batch = open.batch();
        final UnsafeBuffer buffer = open.buffer();
        admission =
                new InboundAdmission(
                        counters, counters, notices, sas, newCommands, exchange, batch, buffer);
        delivery = new InboundDelivery(config, counters, events, notices, batch, buffer);
    }

    /** A job for such a dataplane. */
    static OpenJob newJob(DataplaneConfig config) {
        final int slots = config.offloads().isInUse(Offload.UDP_GRO) ? JOINED_SLOTS : SINGLE_SLOTS;
        return new OpenJob(Math.min(slots, config.batchPackets()));
    }

    @Override
    public int receive(UdpPort port, boolean alone, long nowNs) {
        final ReceiveBatch batch = open.batch();
        batch.limit(limit(alone));
        final int received = port.receiveBatch(batch);
        final int localPort = port.localAddress().getPort();
        open.receivedAt(nowNs);
        for (int slot = 0; slot < received; slot++) {
            onSlot(slot, localPort);
        }
        if (open.count() > 0) {
            if (lane.underWay() == 0 && open.bytes() <= smallBytes) {
                openHere();
            } else {
                submit();
            }
        }
        return received;
    }

    @Override
    public int limit(boolean alone) {
        return alone ? 1 : open.batch().slotCount();
    }

    @Override
    public int flush() {
        int done = 0;
        while (lane.isHeadDone()) {
            final OpenJob job = lane.takeHead();
            deliver(job);
            job.clear();
            lane.recycle(job);
            done++;
        }
        return done;
    }

    @Override
    public void settle() {
        while (lane.underWay() > 0) {
            lane.awaitHead();
            flush();
        }
        // Commands may come in the middle of a slot.
        if (open.count() > 0) {
            openHere();
        }
    }

    private void onSlot(int slot, int localPort) {
        final ReceiveBatch batch = open.batch();
        if (batch.isTruncated(slot)) {
            counters.drop(DropReason.RUNT_DATAGRAM);
            return;
        }
        final int lengthBytes = batch.lengthBytes(slot);
        final int segmentBytes = Slots.segmentBytes(batch, slot);
        final int datagrams = Slots.datagrams(batch, slot);
        admission.begin(batch, open.buffer(), slot, localPort, datagrams);
        final int start = batch.dataOffset(slot);
        for (int i = 0; i < datagrams; i++) {
            final int taken = i * segmentBytes;
            try {
                onDatagram(slot, start + taken, Math.min(segmentBytes, lengthBytes - taken));
            } catch (RuntimeException e) {
                onFault(e);
            }
        }
    }

    private void onDatagram(int slot, int offset, int lengthBytes) {
        if (!admission.admit(offset, lengthBytes)) {
            return;
        }
        if (open.isFull()) {
            // More pieces than the kernel joins; those before them have to go first.
            settle();
        }
        open.add(
                admission.sa(),
                admission.sequence(),
                admission.isFromPeer(),
                slot,
                offset,
                lengthBytes);
    }

    private void submit() {
        final int packets = open.count();
        if (lane.submit(open)) {
            counters.add(Counter.WORKER_PACKETS, packets);
        }
        while (!lane.hasFree()) {
            lane.awaitHead();
            flush();
        }
        open = lane.takeFree();
    }

    private void openHere() {
        lane.runHere(open);
        deliver(open);
        open.clear();
    }

    private void deliver(OpenJob job) {
        int slot = -1;
        for (int i = 0; i < job.count(); i++) {
            final OpenJob.Packet packet = job.packet(i);
            if (packet.slot != slot) {
                slot = packet.slot;
                delivery.begin(job.batch(), job.buffer(), slot, job.nowNs());
            }
            try {
                if (i < job.worked()) {
                    deliver(packet);
                } else {
                    counters.drop(DropReason.INTERNAL_FAULT);
                }
            } catch (RuntimeException e) {
                onFault(e);
            }
        }
        try {
            // The job's memory is about to be used again.
            delivery.flush();
        } catch (RuntimeException e) {
            onFault(e);
        }
    }

    private void deliver(OpenJob.Packet packet) {
        final InboundSa sa = packet.sa;
        if (admission.isSpent(sa) || !admission.mayBeNew(sa, packet.sequence)) {
            return;
        }
        if (!packet.genuine) {
            delivery.onForged(sa);
        } else {
            delivery.onOpened(
                    sa,
                    packet.sequence,
                    packet.fromPeer,
                    packet.plainOffset(),
                    packet.plaintextBytes());
        }
    }

    private void onFault(RuntimeException fault) {
        counters.drop(DropReason.INTERNAL_FAULT);
        errorHandler.onError(fault);
    }
}
