package dev.culvert.esp.agent;

import dev.culvert.tun.UdpPort;

/** Receives datagrams, and moves them on in the order in which they came. */
interface PacketOpener {

    /**
     * Receives what waits at a port, up to a limit.
     *
     * @param alone whether the first message is probably the only one
     * @return how many messages, or {@code -errno}
     */
    int receive(UdpPort port, boolean alone, long nowNs);

    /** The limit. */
    int limit(boolean alone);

    /**
     * Moves what became ready since.
     *
     * @return how many pieces of work of earlier cycles came to their end
     */
    int flush();

    /** Returns when no SA is in use by anybody, and everything was moved. */
    void settle();
}
