package dev.culvert.esp.agent;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneEvent;
import dev.culvert.esp.Direction;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.sa.InboundSa;
import dev.culvert.tun.ReceiveBatch;
import dev.culvert.tun.UdpPath;
import java.net.InetSocketAddress;
import org.agrona.concurrent.UnsafeBuffer;

/** What the inbound agent tells the control plane. */
final class InboundNotices {

    private static final long MOVE_REPEAT_NS = 1_000_000_000;

    private final EventRing events;
    private final AgentCounters counters;
    private final UdpPath from = new UdpPath();

    InboundNotices(EventRing events, AgentCounters counters) {
        this.events = events;
        this.counters = counters;
    }

    /** Hands over an IKE message, without its marker. */
    void raiseIke(
            ReceiveBatch batch,
            int slot,
            int localPort,
            UnsafeBuffer buffer,
            int offset,
            int lengthBytes) {
        final byte[] message = new byte[lengthBytes];
        buffer.getBytes(offset, message);
        batch.copyPath(slot, from);
        final boolean taken =
                events.offer(
                        new DataplaneEvent.IkeDatagram(
                                new InetSocketAddress(from.local(), localPort),
                                from.remote(),
                                message));
        if (taken) {
            counters.add(Counter.IKE_DATAGRAMS, 1);
        } else {
            counters.drop(DropReason.IKE_RING_FULL);
        }
    }

    /** Tells that an authentic packet came from another address than the peer's. */
    void raiseMove(InboundSa sa, ReceiveBatch batch, int slot, long nowNs) {
        batch.copyPath(slot, from);
        if (!sa.shouldRaiseMove(from, nowNs, MOVE_REPEAT_NS)) {
            return;
        }
        if (events.offer(new DataplaneEvent.PeerMoved(sa.childId(), sa.spi(), from.remote()))) {
            sa.moveRaised(from, nowNs);
            counters.add(Counter.PEER_MOVES, 1);
        } else {
            counters.add(Counter.EVENTS_DEFERRED, 1);
        }
    }

    /** Tells that a limit was reached, once. */
    void raiseLimits(InboundSa sa) {
        if (sa.lifetime().isSoftDue()) {
            if (events.offer(
                    new DataplaneEvent.SoftLimit(sa.childId(), sa.spi(), Direction.INBOUND))) {
                sa.lifetime().softRaised();
            } else {
                counters.add(Counter.EVENTS_DEFERRED, 1);
            }
        }
        if (sa.lifetime().isHardReached()) {
            raiseHard(sa);
        }
    }

    /** Tells that the hard limit was reached, once. */
    void raiseHard(InboundSa sa) {
        if (sa.lifetime().isHardDue()) {
            if (events.offer(
                    new DataplaneEvent.HardLimit(sa.childId(), sa.spi(), Direction.INBOUND))) {
                sa.lifetime().hardRaised();
            } else {
                counters.add(Counter.EVENTS_DEFERRED, 1);
            }
        }
    }
}
