package dev.culvert.esp.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.DataplaneEvent;
import dev.culvert.esp.Offload;
import dev.culvert.esp.Offloads;
import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.testing.SegmentingTun;
import dev.culvert.esp.testing.TransportPacket;
import dev.culvert.tun.TunQueue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** A coalescer in front of a TUN queue; packets lie apart, as in a receive buffer. */
final class CoalescerRig {

    private static final int GAP_BYTES = 16;

    final AgentCounters counters = new AgentCounters();
    final Offloads offloads;
    private final EventRing events = new EventRing(16, 16, () -> {});
    private final InnerPacket inner = new InnerPacket();
    private final UnsafeBuffer memory =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(8 << 20, 64));
    private final Coalescer coalescer;
    private int used;

    CoalescerRig(TunQueue tun) {
        this(tun, new Offloads(Set.of(Offload.TUN_GRO)));
    }

    CoalescerRig(TunQueue tun, Offloads offloads) {
        this.offloads = offloads;
        coalescer = new Coalescer(new SuperPacketWriter(tun, offloads, events, counters));
    }

    /** Offers packets as one receive batch does. */
    void offer(Collection<byte[]> packets) {
        used = 0;
        for (final byte[] packet : packets) {
            final int offset = used + GAP_BYTES;
            memory.putBytes(offset, packet);
            used = offset + packet.length;
            assertThat(inner.wrap(memory, offset, packet.length)).isTrue();
            coalescer.offer(inner);
        }
        coalescer.flush();
    }

    void offer(TransportPacket... packets) {
        offer(List.of(packets).stream().map(TransportPacket::bytes).toList());
    }

    List<DataplaneEvent> events() {
        final List<DataplaneEvent> taken = new ArrayList<>();
        events.poll(taken::add, Integer.MAX_VALUE);
        return taken;
    }

    /** The packets that writes stand for. */
    static List<byte[]> cut(List<byte[]> writes) {
        return writes.stream().flatMap(write -> SegmentingTun.cut(write).stream()).toList();
    }
}
