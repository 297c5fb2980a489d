package dev.culvert.ike.session;

import dev.culvert.ike.EngineOutput.SaRemoval;

/** Why an IKE SA or a child SA ends; this decides what happens to its children next. */
public enum EndCause {
    /** An operator ended it, or the engine shuts down. */
    OPERATOR(SaRemoval.DELETED),
    /** The peer deleted it. */
    PEER_DELETED(SaRemoval.DELETED),
    /** The peer no longer answers. */
    PEER_LOST(SaRemoval.PEER_LOST),
    /** It reached the end of its life, or was unused for too long. */
    EXPIRED(SaRemoval.EXPIRED),
    /** Another took its place. */
    REPLACED(SaRemoval.REPLACED),
    /** Something failed, here or at the peer. */
    FAILED(SaRemoval.ABANDONED);

    private final SaRemoval removal;

    EndCause(SaRemoval removal) {
        this.removal = removal;
    }

    /** The same for the dataplane. */
    public SaRemoval removal() {
        return removal;
    }
}
