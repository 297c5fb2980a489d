package dev.culvert.ike.crypto;

import dev.culvert.ike.proposal.EspSuite;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.proposal.PrfAlgorithm;
import dev.culvert.ike.wire.Bytes;
import java.util.Optional;

/** Derives keys. Arguments stay with the caller; results are the caller's to destroy. */
@SuppressWarnings("DoNotCallSuggester")
public final class KeyDerivation {
    private KeyDerivation() {}

    /**
     * Keys of the first IKE SA (RFC 7296, section 2.14).
     *
     * @param suite agreed algorithms
     * @param sharedSecret of the key exchange
     * @param nonceI initiator's nonce
     * @param nonceR responder's nonce
     * @param spiI initiator's SPI
     * @param spiR responder's SPI
     */
    public static IkeKeys ikeKeys(
            IkeSuite suite,
            SecretBytes sharedSecret,
            Bytes nonceI,
            Bytes nonceR,
            long spiI,
            long spiR) {
        throw new UnsupportedOperationException("soon");
    }

    /**
     * Keys of an IKE SA that replaces another (RFC 7296, section 2.18).
     *
     * @param oldPrf of the SA that is replaced
     * @param oldSkD of the SA that is replaced
     * @param suite newly agreed algorithms
     * @param sharedSecret of the new key exchange
     * @param nonceI new nonce of the rekey's initiator
     * @param nonceR new nonce of the rekey's responder
     * @param spiI new SPI of the rekey's initiator
     * @param spiR new SPI of the rekey's responder
     */
    public static IkeKeys rekeyedIkeKeys(
            PrfAlgorithm oldPrf,
            SecretBytes oldSkD,
            IkeSuite suite,
            SecretBytes sharedSecret,
            Bytes nonceI,
            Bytes nonceR,
            long spiI,
            long spiR) {
        throw new UnsupportedOperationException("soon");
    }

    /**
     * Keys of a child SA pair (RFC 7296, section 2.17).
     *
     * @param prf of the IKE SA
     * @param skD of the IKE SA
     * @param suite agreed algorithms
     * @param sharedSecret of the child's own key exchange, if it had one
     * @param nonceI nonce of the exchange's initiator; for the child of IKE_AUTH those of
     *     IKE_SA_INIT
     * @param nonceR nonce of the exchange's responder
     */
    public static ChildKeys childKeys(
            PrfAlgorithm prf,
            SecretBytes skD,
            EspSuite suite,
            Optional<SecretBytes> sharedSecret,
            Bytes nonceI,
            Bytes nonceR) {
        throw new UnsupportedOperationException("soon");
    }
}
