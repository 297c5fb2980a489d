package dev.culvert.esp;

/**
 * Why a packet was not delivered. Every packet that the dataplane drops adds one to exactly one of
 * these, in the counters of the agent that dropped it.
 */
public enum DropReason {
    /** The inner packet is no IPv4 or IPv6 packet, or its lengths contradict each other. */
    INNER_MALFORMED,
    /** The inner packet's TTL or hop limit is 0. */
    INNER_TTL_ZERO,
    /** Outbound: no SA and no policy matches. */
    NO_POLICY,
    /** Outbound: a policy says to drop. */
    POLICY_DROP,
    /** Outbound: a policy asks for an SA, and there is none. */
    NO_SA,
    /**
     * Outbound: a policy lets the packet pass in clear, but there is no clear port, or it did not
     * take the packet.
     */
    CLEAR_UNAVAILABLE,
    /** Outbound: too many packets or bytes wait for an SA. */
    ACQUIRE_QUEUE_FULL,
    /**
     * Outbound: the packet waited for an SA that did not come in time, or its policy was removed.
     */
    ACQUIRE_EXPIRED,
    /**
     * Outbound: larger than the tunnel carries and not to be fragmented; the sender was told, rate
     * permitting.
     */
    TOO_BIG,
    /** The SA's hard limit is reached, or its sequence numbers are used up. */
    HARD_LIMIT,
    /** Outbound: the cipher failed; a fault in the engine. */
    SEAL_FAILED,
    /** Outbound: no UDP port has the SA's local address. */
    NO_PORT,
    /** Outbound: the socket stayed full. */
    SEND_BLOCKED,
    /** Outbound: the socket refused the datagram for another reason. */
    SEND_FAILED,
    /** Inbound: the datagram is too short for an SPI or cut by the receive buffer. */
    RUNT_DATAGRAM,
    /** Inbound: an IKE message, but the ring to the control plane is full. */
    IKE_RING_FULL,
    /** Inbound: no SA has this SPI. */
    UNKNOWN_SPI,
    /** Inbound: the length is too small for the SA's algorithms or not aligned (RFC 4303 2.4). */
    ESP_LENGTH,
    /** Inbound: sequence number 0, or one from before the SA's first packet. */
    SEQUENCE_INVALID,
    /** Inbound: the sequence number is older than the replay window. */
    REPLAY_TOO_OLD,
    /** Inbound: the sequence number was accepted before. */
    REPLAY_DUPLICATE,
    /** Inbound: the integrity check failed. */
    AUTHENTICATION_FAILED,
    /**
     * Inbound: authenticated, but the padding is not 1, 2, 3 … or longer than the packet (RFC 4303
     * 2.4).
     */
    PADDING_INVALID,
    /** Inbound: authenticated, but the next header is neither IPv4, IPv6 nor "no next header". */
    NEXT_HEADER,
    /** Inbound: the inner packet does not match the SA's selectors. */
    SELECTOR_MISMATCH,
    /**
     * Inbound: the outer header says "congestion experienced" and the inner transport knows no ECN
     * (RFC 6040 4.2).
     */
    ECN_NOT_CAPABLE,
    /** Inbound: the TUN device refused the packet. */
    TUN_WRITE_FAILED,
    /** The packet's SA is another agent's, and there was no room in the ring to it. */
    HAND_OVER_FULL,
    /** A fault in our code; the error handler got the exception. */
    INTERNAL_FAULT
}
