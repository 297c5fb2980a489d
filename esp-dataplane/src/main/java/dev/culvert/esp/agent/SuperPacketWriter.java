package dev.culvert.esp.agent;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneEvent;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.Offload;
import dev.culvert.esp.Offloads;
import dev.culvert.esp.packet.Segment;
import dev.culvert.esp.packet.SuperHeader;
import dev.culvert.tun.Errno;
import dev.culvert.tun.GatherList;
import dev.culvert.tun.TunQueue;
import dev.culvert.tun.VirtioNetHeader;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes packets to the TUN device, and flows as super-packets: the first packet where it is, with
 * changed headers, and the payloads of the others behind it, gathered from where they are. What the
 * kernel refuses is written packet by packet, and not tried again.
 */
final class SuperPacketWriter {

    private final TunQueue queue;
    private final TunWriter tun;
    private final Offloads offloads;
    private final EventRing events;
    private final AgentCounters counters;
    private final SuperHeader header = new SuperHeader();
    private final GatherList pieces = new GatherList(Flow.MAX_PACKETS);
    private boolean takesTcp4;
    private boolean takesTcp6;
    private boolean takesUdp;
    private boolean takesShorterLast = true;

    SuperPacketWriter(TunQueue queue, Offloads offloads, EventRing events, AgentCounters counters) {
        this.queue = queue;
        this.offloads = offloads;
        this.events = events;
        this.counters = counters;
        tun = new TunWriter(queue);
        final boolean usable =
                queue.headerLengthBytes() == VirtioNetHeader.LENGTH_BYTES
                        && offloads.isInUse(Offload.TUN_GRO);
        takesTcp4 = usable;
        takesTcp6 = usable;
        takesUdp = usable;
    }

    /** Whether super-packets of such packets are worth a try. */
    boolean takes(Segment segment) {
        if (!segment.isTcp()) {
            return takesUdp;
        }
        return segment.isIpv6() ? takesTcp6 : takesTcp4;
    }

    /** Whether the last packet of a super-packet may be shorter than the others. */
    boolean takesShorterLast() {
        return takesShorterLast;
    }

    /** Writes one packet. */
    void write(UnsafeBuffer buffer, int offset, int lengthBytes) {
        if (tun.write(buffer, offset, lengthBytes)) {
            counters.add(Counter.TUN_PACKETS, 1);
            counters.add(Counter.TUN_BYTES, lengthBytes);
        } else {
            counters.drop(DropReason.TUN_WRITE_FAILED);
        }
    }

    /** Writes the packets of a flow, together if that works. */
    void write(Flow flow) {
        if (flow.count() == 1) {
            writeSingly(flow);
            return;
        }
        final Segment head = flow.head();
        header.write(head, flow.segmentBytes(), flow.lengthBytes(), flow.lastFlags());
        final int result = gather(flow);
        if (result > 0) {
            counters.add(Counter.SUPER_PACKETS, 1);
            counters.add(Counter.TUN_PACKETS, flow.count());
            counters.add(
                    Counter.TUN_BYTES,
                    flow.lengthBytes() + (long) (flow.count() - 1) * flow.headersBytes());
            return;
        }
        header.restore(head);
        if (result == -Errno.EINVAL) {
            giveUp(flow);
        }
        writeSingly(flow);
    }

    private int gather(Flow flow) {
        final UnsafeBuffer buffer = flow.head().buffer();
        final int headersBytes = flow.headersBytes();
        pieces.clear();
        pieces.add(
                buffer,
                flow.offset(0) - VirtioNetHeader.LENGTH_BYTES,
                VirtioNetHeader.LENGTH_BYTES + headersBytes + flow.payloadBytes(0));
        for (int i = 1; i < flow.count(); i++) {
            pieces.add(buffer, flow.offset(i) + headersBytes, flow.payloadBytes(i));
        }
        return queue.write(pieces);
    }

    private void writeSingly(Flow flow) {
        final UnsafeBuffer buffer = flow.head().buffer();
        for (int i = 0; i < flow.count(); i++) {
            write(buffer, flow.offset(i), flow.headersBytes() + flow.payloadBytes(i));
        }
    }

    /**
     * Some kernels refuse a shorter last packet (6.6 before some fixes), some know no UDP
     * super-packets (before 6.2).
     */
    private void giveUp(Flow flow) {
        if (takesShorterLast && flow.hasShorterLast()) {
            takesShorterLast = false;
            offloads.limit(
                    Offload.TUN_GRO, "this kernel refuses super-packets with a shorter last part");
        } else if (!flow.head().isTcp()) {
            takesUdp = false;
            offloads.limit(Offload.TUN_GRO, "this kernel refuses super-packets of UDP");
        } else {
            takesTcp4 &= flow.head().isIpv6();
            takesTcp6 &= !flow.head().isIpv6();
            offloads.limit(
                    Offload.TUN_GRO,
                    "this kernel refuses super-packets of TCP over "
                            + (flow.head().isIpv6() ? "IPv6" : "IPv4"));
        }
        if (!takesTcp4 && !takesTcp6) {
            takesUdp = false;
            offloads.turnOff(Offload.TUN_GRO, "this kernel refuses super-packets");
        }
        // A full ring only costs the line in the log: the status shows it as well.
        events.offer(new DataplaneEvent.OffloadReduced(offloads.status(Offload.TUN_GRO)));
    }
}
