package dev.culvert.esp.agent;

import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.sa.OutboundSa;
import dev.culvert.tun.VirtioNetHeader;

/**
 * A packet or super-packet of a {@link SealJob}, and what became of it. The agent writes the first
 * part before the job is handed over, and looks at the second when it is back.
 */
final class SealTask {

    OutboundSa sa;
    long firstSequence;
    int packets;
    int offset;
    int lengthBytes;
    int gsoType;
    int sliceBytes;
    boolean withChecksum;
    boolean ipv6;

    /** Copies of what the agent may change while the job is under way. */
    int tfcBytes;

    int tos;
    boolean fitsPath;
    long nowNs;

    int sealedPackets;
    long sealedBytes;

    boolean isSuperPacket() {
        return gsoType != VirtioNetHeader.GSO_NONE;
    }

    long lastSequence() {
        return firstSequence + packets - 1;
    }

    int payloadBytes(int innerBytes) {
        return Math.max(innerBytes, tfcBytes);
    }

    int plaintextBytes(int innerBytes) {
        return EspLayout.plaintextBytes(payloadBytes(innerBytes), sa.suite().alignmentBytes());
    }
}
