package dev.culvert.esp.policy;

import dev.culvert.esp.packet.InnerPacket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Packets that wait for an SA, in order of arrival per policy and bounded three ways. Nothing here
 * is per packet of a tunnel that is up, so it may allocate.
 */
public final class AcquireQueue {

    /** What became of a packet, and whether to ask for an SA. */
    public record Offer(boolean queued, boolean acquireDue) {}

    /** A policy whose packets waited in vain. */
    public record Expired(long policyId, int packets) {}

    private static final class Waiting {
        private final ArrayDeque<Held> packets = new ArrayDeque<>();
        private int bytes;
        private long raisedNs;
        private boolean raised;
    }

    private static final class Held {
        private final byte[] bytes;
        private final long sinceNs;

        Held(byte[] bytes, long sinceNs) {
            this.bytes = bytes;
            this.sinceNs = sinceNs;
        }
    }

    private final AcquireLimits limits;
    private final Map<Long, Waiting> byPolicy = new HashMap<>();
    private int totalBytes;
    private int totalPackets;

    /** An empty queue. */
    public AcquireQueue(AcquireLimits limits) {
        this.limits = limits;
    }

    /**
     * Holds a packet, if there is room.
     *
     * @param policyId the policy that trapped it
     * @param packet copied
     * @param nowNs the time
     */
    public Offer offer(long policyId, InnerPacket packet, long nowNs) {
        final Waiting waiting = byPolicy.computeIfAbsent(policyId, id -> new Waiting());
        final int length = packet.lengthBytes();
        final boolean room =
                waiting.packets.size() < limits.packetsPerPolicy()
                        && waiting.bytes + length <= limits.bytesPerPolicy()
                        && totalBytes + length <= limits.bytesTotal();
        if (room) {
            final byte[] copy = new byte[length];
            packet.buffer().getBytes(packet.offset(), copy);
            waiting.packets.add(new Held(copy, nowNs));
            waiting.bytes += length;
            totalBytes += length;
            totalPackets++;
        }
        final boolean due = !waiting.raised || nowNs - waiting.raisedNs >= limits.repeatNs();
        return new Offer(room, due);
    }

    /** Remembers that an acquire was raised. */
    public void acquireRaised(long policyId, long nowNs) {
        final Waiting waiting = byPolicy.computeIfAbsent(policyId, id -> new Waiting());
        waiting.raised = true;
        waiting.raisedNs = nowNs;
    }

    /**
     * Takes every packet, oldest first within a policy. The caller looks each up again; what still
     * has no SA is offered back with {@link #restore}. An acquire counts as answered unless a
     * packet of its policy comes back: when the SA goes again, the next packet asks at once for
     * another.
     */
    public Map<Long, List<Released>> takeAll() {
        final Map<Long, List<Released>> taken = new HashMap<>();
        byPolicy.forEach((policyId, waiting) -> {
            final List<Released> packets = new ArrayList<>(waiting.packets.size());
            for (final Held held : waiting.packets) {
                packets.add(new Released(held));
            }
            waiting.packets.clear();
            waiting.bytes = 0;
            waiting.raised = false;
            taken.put(policyId, packets);
        });
        totalBytes = 0;
        totalPackets = 0;
        return taken;
    }

    /** A packet that was taken out. */
    public static final class Released {
        private final Held held;

        private Released(Held held) {
            this.held = held;
        }

        /** The packet; not to be changed. */
        public byte[] bytes() {
            return held.bytes;
        }
    }

    /**
     * Puts a packet back behind those already restored, with its old deadline; its policy's acquire
     * is still open.
     */
    public void restore(long policyId, Released packet) {
        final Waiting waiting = byPolicy.computeIfAbsent(policyId, id -> new Waiting());
        waiting.raised = true;
        waiting.packets.add(packet.held);
        waiting.bytes += packet.held.bytes.length;
        totalBytes += packet.held.bytes.length;
        totalPackets++;
    }

    /** Drops what waited too long. */
    public List<Expired> expire(long nowNs) {
        if (totalPackets == 0) {
            return List.of();
        }
        final List<Expired> expired = new ArrayList<>();
        byPolicy.forEach((policyId, waiting) -> {
            int dropped = 0;
            final Iterator<Held> iterator = waiting.packets.iterator();
            while (iterator.hasNext()) {
                final Held held = iterator.next();
                if (nowNs - held.sinceNs < limits.holdNs()) {
                    break;
                }
                iterator.remove();
                release(waiting, held);
                dropped++;
            }
            if (dropped > 0) {
                expired.add(new Expired(policyId, dropped));
            }
        });
        return expired;
    }

    /**
     * Forgets a policy.
     *
     * @return how many packets were dropped
     */
    public int remove(long policyId) {
        final Waiting waiting = byPolicy.remove(policyId);
        if (waiting == null) {
            return 0;
        }
        totalBytes -= waiting.bytes;
        totalPackets -= waiting.packets.size();
        return waiting.packets.size();
    }

    /** True when no packet waits. */
    public boolean isEmpty() {
        return totalPackets == 0;
    }

    /** Bytes that wait, over all policies. */
    public int totalBytes() {
        return totalBytes;
    }

    private void release(Waiting waiting, Held held) {
        waiting.bytes -= held.bytes.length;
        totalBytes -= held.bytes.length;
        totalPackets--;
    }
}
