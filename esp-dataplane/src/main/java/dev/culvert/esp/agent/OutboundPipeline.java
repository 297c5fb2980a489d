package dev.culvert.esp.agent;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.ClearPort;
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
import dev.culvert.esp.packet.Ipv4Fragmenter;
import dev.culvert.esp.packet.MssClamp;
import dev.culvert.esp.packet.PacketTooBig;
import dev.culvert.esp.packet.PartialChecksum;
import dev.culvert.esp.policy.AcquireQueue;
import dev.culvert.esp.policy.PolicyEntry;
import dev.culvert.esp.policy.PolicyTable;
import dev.culvert.esp.sa.OutboundSa;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What happens to a packet on its way out (RFC 4301 5.1): check, policy, size, seal.
 *
 * <p>A packet that is larger than the tunnel carries
 *
 * <ul>
 *   <li>is answered with "packet too big" when its sender forbids fragmenting and the SA copies DF
 *       (IPv6 packets up to 1280 bytes excepted, which every path must carry);
 *   <li>is fragmented before sealing, when it is IPv4 without DF and the SA's selectors don't look
 *       at ports, so that the peer accepts the later fragments;
 *   <li>is otherwise sealed whole, and the kernel fragments the outer packet.
 * </ul>
 *
 * TTL and hop limit stay as they are: the kernel lowered them when it routed the packet into the
 * TUN device.
 */
final class OutboundPipeline {

    /** The longest inner packet. */
    static final int MAX_PACKET_BYTES = 65535;

    /** Headroom, the longest packet, and room for TFC padding, padding and trailer behind it. */
    static final int BUFFER_BYTES = TunWriter.HEADROOM_BYTES + MAX_PACKET_BYTES + 513;

    private static final int MAX_UDP_PAYLOAD_BYTES = 65507;
    private static final int MINIMUM_IPV6_MTU_BYTES = 1280;
    private static final int MINIMUM_FRAGMENT_BYTES = 68;

    private final AgentCounters counters;
    private final EventRing events;
    private final PolicyTable policies;
    private final AcquireQueue waiting;
    private final Transmitter transmitter;
    private final TooBigReporter tooBig;
    private final Optional<ClearPort> clearPort;
    private final MssClamping mssClamping;
    private final int tunMtuBytes;
    private final InnerPacket inner = new InnerPacket();
    private final InnerPacket fragment = new InnerPacket();
    private final Ipv4Fragmenter fragmenter = new Ipv4Fragmenter();
    private final UnsafeBuffer fragmentBuffer = allocate();
    private final UnsafeBuffer releaseBuffer = allocate();

    OutboundPipeline(
            DataplaneConfig config,
            AgentCounters counters,
            EventRing events,
            PolicyTable policies,
            AcquireQueue waiting,
            Transmitter transmitter) {
        this.counters = counters;
        this.events = events;
        this.policies = policies;
        this.waiting = waiting;
        this.transmitter = transmitter;
        clearPort = config.clearPort();
        mssClamping = config.mssClamping();
        tunMtuBytes = config.tunMtuBytes();
        tooBig =
                new TooBigReporter(
                        new PacketTooBig(config.icmpSource(), config.icmpv6Source()),
                        new TunWriter(config.tun()),
                        counters,
                        config.clock().nanoTime());
    }

