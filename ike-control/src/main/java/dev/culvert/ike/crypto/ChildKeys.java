package dev.culvert.ike.crypto;

/**
 * Keys of one child SA pair (RFC 7296, section 2.17). "Initiator" is who started the exchange that
 * made the child, not the original initiator of the IKE SA. Whoever holds the record owns the keys
 * and destroys them.
 *
 * @param encryptionInitiator key, then salt: packets from initiator to responder
 * @param integrityInitiator packets from initiator to responder; empty with an AEAD
 * @param encryptionResponder key, then salt: packets from responder to initiator
 * @param integrityResponder packets from responder to initiator; empty with an AEAD
 */
public record ChildKeys(
        SecretBytes encryptionInitiator,
        SecretBytes integrityInitiator,
        SecretBytes encryptionResponder,
        SecretBytes integrityResponder) {
    /** Wipes all of them. */
    public void destroy() {
        encryptionInitiator.destroy();
        integrityInitiator.destroy();
        encryptionResponder.destroy();
        integrityResponder.destroy();
    }
}
