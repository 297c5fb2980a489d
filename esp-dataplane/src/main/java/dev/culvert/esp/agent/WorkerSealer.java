package dev.culvert.esp.agent;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.packet.Segmenter;
import dev.culvert.esp.sa.OutboundSa;
import dev.culvert.esp.worker.JobLane;
import dev.culvert.esp.worker.WorkerCrew;
import dev.culvert.tun.VirtioNetHeader;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets crypto workers seal. Packets are read into jobs; sequence numbers are taken and limits
 * counted here, before a job is handed over, and what comes back is sent in the order in which it
 * was read: so numbers leave in order, and none is taken twice.
 *
 * <p>The agent seals a job itself when little waits and nothing is under way, where a hop to
 * another thread would only cost time. What does not lie in a job (fragments, packets that waited
 * for an SA) or does not fit one is sealed by the agent, after everything before it has left.
 */
final class WorkerSealer implements PacketSealer {

    private final AgentCounters counters;
    private final Transmitter transmitter;
    private final Sealer sealer;
    private final JobLane<SealJob> lane;
    private final List<SealJob> sent;
    private final int smallBytes;
    private SealJob open;

    WorkerSealer(
            AgentCounters counters,
            EventRing events,
            Transmitter transmitter,
            WorkerCrew crew,
            JobLane<SealJob> lane) {
        this.counters = counters;
        this.transmitter = transmitter;
        this.lane = lane;
        smallBytes = crew.smallBytes();
        sealer = new Sealer(counters, events, transmitter);
        sent = new ArrayList<>(lane.jobs());
        open = lane.takeFree();
    }

    @Override
    public void place(PacketSource source) {
        if (open.isFull()) {
            submit();
        }
        if (lane.isHeadDone()) {
            sendDone();
        }
        source.readTo(open.input(), open.nextOffset());
    }

    @Override
    public void dropSpent(OutboundSa sa, long packets) {
        sealer.dropSpent(sa, packets);
    }

    @Override
    public void seal(OutboundSa sa, InnerPacket packet, long nowNs) {
        final int innerBytes = packet.lengthBytes();
        if (packet.buffer().addressOffset() != open.input().addressOffset()
                || !fits(sa, packet.offset(), innerBytes, 1)) {
            settle();
            sealer.seal(sa, packet, nowNs);
            return;
        }
        final long first = sa.upcomingSequence();
        if (sa.reserve(1, innerBytes, innerBytes) == 0) {
            dropSpent(sa, 1);
            return;
        }
        final int trailingBytes = plaintextBytes(sa, innerBytes) - innerBytes;
        final SealTask task = add(sa, 1, innerBytes, innerBytes, trailingBytes, nowNs);
        task.firstSequence = first;
        task.gsoType = VirtioNetHeader.GSO_NONE;
        task.ipv6 = packet.isIpv6();
        task.tos = Sealer.outerTos(sa.options(), packet);
        sealer.raiseLimits(sa);
    }

    @Override
    public void seal(OutboundSa sa, Segmenter segments, int outerTos, long nowNs) {
        final int packets = segments.remaining();
        final int largestBytes = segments.largestBytes();
        if (!fits(sa, segments.start(), largestBytes, packets)) {
            settle();
            sealer.seal(sa, segments, outerTos, nowNs);
            return;
        }
        final long first = sa.upcomingSequence();
        final int granted = sa.reserve(packets, largestBytes, segments.remainingBytes());
        if (granted > 0) {
            final SealTask task =
                    add(
                            sa,
                            granted,
                            segments.wholeBytes(),
                            largestBytes,
                            plaintextBytes(sa, largestBytes),
                            nowNs);
            task.firstSequence = first;
            task.gsoType = segments.gsoType();
            task.sliceBytes = segments.sliceBytes();
            task.withChecksum = segments.isWithChecksum();
            task.ipv6 = segments.isIpv6();
            task.tos = outerTos;
        }
        sealer.raiseLimits(sa);
        if (granted < packets) {
            dropSpent(sa, packets - granted);
        }
    }

    private boolean fits(OutboundSa sa, int offset, int largestBytes, int packets) {
        return offset == open.nextOffset() && open.hasRoom(packets, espBytes(sa, largestBytes));
    }

    private static int plaintextBytes(OutboundSa sa, int innerBytes) {
        return EspLayout.plaintextBytes(
                Math.max(innerBytes, sa.tfcBytes()), sa.suite().alignmentBytes());
    }

    private static int espBytes(OutboundSa sa, int innerBytes) {
        return EspLayout.packetBytes(sa.suite(), plaintextBytes(sa, innerBytes));
    }

    private SealTask add(
            OutboundSa sa,
            int packets,
            int lengthBytes,
            int largestBytes,
            int trailingBytes,
            long nowNs) {
        final SealTask task =
                open.add(packets, espBytes(sa, largestBytes), lengthBytes, trailingBytes);
        task.sa = sa;
        task.tfcBytes = sa.tfcBytes();
        task.fitsPath = Math.max(largestBytes, sa.tfcBytes()) <= sa.maxInnerBytes();
        task.nowNs = nowNs;
        return task;
    }

    @Override
    public int flush() {
        final int done = sendDone();
        if (!open.isEmpty()) {
            if (lane.underWay() == 0 && open.outputBound() <= smallBytes) {
                sealOpen();
            } else {
                submit();
            }
        }
        transmitter.flush();
        return done;
    }

    @Override
    public void settle() {
        while (lane.underWay() > 0) {
            lane.awaitHead();
            sendDone();
        }
        if (!open.isEmpty()) {
            sealOpen();
        }
    }

    /** What was read into it last stays where it is. */
    private void sealOpen() {
        lane.runHere(open);
        collect(open);
        transmitter.flush();
        open.clear();
    }

    private void submit() {
        final int packets = open.packets();
        if (lane.submit(open)) {
            counters.add(Counter.WORKER_PACKETS, packets);
        }
        while (!lane.hasFree()) {
            lane.awaitHead();
            sendDone();
        }
        open = lane.takeFree();
    }

    private int sendDone() {
        while (lane.isHeadDone()) {
            final SealJob job = lane.takeHead();
            collect(job);
            sent.add(job);
        }
        final int done = sent.size();
        if (done > 0) {
            transmitter.flush();
            while (!sent.isEmpty()) {
                final SealJob job = sent.removeLast();
                job.clear();
                lane.recycle(job);
            }
        }
        return done;
    }

    private void collect(SealJob job) {
        int index = 0;
        int offset = 0;
        int failed = 0;
        for (int i = 0; i < job.taskCount(); i++) {
            final SealTask task = job.task(i);
            final OutboundSa sa = task.sa;
            for (int packet = 0; packet < task.packets; packet++) {
                final int espBytes = job.datagramBytes(index++);
                if (espBytes == 0) {
                    failed++;
                    continue;
                }
                transmitter.add(
                        sa.portIndex(),
                        job.output(),
                        offset,
                        espBytes,
                        sa.udpPath(),
                        task.tos,
                        task.fitsPath);
                offset += espBytes;
            }
            if (task.sealedPackets > 0) {
                sa.counters()
                        .packets(
                                task.sealedPackets,
                                task.sealedBytes,
                                task.lastSequence(),
                                task.nowNs);
            }
        }
        if (failed > 0) {
            counters.drop(
                    job.isFaulty() ? DropReason.INTERNAL_FAULT : DropReason.SEAL_FAILED, failed);
        }
    }
}