    private static UnsafeBuffer allocate() {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(BUFFER_BYTES, 64));
    }

    /**
     * Moves one packet from the TUN device.
     *
     * @param source is at the packet
     */
    void onPacket(PacketSource source, long nowNs) {
        if (!inner.wrap(source.buffer(), source.offset(), source.lengthBytes())
                || (source.needsChecksum() && !finishChecksum(source))) {
            counters.drop(DropReason.INNER_MALFORMED);
        } else if (inner.ttl() == 0) {
            counters.drop(DropReason.INNER_TTL_ZERO);
        } else {
            apply(policies.lookup(inner), nowNs);
        }
    }

    private static boolean finishChecksum(PacketSource source) {
        return PartialChecksum.finish(
                source.buffer(),
                source.offset(),
                source.lengthBytes(),
                source.checksumStart(),
                source.checksumOffset());
    }

    /** Looks at waiting packets again, after an SA came or a policy changed. */
    void releaseWaiting(long nowNs) {
        for (final Map.Entry<Long, List<AcquireQueue.Released>> entry :
                waiting.takeAll().entrySet()) {
            for (final AcquireQueue.Released packet : entry.getValue()) {
                release(entry.getKey(), packet, nowNs);
            }
        }
        transmitter.flush();
    }

    private void release(long policyId, AcquireQueue.Released packet, long nowNs) {
        final byte[] bytes = packet.bytes();
        releaseBuffer.putBytes(TunWriter.HEADROOM_BYTES, bytes);
        if (!inner.wrap(releaseBuffer, TunWriter.HEADROOM_BYTES, bytes.length)) {
            counters.drop(DropReason.INNER_MALFORMED);
            return;
        }
        final PolicyEntry entry = policies.lookup(inner);
        if (entry instanceof PolicyEntry.Policy policy && policy.policyId() == policyId) {
            waiting.restore(policyId, packet);
        } else {
            apply(entry, nowNs);
        }
    }

    private void apply(PolicyEntry entry, long nowNs) {
        switch (entry) {
            case PolicyEntry.Sa found -> forward(found.sa(), nowNs);
            case PolicyEntry.Policy policy -> applyPolicy(policy, nowNs);
            case PolicyEntry.None none -> counters.drop(DropReason.NO_POLICY);
        }
    }

    private void applyPolicy(PolicyEntry.Policy policy, long nowNs) {
        switch (policy.action()) {
            case TRAP -> trap(policy.policyId(), nowNs);
            case PASS -> pass();
            case DROP -> counters.drop(DropReason.POLICY_DROP);
            case PROTECT -> counters.drop(DropReason.NO_SA);
        }
    }

    private void trap(long policyId, long nowNs) {
        final AcquireQueue.Offer offer = waiting.offer(policyId, inner, nowNs);
        if (offer.queued()) {
            counters.add(Counter.TRAPPED, 1);
        } else {
            counters.drop(DropReason.ACQUIRE_QUEUE_FULL);
        }
        if (offer.acquireDue()) {
            final boolean raised =
                    events.offer(
                            new DataplaneEvent.Acquire(
                                    policyId,
                                    inner.sourceAddress(),
                                    inner.destinationAddress(),
                                    inner.protocol(),
                                    inner.sourcePort(),
                                    inner.destinationPort()));
            if (raised) {
                waiting.acquireRaised(policyId, nowNs);
                counters.add(Counter.ACQUIRES, 1);
            } else {
                counters.add(Counter.EVENTS_DEFERRED, 1);
            }
        }
    }

    private void pass() {
        if (clearPort.isPresent()
                && clearPort.get().send(inner.buffer(), inner.offset(), inner.lengthBytes())) {
            counters.add(Counter.PASSED_CLEAR, 1);
        } else {
            counters.drop(DropReason.CLEAR_UNAVAILABLE);
        }
    }

    private void forward(OutboundSa sa, long nowNs) {
        if (sa.isSpent()) {
            counters.drop(DropReason.HARD_LIMIT);
            raiseHard(sa);
            return;
        }
        clampMss(sa);
        final int largest = sa.maxInnerBytes();
        if (inner.lengthBytes() <= largest) {
            seal(sa, inner, nowNs);
        } else if (isRefused(sa)) {
            counters.drop(DropReason.TOO_BIG);
            final int mtuBytes =
                    inner.isIpv6() ? Math.max(MINIMUM_IPV6_MTU_BYTES, largest) : largest;
            tooBig.report(inner, mtuBytes, nowNs);
        } else if (!inner.dontFragment()
                && sa.takesLaterFragments()
                && largest >= MINIMUM_FRAGMENT_BYTES) {
            fragment(sa, largest, nowNs);
        } else {
            seal(sa, inner, nowNs);
        }
    }

    private boolean isRefused(OutboundSa sa) {
        final boolean everyPathCarriesIt =
                inner.isIpv6() && inner.lengthBytes() <= MINIMUM_IPV6_MTU_BYTES;
        return inner.dontFragment() && sa.options().copyDf() && !everyPathCarriesIt;
    }

    private void fragment(OutboundSa sa, int largest, long nowNs) {
        counters.add(Counter.FRAGMENTED, 1);
        fragmenter.start(inner, largest);
        int length = fragmenter.next(fragmentBuffer, TunWriter.HEADROOM_BYTES);
        while (length > 0) {
            if (fragment.wrap(fragmentBuffer, TunWriter.HEADROOM_BYTES, length)) {
                seal(sa, fragment, nowNs);
            }
            length = fragmenter.next(fragmentBuffer, TunWriter.HEADROOM_BYTES);
        }
    }

    private void clampMss(OutboundSa sa) {
        final int mssBytes =
                switch (mssClamping.mode()) {
                    case OFF -> Integer.MAX_VALUE;
                    case FIXED -> mssClamping.mssBytes();
                    case AUTOMATIC ->
                            MssClamp.mssBytes(
                                    Math.min(tunMtuBytes, sa.maxInnerBytes()), inner.isIpv6());
                };
        if (MssClamp.clamp(inner, mssBytes)) {
            counters.add(Counter.MSS_CLAMPED, 1);
        }
    }

    private void seal(OutboundSa sa, InnerPacket packet, long nowNs) {
        final UnsafeBuffer buffer = packet.buffer();
        final int offset = packet.offset();
        final int innerBytes = packet.lengthBytes();
        final int payloadBytes = Math.max(innerBytes, sa.tfcBytes());
        final int plaintextBytes =
                EspLayout.plaintextBytes(payloadBytes, sa.suite().alignmentBytes());
        final int espBytes = EspLayout.packetBytes(sa.suite(), plaintextBytes);
        if (espBytes > MAX_UDP_PAYLOAD_BYTES) {
            counters.drop(DropReason.TOO_BIG);
            return;
        }
        final int port = sa.portIndex();
        final int espOffset = transmitter.claim(port);
        final UnsafeBuffer esp = transmitter.buffer(port);
        final long sequence = sa.nextSequence();
        if (sequence == OutboundSa.EXHAUSTED) {
            counters.drop(DropReason.HARD_LIMIT);
            raiseHard(sa);
            return;
        }
        EspLayout.header(esp, espOffset, sa.spi(), sequence);
        EspLayout.trailer(
                buffer,
                offset + innerBytes,
                offset + payloadBytes,
                offset + plaintextBytes,
                packet.isIpv6() ? EspLayout.NEXT_HEADER_IPV6 : EspLayout.NEXT_HEADER_IPV4);
        if (!sa.cipher().seal(sequence, buffer, offset, plaintextBytes, esp, espOffset)) {
            counters.drop(DropReason.SEAL_FAILED);
            return;
        }
        transmitter.add(port, espBytes, sa.udpPath(), outerTos(sa.options(), packet));
        sa.count(innerBytes, sequence, nowNs);
        raiseLimits(sa);
    }

    /** RFC 4301 5.1.2.1 for the DSCP, RFC 6040 4.1 for ECN. */
    private static int outerTos(TunnelOptions options, InnerPacket packet) {
        final int inner = packet.trafficClass();
        final int dscp = options.copyDscp().outbound() ? inner & ~Ecn.MASK : 0;
        final int ecn = options.copyEcn() ? inner & Ecn.MASK : Ecn.NOT_ECT;
        return dscp | ecn;
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
