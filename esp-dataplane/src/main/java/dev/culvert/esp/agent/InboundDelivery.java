package dev.culvert.esp.agent;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneConfig;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.TunnelOptions;
import dev.culvert.esp.packet.Ecn;
import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.packet.MssClamp;
import dev.culvert.esp.sa.InboundSa;
import dev.culvert.tun.ReceiveBatch;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What happens to a packet after it was opened (RFC 4303 3.4.4, RFC 4301 5.2). Every step either
 * hands the packet to the next or counts one drop. Packets stay where they were opened until {@link
 * #flush}.
 */
final class InboundDelivery {

    private final AgentCounters counters;
    private final InboundNotices notices;
    private final Coalescer coalescer;
    private final int mss4Bytes;
    private final int mss6Bytes;
    private final InnerPacket inner = new InnerPacket();

    private ReceiveBatch batch;
    private UnsafeBuffer buffer;
    private int slot;
    private int outerTos;
    private long nowNs;

    /**
     * @param batch where packets are before the first {@link #begin}
     */
    InboundDelivery(
            DataplaneConfig config,
            AgentCounters counters,
            EventRing events,
            InboundNotices notices,
            ReceiveBatch batch,
            UnsafeBuffer buffer) {
        this.counters = counters;
        this.notices = notices;
        this.batch = batch;
        this.buffer = buffer;
        coalescer =
                new Coalescer(
                        new SuperPacketWriter(config.tun(), config.offloads(), events, counters));
        mss4Bytes = mssBytes(config, false);
        mss6Bytes = mssBytes(config, true);
    }

    private static int mssBytes(DataplaneConfig config, boolean ipv6) {
        return switch (config.mssClamping().mode()) {
            case OFF -> Integer.MAX_VALUE;
            case FIXED -> config.mssClamping().mssBytes();
            case AUTOMATIC -> MssClamp.mssBytes(config.tunMtuBytes(), ipv6);
        };
    }

    /**
     * Begins with what was received into a slot.
     *
     * @param received where it is
     * @param view of the batch's buffer
     */
    void begin(ReceiveBatch received, UnsafeBuffer view, int receivedSlot, long timeNs) {
        batch = received;
        buffer = view;
        slot = receivedSlot;
        outerTos = received.tos(receivedSlot);
        nowNs = timeNs;
    }

    /** Lets go all packets that wait to be written together; the batch may be filled again then. */
    void flush() {
        coalescer.flush();
    }

    /** Drops a packet that is not authentic. */
    void onForged(InboundSa sa) {
        counters.drop(DropReason.AUTHENTICATION_FAILED);
        sa.counters().authenticationFailure();
    }

    /**
     * Moves a packet that was opened, with a number that may be new.
     *
     * @param fromPeer whether it came from where the SA's packets are expected from
     * @param offset where the plaintext starts
     */
    void onOpened(InboundSa sa, long sequence, boolean fromPeer, int offset, int plaintextBytes) {
        final boolean newest = sa.window().accept(sequence);
        if (newest && !fromPeer) {
            notices.raiseMove(sa, batch, slot, nowNs);
        }
        onPlaintext(sa, offset, plaintextBytes);
    }

    /** The packet is authentic from here on: what is wrong with it is the peer's doing. */
    private void onPlaintext(InboundSa sa, int offset, int plaintextBytes) {
        final int payloadBytes = EspLayout.payloadBytes(buffer, offset, plaintextBytes);
        sa.count(Math.max(0, payloadBytes), nowNs);
        notices.raiseLimits(sa);
        if (payloadBytes < 0) {
            counters.drop(DropReason.PADDING_INVALID);
            return;
        }
        final int nextHeader = EspLayout.nextHeader(buffer, offset + plaintextBytes);
        if (nextHeader == EspLayout.NEXT_HEADER_NONE) {
            counters.add(Counter.DUMMY_PACKETS, 1);
        } else if (nextHeader != EspLayout.NEXT_HEADER_IPV4
                && nextHeader != EspLayout.NEXT_HEADER_IPV6) {
            counters.drop(DropReason.NEXT_HEADER);
        } else if (!inner.wrap(buffer, offset, payloadBytes)
                || inner.isIpv6() != (nextHeader == EspLayout.NEXT_HEADER_IPV6)) {
            counters.drop(DropReason.INNER_MALFORMED);
        } else if (inner.ttl() == 0) {
            counters.drop(DropReason.INNER_TTL_ZERO);
        } else if (!sa.selectors().matchesInbound(inner)) {
            counters.drop(DropReason.SELECTOR_MISMATCH);
        } else if (decapsulateTos(sa.options())) {
            deliver();
        } else {
            counters.drop(DropReason.ECN_NOT_CAPABLE);
        }
    }

    /** RFC 6040 4.2 for ECN, RFC 2983 for the DSCP; false when the packet must be dropped. */
    private boolean decapsulateTos(TunnelOptions options) {
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
        if (MssClamp.clamp(inner, inner.isIpv6() ? mss6Bytes : mss4Bytes)) {
            counters.add(Counter.MSS_CLAMPED, 1);
        }
        coalescer.offer(inner);
    }
}
