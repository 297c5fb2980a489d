package dev.culvert.esp.policy;

import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.sa.SelectorPair;
import java.util.TreeMap;

/**
 * The rules of one {@link TupleKey.Shape} in a hash table. Rules that share a key are one entry of
 * it, as a list with those that decide first in front: a thousand SAs with the same selectors cost
 * a lookup no more than one.
 */
final class TupleTable {

    private static final int INITIAL_SLOTS = 8;
    private static final long MIX_LOCAL = 0x9E3779B97F4A7C15L;
    private static final long MIX_REMOTE = 0xC2B2AE3D27D4EB4FL;
    private static final long MIX_REST = 0x165667B19E3779F9L;

    /** A rule under one of its keys. */
    static final class Node {
        private final TupleKey key;
        private final boolean exact;
        private final PolicyRule rule;
        private final SelectorPair pair;
        private Node before;
        private Node after;

        Node(TupleKey key, PolicyRule rule, SelectorPair pair) {
            this.key = key;
            exact = key.exact();
            this.rule = rule;
            this.pair = pair;
        }

        TupleKey.Shape shape() {
            return key.shape();
        }
    }

    /** All rules of one key. */
    private static final class Bucket {
        private final long localHigh;
        private final long localLow;
        private final long remoteHigh;
        private final long remoteLow;
        private final long rest;
        private Node first;
        private Bucket next;

        Bucket(TupleKey key) {
            localHigh = key.localHigh();
            localLow = key.localLow();
            remoteHigh = key.remoteHigh();
            remoteLow = key.remoteLow();
            rest = key.rest();
        }

        int hash() {
            return TupleTable.hash(localHigh, localLow, remoteHigh, remoteLow, rest);
        }

        boolean has(
                long keyLocalHigh,
                long keyLocalLow,
                long keyRemoteHigh,
                long keyRemoteLow,
                long keyRest) {
            return remoteLow == keyRemoteLow
                    && localLow == keyLocalLow
                    && rest == keyRest
                    && remoteHigh == keyRemoteHigh
                    && localHigh == keyLocalHigh;
        }

        void link(Node node) {
            Node before = null;
            Node after = first;
            while (after != null && after.rule.precedes(node.rule)) {
                before = after;
                after = after.after;
            }
            node.before = before;
            node.after = after;
            if (before == null) {
                first = node;
            } else {
                before.after = node;
            }
            if (after != null) {
                after.before = node;
            }
        }

        void unlink(Node node) {
            if (node.before == null) {
                first = node.after;
            } else {
                node.before.after = node.after;
            }
            if (node.after != null) {
                node.after.before = node.before;
            }
        }
    }

    private final long localHighMask;
    private final long localLowMask;
    private final long remoteHighMask;
    private final long remoteLowMask;
    private final long restMask;
    private final TreeMap<Long, Integer> ranks = new TreeMap<>();
    private Bucket[] slots = new Bucket[INITIAL_SLOTS];
    private int buckets;
    private long bestRank = Long.MAX_VALUE;

    TupleTable(TupleKey.Shape shape) {
        localHighMask = shape.localHigh();
        localLowMask = shape.localLow();
        remoteHighMask = shape.remoteHigh();
        remoteLowMask = shape.remoteLow();
        restMask = shape.rest();
    }

    /** The lowest rank in here; the highest number when empty. */
    long bestRank() {
        return bestRank;
    }

    boolean isEmpty() {
        return buckets == 0;
    }

    /**
     * Looks for a rule that decides before another one.
     *
     * @param packet the packet
     * @param rest its protocol and ports
     * @param best the best so far
     * @return the first match, or {@code best}
     */
    PolicyRule find(InnerPacket packet, long rest, PolicyRule best) {
        final Bucket bucket =
                bucket(
                        packet.sourceHigh() & localHighMask,
                        packet.sourceLow() & localLowMask,
                        packet.destinationHigh() & remoteHighMask,
                        packet.destinationLow() & remoteLowMask,
                        rest & restMask);
        Node node = bucket == null ? null : bucket.first;
        while (node != null && node.rule.precedes(best)) {
            if (node.exact || node.pair.matchesOutbound(packet)) {
                return node.rule;
            }
            node = node.after;
        }
        return best;
    }

    /** Adds a rule under one key. */
    void add(Node node) {
        Bucket bucket = bucket(node.key);
        if (bucket == null) {
            if (buckets >= slots.length) {
                grow();
            }
            bucket = new Bucket(node.key);
            insert(bucket);
            buckets++;
        }
        bucket.link(node);
        ranks.merge(node.rule.rank(), 1, Integer::sum);
        bestRank = ranks.firstKey();
    }

    /** Takes away what was added. */
    void remove(Node node) {
        final Bucket bucket = bucket(node.key);
        bucket.unlink(node);
        if (bucket.first == null) {
            remove(bucket);
            buckets--;
        }
        ranks.computeIfPresent(node.rule.rank(), (rank, count) -> count == 1 ? null : count - 1);
        bestRank = ranks.isEmpty() ? Long.MAX_VALUE : ranks.firstKey();
    }

    private Bucket bucket(TupleKey key) {
        return bucket(
                key.localHigh(), key.localLow(), key.remoteHigh(), key.remoteLow(), key.rest());
    }

    private Bucket bucket(
            long localHigh, long localLow, long remoteHigh, long remoteLow, long rest) {
        final int hash = hash(localHigh, localLow, remoteHigh, remoteLow, rest);
        Bucket bucket = slots[hash & (slots.length - 1)];
        while (bucket != null && !bucket.has(localHigh, localLow, remoteHigh, remoteLow, rest)) {
            bucket = bucket.next;
        }
        return bucket;
    }

    private void grow() {
        final Bucket[] before = slots;
        slots = new Bucket[before.length * 2];
        for (final Bucket head : before) {
            Bucket bucket = head;
            while (bucket != null) {
                final Bucket following = bucket.next;
                insert(bucket);
                bucket = following;
            }
        }
    }

    private void insert(Bucket bucket) {
        final int slot = bucket.hash() & (slots.length - 1);
        bucket.next = slots[slot];
        slots[slot] = bucket;
    }

    private void remove(Bucket bucket) {
        final int slot = bucket.hash() & (slots.length - 1);
        if (slots[slot] == bucket) {
            slots[slot] = bucket.next;
            return;
        }
        Bucket before = slots[slot];
        while (before.next != bucket) {
            before = before.next;
        }
        before.next = bucket.next;
    }

    private static int hash(
            long localHigh, long localLow, long remoteHigh, long remoteLow, long rest) {
        final long local = (localLow ^ Long.rotateLeft(localHigh, 32)) * MIX_LOCAL;
        final long remote = (remoteLow ^ Long.rotateLeft(remoteHigh, 32)) * MIX_REMOTE;
        long mixed = (local ^ (local >>> 32)) + Long.rotateLeft(remote, 29) + rest * MIX_REST;
        mixed ^= mixed >>> 32;
        mixed *= MIX_LOCAL;
        return (int) (mixed >>> 32);
    }
}
