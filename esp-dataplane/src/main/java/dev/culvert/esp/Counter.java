package dev.culvert.esp;

/** What an agent counts besides drops. Each agent has its own set; see {@link AgentCounters}. */
public enum Counter {
    /**
     * Outbound: packets read from the TUN device, after super-packets were cut. Inbound: inner
     * packets written to it.
     */
    TUN_PACKETS,
    /** Bytes of {@link #TUN_PACKETS}. */
    TUN_BYTES,
    /** Outbound: super-packets read from the TUN device. Inbound: super-packets written to it. */
    SUPER_PACKETS,
    /** Outbound: datagrams sent. Inbound: datagrams received. */
    DATAGRAMS,
    /** UDP payload bytes of {@link #DATAGRAMS}. */
    DATAGRAM_BYTES,
    /**
     * Outbound: messages given to the socket. Inbound: messages that it gave. Each holds one
     * datagram, or a run of them.
     */
    MESSAGES,
    /** Packets handed to crypto workers, outbound to be sealed, inbound to be opened. */
    WORKER_PACKETS,
    /**
     * Packets copied to another agent of the direction, which has their SA; those of a super-packet
     * each. Whoever read them counts them, and nobody else does.
     */
    HANDED_OVER,
    /** Inbound: NAT keep-alives received. */
    KEEPALIVES,
    /** Inbound: IKE messages handed to the control plane. */
    IKE_DATAGRAMS,
    /**
     * Inbound: dummy packets (next header 59), authenticated and discarded as RFC 4303 2.6 wants.
     */
    DUMMY_PACKETS,
    /** Inbound: combinations of inner and outer ECN that should not occur (RFC 6040 4.2). */
    ECN_UNUSUAL,
    /** SYN segments whose MSS was lowered. */
    MSS_CLAMPED,
    /** Outbound: "packet too big" errors written to the TUN device. */
    TOO_BIG_SENT,
    /**
     * Outbound: "packet too big" errors not written: rate limit, or not allowed about such a
     * packet.
     */
    TOO_BIG_SUPPRESSED,
    /** Outbound: inner packets that were fragmented before sealing. */
    FRAGMENTED,
    /** Outbound: packets put into the queue that waits for an SA. */
    TRAPPED,
    /** Outbound: acquires raised. */
    ACQUIRES,
    /** Outbound: packets passed in clear by policy. */
    PASSED_CLEAR,
    /** Outbound: times the socket was full and the agent waited for it. */
    SEND_WAITS,
    /** Inbound: authenticated packets from a new address. */
    PEER_MOVES,
    /** Events that the control plane's ring had no room for; raised again by a later packet. */
    EVENTS_DEFERRED
}
