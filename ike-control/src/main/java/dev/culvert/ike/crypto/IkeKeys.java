package dev.culvert.ike.crypto;

/**
 * Keys of one IKE SA (RFC 7296, section 2.14). Whoever holds the record owns the keys and destroys
 * them.
 *
 * @param skD for child SAs and successors
 * @param skAi integrity, messages of the original initiator; empty with an AEAD
 * @param skAr integrity, messages of the original responder; empty with an AEAD
 * @param skEi encryption (and salt), messages of the original initiator
 * @param skEr encryption (and salt), messages of the original responder
 * @param skPi for the initiator's AUTH
 * @param skPr for the responder's AUTH
 */
public record IkeKeys(
        SecretBytes skD,
        SecretBytes skAi,
        SecretBytes skAr,
        SecretBytes skEi,
        SecretBytes skEr,
        SecretBytes skPi,
        SecretBytes skPr) {
    /** Wipes all of them. */
    public void destroy() {
        skD.destroy();
        skAi.destroy();
        skAr.destroy();
        skEi.destroy();
        skEr.destroy();
        skPi.destroy();
        skPr.destroy();
    }
}
