package dev.culvert.esp.agent;

import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.packet.Segment;

/**
 * Joins consecutive packets of a flow into super-packets on their way to the TUN device, several
 * flows at a time. Packets of one flow leave in the order in which they came; what can't be joined
 * lets its flow go first. Packets must stay in place until {@link #flush}.
 */
final class Coalescer {

    private static final int FLOWS = 8;

    private final SuperPacketWriter writer;
    private final Segment segment = new Segment();
    private final Flow[] flows = new Flow[FLOWS];
    private int waiting;
    private int latest;
    private int nextVictim;

    Coalescer(SuperPacketWriter writer) {
        this.writer = writer;
        for (int i = 0; i < FLOWS; i++) {
            flows[i] = new Flow();
        }
    }

    /**
     * Takes a packet, which leaves now or with {@link #flush} at the latest.
     *
     * @param packet a checked packet off the heap, with room for a virtio header in front
     */
    void offer(InnerPacket packet) {
        final int index = waiting == 0 ? -1 : find(packet);
        if (segment.wrap(packet)) {
            if (index < 0 || !append(index)) {
                start(packet);
            }
            return;
        }
        if (index >= 0) {
            release(index);
        } else if (waiting > 0 && !packet.hasPorts()) {
            releaseBetween(packet);
        }
        writer.write(packet.buffer(), packet.offset(), packet.lengthBytes());
    }

    /** Lets go whatever waits. */
    void flush() {
        for (int i = 0; waiting > 0 && i < FLOWS; i++) {
            if (flows[i].count() > 0) {
                release(i);
            }
        }
    }

    private int find(InnerPacket packet) {
        if (flows[latest].isOf(packet)) {
            return latest;
        }
        for (int i = 0; i < FLOWS; i++) {
            if (flows[i].isOf(packet)) {
                return i;
            }
        }
        return -1;
    }

    private boolean append(int index) {
        final Flow flow = flows[index];
        latest = index;
        if (!flow.append(segment, writer.takesShorterLast())) {
            release(index);
            return false;
        }
        if (flow.isComplete()) {
            release(index);
        }
        return true;
    }

    private void start(InnerPacket packet) {
        if (segment.lastFlags() != 0 || !writer.takes(segment)) {
            writer.write(packet.buffer(), packet.offset(), packet.lengthBytes());
            return;
        }
        latest = freePlace();
        flows[latest].start(packet, segment);
        waiting++;
    }

    private int freePlace() {
        for (int i = 0; i < FLOWS; i++) {
            if (flows[i].count() == 0) {
                return i;
            }
        }
        final int victim = nextVictim;
        nextVictim = (victim + 1) % FLOWS;
        release(victim);
        return victim;
    }

    /** A fragment does not show its ports: it may belong to any flow between its addresses. */
    private void releaseBetween(InnerPacket packet) {
        for (int i = 0; i < FLOWS; i++) {
            if (flows[i].count() > 0 && flows[i].isBetween(packet)) {
                release(i);
            }
        }
    }

    private void release(int index) {
        waiting--;
        final Flow flow = flows[index];
        try {
            writer.write(flow);
        } finally {
            flow.clear();
        }
    }
}
