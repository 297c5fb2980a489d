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
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Seals packets of an SA straight into the send buffer (RFC 4303 3.3) on the agent's own thread,
 * and raises the SA's limits.
 */
final class Sealer implements PacketSealer {

    private static final int MAX_UDP_PAYLOAD_BYTES = 65507;

    private final AgentCounters counters;
    private final EventRing events;
    private final Transmitter transmitter;
    private final CoveredBytes covered = new CoveredBytes();

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

    @Override
    public void place(PacketSource source) {
        // Where it is: each packet is used up before the next is read.
    }

    @Override
    public int flush() {
        transmitter.flush();
        return 0;
    }

    @Override
    public void settle() {
        transmitter.flush();
    }

    @Override
    public void dropSpent(OutboundSa sa, long packets) {
        counters.drop(DropReason.HARD_LIMIT, packets);
        raiseHard(sa);
    }

    @Override
    public void seal(OutboundSa sa, InnerPacket packet, long nowNs) {
        seal(
                sa,
                packet.buffer(),
                packet.offset(),
                packet.lengthBytes(),
                packet.isIpv6(),
                outerTos(sa.options(), packet),
                nowNs);
    }

    /** What the trailer of one covers is the payload of the next, so it is put back each time. */
    @Override
    public void seal(OutboundSa sa, Segmenter segments, int outerTos, long nowNs) {
        while (segments.hasNext()) {
            if (sa.isSpent()) {
                dropSpent(sa, segments.remaining());
                return;
            }
            segments.next();
            final UnsafeBuffer buffer = segments.buffer();
            final int end = segments.offset() + segments.lengthBytes();
            final int coveredBytes = coveredBytes(sa, segments.lengthBytes());
            covered.save(buffer, end, coveredBytes);
            sealPresent(sa, segments, outerTos, nowNs);
            covered.restore(buffer, end, coveredBytes);
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
        if (!EspWriter.write(
                sa.cipher(),
                sa.spi(),
                sequence,
                buffer,
                offset,
                innerBytes,
                payloadBytes,
                plaintextBytes,
                ipv6,
                esp,
                espOffset)) {
            counters.drop(DropReason.SEAL_FAILED);
            return;
        }
        final boolean fitsPath = payloadBytes <= sa.maxInnerBytes();
        transmitter.add(port, espBytes, sa.udpPath(), outerTos, fitsPath);
        sa.count(innerBytes, sequence, nowNs);
        raiseLimits(sa);
    }

    /** Tells that a limit was reached, once. */
    void raiseLimits(OutboundSa sa) {
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
