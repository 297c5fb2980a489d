package dev.culvert.esp.agent;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneEvent;
import dev.culvert.esp.Direction;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.TunnelOptions;
import dev.culvert.esp.packet.Ecn;
import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.packet.Segmenter;
import dev.culvert.esp.sa.OutboundSa;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Seals packets of an SA straight into the send buffer (RFC 4303 3.3), and raises the SA's limits.
 */
final class Sealer {

    private static final int MAX_UDP_PAYLOAD_BYTES = 65507;

    private final AgentCounters counters;
    private final EventRing events;
    private final Transmitter transmitter;
    private final UnsafeBuffer behind =
            new UnsafeBuffer(
                    BufferUtil.allocateDirectAligned(OutboundPipeline.MAX_TRAILING_BYTES, 64));

    Sealer(AgentCounters counters, EventRing events, Transmitter transmitter) {
        this.counters = counters;
        this.events = events;
        this.transmitter = transmitter;
    }

    /** RFC 4301 5.1.2.1 for the DSCP, RFC 6040 4.1 for ECN. */
    static int outerTos(TunnelOptions options, InnerPacket packet) {
        final int inner = packet.trafficClass();
        final int dscp = options.copyDscp().outbound() ? inner & ~Ecn.MASK : 0;
        final int ecn = options.copyEcn() ? inner & Ecn.MASK : Ecn.NOT_ECT;
        return dscp | ecn;
    }

    /** Drops packets of an SA that carries nothing more. */
    void dropSpent(OutboundSa sa, long packets) {
        counters.drop(DropReason.HARD_LIMIT, packets);
        raiseHard(sa);
    }

    /** Seals a packet, with room behind it that may be overwritten. */
    void seal(OutboundSa sa, InnerPacket packet, long nowNs) {
        seal(
                sa,
                packet.buffer(),
                packet.offset(),
                packet.lengthBytes(),
                packet.isIpv6(),
                outerTos(sa.options(), packet),
                nowNs);
    }

    /**
     * Seals all packets of a super-packet. What the trailer of one covers is the payload of the
     * next, so it is put back each time.
     *
     * @param outerTos TOS byte of the outer headers
     */
    void seal(OutboundSa sa, Segmenter segments, int outerTos, long nowNs) {
        while (segments.hasNext()) {
            if (sa.isSpent()) {
                dropSpent(sa, segments.remaining());
                return;
            }
            segments.next();
            final UnsafeBuffer buffer = segments.buffer();
            final int end = segments.offset() + segments.lengthBytes();
            final int covered = coveredBytes(sa, segments.lengthBytes());
            if (covered <= 2 * Long.BYTES) {
                final long first = buffer.getLong(end);
                final long second = buffer.getLong(end + Long.BYTES);
                sealPresent(sa, segments, outerTos, nowNs);
                buffer.putLong(end, first);
                buffer.putLong(end + Long.BYTES, second);
            } else {
                behind.putBytes(0, buffer, end, covered);
                sealPresent(sa, segments, outerTos, nowNs);
                buffer.putBytes(end, behind, 0, covered);
            }
        }
    }

    private void sealPresent(OutboundSa sa, Segmenter segments, int outerTos, long nowNs) {
        seal(
                sa,
                segments.buffer(),
                segments.offset(),
                segments.lengthBytes(),
                segments.isIpv6(),
                outerTos,
                nowNs);
    }

    private static int coveredBytes(OutboundSa sa, int innerBytes) {
        final int payloadBytes = Math.max(innerBytes, sa.tfcBytes());
        return EspLayout.plaintextBytes(payloadBytes, sa.suite().alignmentBytes()) - innerBytes;
    }

    private void seal(
            OutboundSa sa,
            UnsafeBuffer buffer,
            int offset,
            int innerBytes,
            boolean ipv6,
            int outerTos,
            long nowNs) {
        final int payloadBytes = Math.max(innerBytes, sa.tfcBytes());
        final int plaintextBytes =
                EspLayout.plaintextBytes(payloadBytes, sa.suite().alignmentBytes());
        final int espBytes = EspLayout.packetBytes(sa.suite(), plaintextBytes);
        if (espBytes > MAX_UDP_PAYLOAD_BYTES) {
            counters.drop(DropReason.TOO_BIG);
            return;
        }
        final int port = sa.portIndex();
        final int espOffset = transmitter.claim(port, espBytes);
        final UnsafeBuffer esp = transmitter.buffer(port);
        final long sequence = sa.nextSequence();
        if (sequence == OutboundSa.EXHAUSTED) {
            dropSpent(sa, 1);
            return;
        }
        EspLayout.header(esp, espOffset, sa.spi(), sequence);
        EspLayout.trailer(
                buffer,
                offset + innerBytes,
                offset + payloadBytes,
                offset + plaintextBytes,
                ipv6 ? EspLayout.NEXT_HEADER_IPV6 : EspLayout.NEXT_HEADER_IPV4);
        if (!sa.cipher().seal(sequence, buffer, offset, plaintextBytes, esp, espOffset)) {
            counters.drop(DropReason.SEAL_FAILED);
            return;
        }
        final boolean fitsPath = payloadBytes <= sa.maxInnerBytes();
        transmitter.add(port, espBytes, sa.udpPath(), outerTos, fitsPath);
        sa.count(innerBytes, sequence, nowNs);
        raiseLimits(sa);
    }

    private void raiseLimits(OutboundSa sa) {
        if (sa.lifetime().isSoftDue()) {
            if (events.offer(
                    new DataplaneEvent.SoftLimit(sa.childId(), sa.spi(), Direction.OUTBOUND))) {
                sa.lifetime().softRaised();
            } else {
                counters.add(Counter.EVENTS_DEFERRED, 1);
            }
        }
        if (sa.isSpent()) {
            raiseHard(sa);
        }
    }

    private void raiseHard(OutboundSa sa) {
        if (sa.lifetime().isHardDue()) {
            if (events.offer(
                    new DataplaneEvent.HardLimit(sa.childId(), sa.spi(), Direction.OUTBOUND))) {
                sa.lifetime().hardRaised();
            } else {
                counters.add(Counter.EVENTS_DEFERRED, 1);
            }
        }
    }
}
