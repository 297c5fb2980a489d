package dev.culvert.esp.agent;

import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.packet.Segmenter;
import dev.culvert.esp.sa.OutboundSa;

/** The last station of the way out: seals packets and sends them, in the order of the calls. */
interface PacketSealer {

    /** Tells the source where the next packet is to be read to. */
    void place(PacketSource source);

    /** Seals a packet, with room behind it that may be overwritten. */
    void seal(OutboundSa sa, InnerPacket packet, long nowNs);

    /**
     * Seals all packets of a super-packet.
     *
     * @param segments has given none of them yet
     * @param outerTos TOS byte of the outer headers
     */
    void seal(OutboundSa sa, Segmenter segments, int outerTos, long nowNs);

    /** Drops packets of an SA that carries nothing more. */
    void dropSpent(OutboundSa sa, long packets);

    /**
     * Sends what is sealed, and lets nothing wait for packets that may come later.
     *
     * @return how many pieces of work of earlier cycles came to their end
     */
    int flush();

    /** Returns when no SA is in use by anybody, and everything was sent. */
    void settle();
}
