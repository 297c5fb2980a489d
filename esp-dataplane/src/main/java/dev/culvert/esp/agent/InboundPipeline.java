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
import dev.culvert.esp.packet.UdpEncapsulation;
import dev.culvert.esp.sa.InboundSa;
import dev.culvert.esp.sa.ReplayWindow;
import dev.culvert.tun.ReceiveBatch;
import java.util.function.IntSupplier;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What happens to a datagram on its way in (RFC 4303 3.4, RFC 4301 5.2). Every step either hands
 * the packet to the next or counts one drop. Packets are opened where they were received and stay
 * there until {@link #flush}.
 */
final class InboundPipeline {

    private final AgentCounters counters;
    private final InboundNotices notices;
    private final Int2ObjectHashMap<InboundSa> sas;
    private final IntSupplier newCommands;
    private final Coalescer coalescer;
    private final int mss4Bytes;
    private final int mss6Bytes;
    private final InnerPacket inner = new InnerPacket();
    private final ReceiveBatch batch;
    private final UnsafeBuffer buffer;

    private int slot;
    private int localPort;
    private int outerTos;
    private long nowNs;
    private int slotSpi;
    private InboundSa slotSa;
    private boolean fromPeer;

    /**
     * A pipeline for what a batch receives.
     *
     * @param batch where datagrams are
     * @param sas by SPI; the agent's own
     * @param newCommands applies commands that wait, and gives their number
     */
    InboundPipeline(
            DataplaneConfig config,
            AgentCounters counters,
            EventRing events,
            ReceiveBatch batch,
            Int2ObjectHashMap<InboundSa> sas,
            IntSupplier newCommands) {
        this.counters = counters;
        this.batch = batch;
        this.sas = sas;
        this.newCommands = newCommands;
        buffer = new UnsafeBuffer(batch.buffer());
        notices = new InboundNotices(events, counters);
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
     * Begins with what was received into a slot: one datagram, or several of one length that came
     * from one address with one TOS.
     *
     * @param receivedOn the port that it was sent to
     * @param datagrams how many
     */
    void begin(int receivedSlot, int receivedOn, int datagrams, long timeNs) {
        slot = receivedSlot;
        localPort = receivedOn;
        nowNs = timeNs;
        outerTos = batch.tos(receivedSlot);
        slotSpi = 0;
        counters.add(Counter.DATAGRAMS, datagrams);
        counters.add(Counter.DATAGRAM_BYTES, batch.lengthBytes(receivedSlot));
    }

    /** Moves one datagram of the slot. */
    void onDatagram(int offset, int lengthBytes) {
        switch (UdpEncapsulation.classify(buffer, offset, lengthBytes)) {
            case ESP -> onEsp(offset, lengthBytes);
            case IKE ->
                    notices.raiseIke(
                            batch,
                            slot,
                            localPort,
                            buffer,
                            offset + UdpEncapsulation.MARKER_BYTES,
                            lengthBytes - UdpEncapsulation.MARKER_BYTES);
            case KEEPALIVE -> counters.add(Counter.KEEPALIVES, 1);
            case RUNT -> counters.drop(DropReason.RUNT_DATAGRAM);
        }
    }

    /** Lets go all packets that wait to be written together; the batch may be filled again then. */
    void flush() {
        coalescer.flush();
    }

    private void onEsp(int offset, int lengthBytes) {
        final int spi = EspLayout.spi(buffer, offset);
        if (spi != slotSpi && !findSa(spi) && !findNewSa(spi)) {
            counters.drop(DropReason.UNKNOWN_SPI);
            return;
        }
        final InboundSa sa = slotSa;
        final int plaintextBytes = lengthBytes - EspLayout.packetBytes(sa.suite(), 0);
        if (plaintextBytes < EspLayout.TRAILER_BYTES
                || (plaintextBytes & (sa.suite().alignmentBytes() - 1)) != 0) {
            counters.drop(DropReason.ESP_LENGTH);
            return;
        }
        if (sa.lifetime().isHardReached()) {
            counters.drop(DropReason.HARD_LIMIT);
            notices.raiseHard(sa);
            return;
        }
        final long sequence = sa.sequence(EspLayout.sequenceLow(buffer, offset));
        if (!mayBeNew(sa, sequence)) {
            return;
        }
        final int plainOffset = offset + EspLayout.IV_OFFSET + sa.suite().ivBytes();
        if (!sa.cipher().open(sequence, buffer, offset, lengthBytes, buffer, plainOffset)) {
            counters.drop(DropReason.AUTHENTICATION_FAILED);
            sa.counters().authenticationFailure();
            return;
        }
        final boolean newest = sa.window().accept(sequence);
        if (newest && !fromPeer) {
            notices.raiseMove(sa, batch, slot, nowNs);
        }
        onPlaintext(sa, plainOffset, plaintextBytes);
    }

    /** What is true for all packets of an SA in one slot is found once. */
    private boolean findSa(int spi) {
        final InboundSa sa = sas.get(spi);
        if (sa == null) {
            return false;
        }
        slotSpi = spi;
        slotSa = sa;
        fromPeer = !sa.allowsPeerMove() || batch.isFrom(slot, sa.udpPath());
        return true;
    }

    /**
     * The peer was told of an SA after the command to install it was on its way; but this agent may
     * have slept since it last looked for commands, and the SA's first packet is here already.
     */
    private boolean findNewSa(int spi) {
        if (newCommands.getAsInt() == 0) {
            return false;
        }
        // The commands may have removed the SA that is remembered.
        slotSpi = 0;
        return findSa(spi);
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
