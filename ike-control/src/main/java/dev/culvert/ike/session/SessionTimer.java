package dev.culvert.ike.session;

/** The deadlines that an IKE SA has, apart from those of its children. */
public enum SessionTimer {
    /** The outstanding request is sent again, or the peer given up. */
    RETRANSMIT,
    /** A peer that began has not authenticated in time. */
    HALF_OPEN,
    /** The peer was silent for long enough to check whether it is still there. */
    LIVENESS,
    /** The NAT in front of us may forget its mapping. */
    KEEPALIVE,
    /** The IKE SA is due for rekeying. */
    IKE_SOFT,
    /** The IKE SA ends. */
    IKE_HARD,
    /** The IKE SA is due for reauthentication. */
    REAUTH,
    /** The IKE SA ends, because it was not reauthenticated. */
    REAUTH_HARD,
    /** One of two IKE SAs of the same peer goes, if both are still there. */
    SUPERSEDED,
    /** Exchanges that the peer refused for the moment are tried again. */
    QUEUE_RETRY,
    /** Fragments of a message that is not complete are forgotten. */
    REASSEMBLY,
    /** The SA is gone, and is kept only to answer retransmissions. */
    LINGER
}
