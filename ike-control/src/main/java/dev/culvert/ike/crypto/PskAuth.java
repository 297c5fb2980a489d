package dev.culvert.ike.crypto;

import dev.culvert.ike.proposal.PrfAlgorithm;
import dev.culvert.ike.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/** Authentication with a shared secret (RFC 7296, section 2.15). */
public final class PskAuth {
    private static final byte[] KEY_PAD = "Key Pad for IKEv2".getBytes(StandardCharsets.US_ASCII);

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
        Prf function = new Prf(prf);
        byte[] macedId = function.compute(skP, idBody);
        try (SecretBytes padded = SecretBytes.takingOver(function.compute(psk, KEY_PAD))) {
            return Bytes.of(
                    function.compute(padded, ownFirstMessage, peerNonce.toArray(), macedId));
        } finally {
            Arrays.fill(macedId, (byte) 0);
        }
    }

    /**
     * AUTH data on an IKE SA that is resumed with a ticket: the key itself authenticates (RFC 5723,
     * section 4.3.3), over the octets that RFC 7296, section 2.15 has for IKE_SA_INIT.
     *
     * <pre>
     *   AUTH = prf(SK_px, message | nonce of the other side | prf(SK_px, IDx'))
     * </pre>
     *
     * @param prf of the IKE SA
     * @param ownFirstMessage the signer's IKE_SESSION_RESUME message, without non-ESP marker
     * @param peerNonce nonce of the other side
     * @param skP the signer's: SK_pi for the initiator, SK_pr for the responder
     * @param idBody the signer's ID payload without generic header
     */
    public static Bytes signResumed(
            PrfAlgorithm prf,
            byte[] ownFirstMessage,
            Bytes peerNonce,
            SecretBytes skP,
            byte[] idBody) {
        Prf function = new Prf(prf);
        byte[] macedId = function.compute(skP, idBody);
        try {
            return Bytes.of(function.compute(skP, ownFirstMessage, peerNonce.toArray(), macedId));
        } finally {
            Arrays.fill(macedId, (byte) 0);
        }
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
        Bytes expected = sign(prf, psk, peerFirstMessage, ownNonce, skP, idBody);
        return MessageDigest.isEqual(expected.toArray(), authData.toArray());
    }
}
