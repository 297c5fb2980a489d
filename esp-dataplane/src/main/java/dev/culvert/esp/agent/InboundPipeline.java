package dev.culvert.esp.agent;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneConfig;
import dev.culvert.esp.DataplaneEvent;
import dev.culvert.esp.Direction;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.MssClamping;
import dev.culvert.esp.TunnelOptions;
import dev.culvert.esp.packet.Ecn;
import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.packet.MssClamp;
import dev.culvert.esp.packet.UdpEncapsulation;
import dev.culvert.esp.sa.InboundSa;
import dev.culvert.esp.sa.ReplayWindow;
import dev.culvert.tun.ReceiveBatch;
import dev.culvert.tun.UdpPath;
import java.net.InetSocketAddress;
import org.agrona.BufferUtil;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What happens to a datagram on its way in (RFC 4303 3.4, RFC 4301 5.2). Every step either hands
 * the packet to the next or counts one drop.
 */
final class InboundPipeline {

    private static final long MOVE_REPEAT_NS = 1_000_000_000;

    private final AgentCounters counters;
    private final EventRing events;
    private final Int2ObjectHashMap<InboundSa> sas;
    private final TunWriter tun;
    private final MssClamping mssClamping;
    private final int tunMtuBytes;
    private final InnerPacket inner = new InnerPacket();
    private final UdpPath from = new UdpPath();
    private final UnsafeBuffer plain =
            new UnsafeBuffer(
                    BufferUtil.allocateDirectAligned(
                            TunWriter.HEADROOM_BYTES + ReceiveBatch.MAX_DATAGRAM_BYTES, 64));

    InboundPipeline(
            DataplaneConfig config,
            AgentCounters counters,
            EventRing events,
            Int2ObjectHashMap<InboundSa> sas) {
        this.counters = counters;
        this.events = events;
        this.sas = sas;
        tun = new TunWriter(config.tun());
        mssClamping = config.mssClamping();
        tunMtuBytes = config.tunMtuBytes();
    }

    /**
     * Moves one datagram.
     *
     * @param batch knows where it came from
     * @param slot its slot in the batch
     * @param buffer holds it
     * @param localPort the port that it was sent to
     */
    void onDatagram(
            ReceiveBatch batch,
            int slot,
            UnsafeBuffer buffer,
            int offset,
            int lengthBytes,
            int localPort,
            long nowNs) {
        counters.add(Counter.DATAGRAMS, 1);
        counters.add(Counter.DATAGRAM_BYTES, lengthBytes);
        switch (UdpEncapsulation.classify(buffer, offset, lengthBytes)) {
            case ESP -> onEsp(batch, slot, buffer, offset, lengthBytes, nowNs);
            case IKE -> onIke(batch, slot, buffer, offset, lengthBytes, localPort);
            case KEEPALIVE -> counters.add(Counter.KEEPALIVES, 1);
            case RUNT -> counters.drop(DropReason.RUNT_DATAGRAM);
        }
    }

