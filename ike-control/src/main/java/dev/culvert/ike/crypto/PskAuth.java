package dev.culvert.ike.crypto;

import dev.culvert.ike.proposal.PrfAlgorithm;
import dev.culvert.ike.wire.Bytes;

/** Authentication with a shared secret (RFC 7296, section 2.15). */
@SuppressWarnings("DoNotCallSuggester")
public final class PskAuth {
    private PskAuth() {}

    /**
     * AUTH data.
     *
     * @param prf of the IKE SA
     * @param psk shared secret, not empty
     * @param ownFirstMessage the signer's IKE_SA_INIT message, as sent, without non-ESP marker
     * @param peerNonce nonce of the other side
     * @param skP the signer's: SK_pi for the initiator, SK_pr for the responder
     * @param idBody the signer's ID payload without generic header, see {@code
     *     MessageEncoder.idBody}
     */
    public static Bytes sign(
            PrfAlgorithm prf,
            SecretBytes psk,
            byte[] ownFirstMessage,
            Bytes peerNonce,
            SecretBytes skP,
            byte[] idBody) {
        throw new UnsupportedOperationException("soon");
    }

    /**
     * Whether a peer's AUTH data is right, in constant time.
     *
     * @param prf of the IKE SA
     * @param psk shared secret, not empty
     * @param peerFirstMessage the peer's IKE_SA_INIT message, as received, without non-ESP marker
     * @param ownNonce the nonce that we sent
     * @param skP the peer's: SK_pi for the initiator, SK_pr for the responder
     * @param idBody the peer's ID payload without generic header
     * @param authData received
     */
    public static boolean verify(
            PrfAlgorithm prf,
            SecretBytes psk,
            byte[] peerFirstMessage,
            Bytes ownNonce,
            SecretBytes skP,
            byte[] idBody,
            Bytes authData) {
        throw new UnsupportedOperationException("soon");
    }
}
