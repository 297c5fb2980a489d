package dev.culvert.esp.agent;

import dev.culvert.tun.ReceiveBatch;

/** How datagrams lie in a slot of a {@link ReceiveBatch}: all of one length but the last. */
final class Slots {

    private Slots() {}

    /** Length of each datagram but the last, at least 1. */
    static int segmentBytes(ReceiveBatch batch, int slot) {
        final int joined = batch.segmentSizeBytes(slot);
        return joined > 0 ? joined : Math.max(1, batch.lengthBytes(slot));
    }

    /** How many there are, at least 1: an empty datagram is one. */
    static int datagrams(ReceiveBatch batch, int slot) {
        final int segmentBytes = segmentBytes(batch, slot);
        return Math.max(1, (batch.lengthBytes(slot) + segmentBytes - 1) / segmentBytes);
    }
}
