package dev.culvert.esp.agent;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.ClearPort;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneConfig;
import dev.culvert.esp.DataplaneEvent;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.MssClamping;
import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.packet.Ipv4Fragmenter;
import dev.culvert.esp.packet.MssClamp;
import dev.culvert.esp.packet.PacketTooBig;
import dev.culvert.esp.packet.PartialChecksum;
import dev.culvert.esp.packet.Segmenter;
import dev.culvert.esp.policy.AcquireQueue;
import dev.culvert.esp.policy.PolicyEntry;
import dev.culvert.esp.policy.PolicyTable;
import dev.culvert.esp.sa.OutboundSa;
import dev.culvert.tun.VirtioNetHeader;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What happens to a packet on its way out (RFC 4301 5.1): check, policy, size, seal.
 *
 * <p>A super-packet is looked up once and cut while it is sealed; where the way leads elsewhere,
 * each of its packets goes it by itself. Of a packet that has to be dropped before it is cut, each
 * part counts. What belongs to another agent's SA is handed to that one uncut.
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

    /** The longest inner packet: an IPv6 header and what it may count. */
    static final int MAX_PACKET_BYTES = 40 + 65535;

    /** TFC padding, padding and trailer behind a packet. */
    static final int MAX_TRAILING_BYTES = 65535 + 513;

    /** Headroom, the longest packet, and room behind it. */
    static final int BUFFER_BYTES =
            TunWriter.HEADROOM_BYTES + MAX_PACKET_BYTES + MAX_TRAILING_BYTES;

    private static final int MINIMUM_IPV6_MTU_BYTES = 1280;
    private static final int MINIMUM_FRAGMENT_BYTES = 68;

    private final AgentCounters counters;
    private final AgentCounters readCounters;
    private final EventRing events;
    private final PolicyTable policies;
    private final AcquireQueue waiting;
    private final PacketSealer sealer;
    private final PacketExchange exchange;
    private final TooBigReporter tooBig;
    private final Optional<ClearPort> clearPort;
    private final MssClamping mssClamping;
    private final int tunMtuBytes;
    private final InnerPacket inner = new InnerPacket();
    private final InnerPacket fragment = new InnerPacket();
    private final InnerPacket segment = new InnerPacket();
    private final Segmenter segmenter = new Segmenter();
    private final Ipv4Fragmenter fragmenter = new Ipv4Fragmenter();
    private final UnsafeBuffer fragmentBuffer = allocate();
    private final UnsafeBuffer spareBuffer = allocate();

    /**
     * @param readCounters where packets are counted that are read
     * @param exchange to the agents of other SAs
     */
    OutboundPipeline(
            DataplaneConfig config,
            AgentCounters counters,
            AgentCounters readCounters,
            EventRing events,
            PolicyTable policies,
            AcquireQueue waiting,
            PacketSealer sealer,
            PacketExchange exchange) {
        this.counters = counters;
        this.readCounters = readCounters;
        this.exchange = exchange;
        this.events = events;
        this.policies = policies;
        this.waiting = waiting;
        this.sealer = sealer;
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
     * Moves one packet or super-packet from the TUN device.
     *
     * @param source is at the packet
     */
    void onPacket(PacketSource source, long nowNs) {
        final boolean wellFormed =
                inner.wrap(source.buffer(), source.offset(), source.lengthBytes());
        if (wellFormed && source.gsoType() != VirtioNetHeader.GSO_NONE) {
            onSuperPacket(source, nowNs);
            return;
        }
        countRead(1, source.lengthBytes());
        if (!wellFormed || (source.needsChecksum() && !finishChecksum(source))) {
            counters.drop(DropReason.INNER_MALFORMED);
        } else if (inner.ttl() == 0) {
            counters.drop(DropReason.INNER_TTL_ZERO);
        } else {
            apply(policies.lookup(inner), inner, nowNs);
        }
    }

    private void onSuperPacket(PacketSource source, long nowNs) {
        readCounters.add(Counter.SUPER_PACKETS, 1);
        final PolicyEntry entry = policies.lookup(inner);
        if (entry instanceof PolicyEntry.Sa found) {
            clampMss(found.sa(), inner);
        }
        if (!segmenter.start(
                inner, source.gsoType(), source.gsoSizeBytes(), source.needsChecksum())) {
            countRead(1, source.lengthBytes());
            counters.drop(DropReason.INNER_MALFORMED);
            return;
        }
        final boolean inOnePiece =
                !(entry instanceof PolicyEntry.Sa found)
                        || segmenter.limit(found.sa().maxInnerBytes());
        countRead(segmenter.remaining(), segmenter.remainingBytes());
        if (inner.ttl() == 0) {
            counters.drop(DropReason.INNER_TTL_ZERO, segmenter.remaining());
        } else if (entry instanceof PolicyEntry.Sa found && inOnePiece) {
            sealer.seal(found.sa(), segmenter, Sealer.outerTos(found.sa().options(), inner), nowNs);
        } else if (entry instanceof PolicyEntry.Elsewhere other) {
            exchange.offerSuper(other.agent(), source, segmenter.remaining());
        } else {
            while (segmenter.next()) {
                forwardSegment(entry, nowNs);
            }
        }
    }

    /** In a place of its own, since what is written behind a packet would cover the next. */
    private void forwardSegment(PolicyEntry entry, long nowNs) {
        final int lengthBytes = segmenter.lengthBytes();
        spareBuffer.putBytes(
                TunWriter.HEADROOM_BYTES, segmenter.buffer(), segmenter.offset(), lengthBytes);
        if (segment.wrap(spareBuffer, TunWriter.HEADROOM_BYTES, lengthBytes)) {
            apply(entry, segment, nowNs);
        } else {
            counters.drop(DropReason.INNER_MALFORMED);
        }
    }

    private void countRead(long packets, long bytes) {
        readCounters.add(Counter.TUN_PACKETS, packets);
        readCounters.add(Counter.TUN_BYTES, bytes);
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
        sealer.flush();
    }

    private void release(long policyId, AcquireQueue.Released packet, long nowNs) {
        final byte[] bytes = packet.bytes();
        spareBuffer.putBytes(TunWriter.HEADROOM_BYTES, bytes);
        if (!inner.wrap(spareBuffer, TunWriter.HEADROOM_BYTES, bytes.length)) {
            counters.drop(DropReason.INNER_MALFORMED);
            return;
        }
        final PolicyEntry entry = policies.lookup(inner);
        if (entry instanceof PolicyEntry.Policy policy && policy.policyId() == policyId) {
            waiting.restore(policyId, packet);
        } else {
            apply(entry, inner, nowNs);
        }
    }

    private void apply(PolicyEntry entry, InnerPacket packet, long nowNs) {
        switch (entry) {
            case PolicyEntry.Sa found -> forward(found.sa(), packet, nowNs);
            case PolicyEntry.Policy policy -> applyPolicy(policy, packet, nowNs);
            case PolicyEntry.Elsewhere other ->
                    exchange.offer(
                            other.agent(), packet.buffer(), packet.offset(), packet.lengthBytes());
            case PolicyEntry.None none -> counters.drop(DropReason.NO_POLICY);
        }
    }

    private void applyPolicy(PolicyEntry.Policy policy, InnerPacket packet, long nowNs) {
        switch (policy.action()) {
            case TRAP -> trap(policy.policyId(), packet, nowNs);
            case PASS -> pass(packet);
            case DROP -> counters.drop(DropReason.POLICY_DROP);
            case PROTECT -> counters.drop(DropReason.NO_SA);
        }
    }

    private void trap(long policyId, InnerPacket packet, long nowNs) {
        final AcquireQueue.Offer offer = waiting.offer(policyId, packet, nowNs);
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
                                    packet.sourceAddress(),
                                    packet.destinationAddress(),
                                    packet.protocol(),
                                    packet.sourcePort(),
                                    packet.destinationPort()));
            if (raised) {
                waiting.acquireRaised(policyId, nowNs);
                counters.add(Counter.ACQUIRES, 1);
            } else {
                counters.add(Counter.EVENTS_DEFERRED, 1);
            }
        }
    }

    private void pass(InnerPacket packet) {
        if (clearPort.isPresent()
                && clearPort.get().send(packet.buffer(), packet.offset(), packet.lengthBytes())) {
            counters.add(Counter.PASSED_CLEAR, 1);
        } else {
            counters.drop(DropReason.CLEAR_UNAVAILABLE);
        }
    }

    private void forward(OutboundSa sa, InnerPacket packet, long nowNs) {
        if (sa.isSpent()) {
            sealer.dropSpent(sa, 1);
            return;
        }
        clampMss(sa, packet);
        final int largest = sa.maxInnerBytes();
        if (packet.lengthBytes() <= largest) {
            sealer.seal(sa, packet, nowNs);
        } else if (isRefused(sa, packet)) {
            counters.drop(DropReason.TOO_BIG);
            final int mtuBytes =
                    packet.isIpv6() ? Math.max(MINIMUM_IPV6_MTU_BYTES, largest) : largest;
            tooBig.report(packet, mtuBytes, nowNs);
        } else if (!packet.dontFragment()
                && sa.takesLaterFragments()
                && largest >= MINIMUM_FRAGMENT_BYTES) {
            fragment(sa, packet, largest, nowNs);
        } else {
            sealer.seal(sa, packet, nowNs);
        }
    }

    private boolean isRefused(OutboundSa sa, InnerPacket packet) {
        final boolean everyPathCarriesIt =
                packet.isIpv6() && packet.lengthBytes() <= MINIMUM_IPV6_MTU_BYTES;
        return packet.dontFragment() && sa.options().copyDf() && !everyPathCarriesIt;
    }

    private void fragment(OutboundSa sa, InnerPacket packet, int largest, long nowNs) {
        counters.add(Counter.FRAGMENTED, 1);
        fragmenter.start(packet, largest);
        int length = fragmenter.next(fragmentBuffer, TunWriter.HEADROOM_BYTES);
        while (length > 0) {
            if (fragment.wrap(fragmentBuffer, TunWriter.HEADROOM_BYTES, length)) {
                sealer.seal(sa, fragment, nowNs);
            }
            length = fragmenter.next(fragmentBuffer, TunWriter.HEADROOM_BYTES);
        }
    }

    private void clampMss(OutboundSa sa, InnerPacket packet) {
        final int mssBytes =
                switch (mssClamping.mode()) {
                    case OFF -> Integer.MAX_VALUE;
                    case FIXED -> mssClamping.mssBytes();
                    case AUTOMATIC ->
                            MssClamp.mssBytes(
                                    Math.min(tunMtuBytes, sa.maxInnerBytes()), packet.isIpv6());
                };
        if (MssClamp.clamp(packet, mssBytes)) {
            counters.add(Counter.MSS_CLAMPED, 1);
        }
    }
}