    private void onIke(
            ReceiveBatch batch,
            int slot,
            UnsafeBuffer buffer,
            int offset,
            int lengthBytes,
            int localPort) {
        final byte[] message = new byte[lengthBytes - UdpEncapsulation.MARKER_BYTES];
        buffer.getBytes(offset + UdpEncapsulation.MARKER_BYTES, message);
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

    private void onEsp(
            ReceiveBatch batch,
            int slot,
            UnsafeBuffer buffer,
            int offset,
            int lengthBytes,
            long nowNs) {
        final InboundSa sa = sas.get(EspLayout.spi(buffer, offset));
        if (sa == null) {
            counters.drop(DropReason.UNKNOWN_SPI);
            return;
        }
        final int plaintextBytes = lengthBytes - EspLayout.packetBytes(sa.suite(), 0);
        if (plaintextBytes < EspLayout.TRAILER_BYTES
                || (plaintextBytes & (sa.suite().alignmentBytes() - 1)) != 0) {
            counters.drop(DropReason.ESP_LENGTH);
            return;
        }
        if (sa.lifetime().isHardReached()) {
            counters.drop(DropReason.HARD_LIMIT);
            raiseHard(sa);
            return;
        }
        final long sequence = sa.sequence(EspLayout.sequenceLow(buffer, offset));
        if (!mayBeNew(sa, sequence)) {
            return;
        }
        if (!sa.cipher()
                .open(sequence, buffer, offset, lengthBytes, plain, TunWriter.HEADROOM_BYTES)) {
            counters.drop(DropReason.AUTHENTICATION_FAILED);
            sa.counters().authenticationFailure();
            return;
        }
        final boolean newest = sa.window().accept(sequence);
        if (newest && sa.allowsPeerMove() && !batch.isFrom(slot, sa.udpPath())) {
            raiseMove(sa, batch, slot, nowNs);
        }
        onPlaintext(sa, plaintextBytes, batch.tos(slot), nowNs);
    }

    private boolean mayBeNew(InboundSa sa, long sequence) {
        if (sequence == ReplayWindow.BEFORE_START) {
            counters.drop(DropReason.SEQUENCE_INVALID);
            return false;
        }
        switch (sa.window().check(sequence)) {
            case NEW -> {
                return true;
            }
            case INVALID -> counters.drop(DropReason.SEQUENCE_INVALID);
            case DUPLICATE -> {
                counters.drop(DropReason.REPLAY_DUPLICATE);
                sa.counters().replay();
            }
            case TOO_OLD -> {
                counters.drop(DropReason.REPLAY_TOO_OLD);
                sa.counters().replay();
            }
        }
        return false;
    }

    /** The packet is authentic from here on: what is wrong with it is the peer's doing. */
    private void onPlaintext(InboundSa sa, int plaintextBytes, int outerTos, long nowNs) {
        final int offset = TunWriter.HEADROOM_BYTES;
        final int payloadBytes = EspLayout.payloadBytes(plain, offset, plaintextBytes);
        sa.count(Math.max(0, payloadBytes), nowNs);
        raiseLimits(sa);
        if (payloadBytes < 0) {
            counters.drop(DropReason.PADDING_INVALID);
            return;
        }
        final int nextHeader = EspLayout.nextHeader(plain, offset + plaintextBytes);
        if (nextHeader == EspLayout.NEXT_HEADER_NONE) {
            counters.add(Counter.DUMMY_PACKETS, 1);
        } else if (nextHeader != EspLayout.NEXT_HEADER_IPV4
                && nextHeader != EspLayout.NEXT_HEADER_IPV6) {
            counters.drop(DropReason.NEXT_HEADER);
        } else if (!inner.wrap(plain, offset, payloadBytes)
                || inner.isIpv6() != (nextHeader == EspLayout.NEXT_HEADER_IPV6)) {
            counters.drop(DropReason.INNER_MALFORMED);
        } else if (inner.ttl() == 0) {
            counters.drop(DropReason.INNER_TTL_ZERO);
        } else if (!sa.selectors().matchesInbound(inner)) {
            counters.drop(DropReason.SELECTOR_MISMATCH);
        } else if (decapsulateTos(sa.options(), outerTos)) {
            deliver();
        } else {
            counters.drop(DropReason.ECN_NOT_CAPABLE);
        }
    }

    /** RFC 6040 4.2 for ECN, RFC 2983 for the DSCP; false when the packet must be dropped. */
    private boolean decapsulateTos(TunnelOptions options, int outerTos) {
        final int before = inner.trafficClass();
        int after = before;
        if (options.copyEcn()) {
            final int ecn = Ecn.decapsulate(before, outerTos);
            if (Ecn.isUnusual(before, outerTos)) {
                counters.add(Counter.ECN_UNUSUAL, 1);
            }
            if (ecn == Ecn.DROP) {
                return false;
            }
            after = (after & ~Ecn.MASK) | ecn;
        }
        if (options.copyDscp().inbound()) {
            after = (outerTos & ~Ecn.MASK) | (after & Ecn.MASK);
        }
        inner.trafficClass(after);
        return true;
    }

    private void deliver() {
        final int mssBytes =
                switch (mssClamping.mode()) {
                    case OFF -> Integer.MAX_VALUE;
                    case FIXED -> mssClamping.mssBytes();
                    case AUTOMATIC -> MssClamp.mssBytes(tunMtuBytes, inner.isIpv6());
                };
        if (MssClamp.clamp(inner, mssBytes)) {
            counters.add(Counter.MSS_CLAMPED, 1);
        }
        if (tun.write(plain, inner.offset(), inner.lengthBytes())) {
            counters.add(Counter.TUN_PACKETS, 1);
            counters.add(Counter.TUN_BYTES, inner.lengthBytes());
        } else {
            counters.drop(DropReason.TUN_WRITE_FAILED);
        }
    }

    private void raiseMove(InboundSa sa, ReceiveBatch batch, int slot, long nowNs) {
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

    private void raiseLimits(InboundSa sa) {
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

    private void raiseHard(InboundSa sa) {
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
