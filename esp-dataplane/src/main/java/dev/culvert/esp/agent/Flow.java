package dev.culvert.esp.agent;

import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.packet.Segment;

/**
 * Packets of one flow that wait to be written as one super-packet: where they are, in order. They
 * stay where they were opened.
 */
final class Flow {

    /** More in a UDP super-packet are refused by kernels before 6.9; for TCP it is just enough. */
    static final int MAX_PACKETS = 64;

    private static final int MAX_BYTES = 65535;

    private final Segment head = new Segment();
    private final int[] offsets = new int[MAX_PACKETS];
    private final int[] payloads = new int[MAX_PACKETS];
    private int count;

    private int protocol;
    private int sourcePort;
    private int destinationPort;
    private long sourceHigh;
    private long sourceLow;
    private long destinationHigh;
    private long destinationLow;

    private int segmentBytes;
    private int lengthBytes;
    private int lastFlags;
    private int nextSequence;
    private int identification;
    private int identificationStep;
    private boolean headUndamaged;
    private boolean complete;

    /** Begins with a packet; there must be none. */
    void start(InnerPacket packet, Segment first) {
        protocol = packet.protocol();
        sourcePort = packet.sourcePort();
        destinationPort = packet.destinationPort();
        sourceHigh = packet.sourceHigh();
        sourceLow = packet.sourceLow();
        destinationHigh = packet.destinationHigh();
        destinationLow = packet.destinationLow();
        head.set(first);
        segmentBytes = first.payloadBytes();
        lengthBytes = first.headersBytes();
        headUndamaged = false;
        complete = false;
        count = 0;
        if (first.isTcp()) {
            nextSequence = first.sequence();
        }
        identification = first.isIpv6() ? 0 : first.identification();
        add(first);
    }

    /** True when the packet belongs to the flow, by addresses, protocol and ports. */
    boolean isOf(InnerPacket packet) {
        return count > 0
                && sourcePort == packet.sourcePort()
                && destinationPort == packet.destinationPort()
                && protocol == packet.protocol()
                && isBetween(packet);
    }

    /** True when the packet has the flow's addresses, or could have. */
    boolean isBetween(InnerPacket packet) {
        return sourceLow == packet.sourceLow()
                && destinationLow == packet.destinationLow()
                && sourceHigh == packet.sourceHigh()
                && destinationHigh == packet.destinationHigh();
    }

    /**
     * Appends a packet of the flow, if the result can be cut into just these packets again.
     *
     * @param next the packet
     * @param shorterAllowed whether the last packet may be shorter than the others
     * @return false when it doesn't fit; nothing has changed then
     */
    boolean append(Segment next, boolean shorterAllowed) {
        final int payloadBytes = next.payloadBytes();
        final boolean shorter = payloadBytes < segmentBytes;
        if (complete
                || payloadBytes > segmentBytes
                || (shorter && !shorterAllowed)
                || lengthBytes + payloadBytes > MAX_BYTES
                || (next.isTcp() && next.sequence() != nextSequence)
                || !next.hasHeadersOf(head)
                || !continuesIdentification(next)
                || !isUndamaged(next)) {
            return false;
        }
        if (count == 1 && !head.isIpv6()) {
            identificationStep = next.identification() == identification ? 0 : 1;
        }
        add(next);
        complete = shorter || lastFlags != 0 || count == MAX_PACKETS;
        return true;
    }

    /**
     * IPv4's identification counts up by one, as it will when the kernel cuts. Where it means
     * nothing it may also stay the same: many senders never change it.
     */
    private boolean continuesIdentification(Segment next) {
        if (head.isIpv6()) {
            return true;
        }
        final int ahead = (next.identification() - identification) & 0xFFFF;
        if (count == 1) {
            return ahead == 1 || (ahead == 0 && head.isAtomic());
        }
        return ahead == (identificationStep * count & 0xFFFF);
    }

    /** The first packet is looked at only now: alone, it would leave as it is. */
    private boolean isUndamaged(Segment next) {
        headUndamaged = headUndamaged || head.isUndamaged();
        return headUndamaged && next.isUndamaged();
    }

    private void add(Segment packet) {
        final int payloadBytes = packet.payloadBytes();
        offsets[count] = packet.offset();
        payloads[count] = payloadBytes;
        count++;
        lengthBytes += payloadBytes;
        nextSequence += payloadBytes;
        lastFlags = packet.lastFlags();
    }

    /** Forgets the packets. */
    void clear() {
        count = 0;
    }

    /** How many packets there are. */
    int count() {
        return count;
    }

    /** True when nothing more can be appended. */
    boolean isComplete() {
        return complete;
    }

    /** The first packet. */
    Segment head() {
        return head;
    }

    /** Where a packet starts, in the first one's buffer. */
    int offset(int index) {
        return offsets[index];
    }

    /** Length of a packet's payload. */
    int payloadBytes(int index) {
        return payloads[index];
    }

    /** Length of the headers of each packet. */
    int headersBytes() {
        return head.headersBytes();
    }

    /** Payload of each packet but the last. */
    int segmentBytes() {
        return segmentBytes;
    }

    /** Length of the super-packet. */
    int lengthBytes() {
        return lengthBytes;
    }

    /** FIN and PSH of the last packet. */
    int lastFlags() {
        return lastFlags;
    }

    /** True when the last packet is shorter than the others. */
    boolean hasShorterLast() {
        return payloads[count - 1] < segmentBytes;
    }
}
