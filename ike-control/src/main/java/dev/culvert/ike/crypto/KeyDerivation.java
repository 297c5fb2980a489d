package dev.culvert.ike.crypto;

import dev.culvert.ike.proposal.EspSuite;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.proposal.IntegrityAlgorithm;
import dev.culvert.ike.proposal.PrfAlgorithm;
import dev.culvert.ike.wire.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Derives keys. Arguments stay with the caller; results are the caller's to destroy. */
public final class KeyDerivation {
    private static final byte[] RESUMPTION = "Resumption".getBytes(StandardCharsets.US_ASCII);

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
        Prf prf = new Prf(suite.prf());
        try (SecretBytes nonces =
                        SecretBytes.takingOver(Concat.of(nonceI.toArray(), nonceR.toArray()));
                SecretBytes seed =
                        SecretBytes.takingOver(prf.compute(nonces, sharedSecret.borrow()))) {
            return expand(suite, seed, nonceI, nonceR, spiI, spiR);
        }
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
        try (SecretBytes seed =
                SecretBytes.takingOver(
                        new Prf(oldPrf)
                                .compute(
                                        oldSkD,
                                        sharedSecret.borrow(),
                                        nonceI.toArray(),
                                        nonceR.toArray()))) {
            return expand(suite, seed, nonceI, nonceR, spiI, spiR);
        }
    }

    /**
     * Keys of an IKE SA that is resumed with a ticket (RFC 5723, section 5.1); the text is of ten
     * ASCII octets, and the rest as in RFC 7296, section 2.14.
     *
     * <pre>
     *   SKEYSEED = prf(SK_d of the lost SA, "Resumption" | Ni | Nr)
     * </pre>
     *
     * @param suite of the SA that was lost
     * @param oldSkD of the SA that was lost
     * @param nonceI new nonce of the initiator
     * @param nonceR new nonce of the responder
     * @param spiI new SPI of the initiator
     * @param spiR new SPI of the responder
     */
    public static IkeKeys resumedIkeKeys(
            IkeSuite suite, SecretBytes oldSkD, Bytes nonceI, Bytes nonceR, long spiI, long spiR) {
        try (SecretBytes seed =
                SecretBytes.takingOver(
                        new Prf(suite.prf())
                                .compute(oldSkD, RESUMPTION, nonceI.toArray(), nonceR.toArray()))) {
            return expand(suite, seed, nonceI, nonceR, spiI, spiR);
        }
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
        int encryptionBytes = suite.encryption().keyMaterialBytes(suite.keyLengthBits());
        int integrityBytes = suite.integrity().map(IntegrityAlgorithm::keyBytes).orElse(0);
        byte[] shared = sharedSecret.map(SecretBytes::borrow).orElse(new byte[0]);
        try (SecretBytes material =
                new Prf(prf)
                        .plus(
                                skD,
                                2 * (encryptionBytes + integrityBytes),
                                shared,
                                nonceI.toArray(),
                                nonceR.toArray())) {
            Slicer slicer = new Slicer(material);
            return new ChildKeys(
                    slicer.take(encryptionBytes),
                    slicer.take(integrityBytes),
                    slicer.take(encryptionBytes),
                    slicer.take(integrityBytes));
        }
    }

    private static IkeKeys expand(
            IkeSuite suite, SecretBytes seed, Bytes nonceI, Bytes nonceR, long spiI, long spiR) {
        int prfBytes = suite.prf().outputBytes();
        int encryptionBytes = suite.encryption().keyMaterialBytes(suite.keyLengthBits());
        int integrityBytes = suite.integrity().map(IntegrityAlgorithm::keyBytes).orElse(0);
        try (SecretBytes material =
                new Prf(suite.prf())
                        .plus(
                                seed,
                                3 * prfBytes + 2 * (encryptionBytes + integrityBytes),
                                nonceI.toArray(),
                                nonceR.toArray(),
                                Bytes.ofLong(spiI).toArray(),
                                Bytes.ofLong(spiR).toArray())) {
            Slicer slicer = new Slicer(material);
            return new IkeKeys(
                    slicer.take(prfBytes),
                    slicer.take(integrityBytes),
                    slicer.take(integrityBytes),
                    slicer.take(encryptionBytes),
                    slicer.take(encryptionBytes),
                    slicer.take(prfBytes),
                    slicer.take(prfBytes));
        }
    }

    private static final class Slicer {
        private final SecretBytes material;
        private int position;

        Slicer(SecretBytes material) {
            this.material = material;
        }

        SecretBytes take(int lengthBytes) {
            position += lengthBytes;
            return material.slice(position - lengthBytes, position);
        }
    }
}
