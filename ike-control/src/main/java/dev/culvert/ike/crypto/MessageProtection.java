package dev.culvert.ike.crypto;

import dev.culvert.ike.proposal.IkeSuite;
import java.util.Optional;

/**
 * Protects the messages of one IKE SA in one direction: what stands between the generic header of
 * the SK payload and its end. One owner, not for several threads.
 */
public interface MessageProtection {
    /**
     * For the given algorithms.
     *
     * @param suite algorithms
     * @param encryptionKey key and salt; copied
     * @param integrityKey empty with an AEAD; copied
     */
    static MessageProtection of(
            IkeSuite suite, SecretBytes encryptionKey, SecretBytes integrityKey) {
        int expectedBytes = suite.encryption().keyMaterialBytes(suite.keyLengthBits());
        if (encryptionKey.lengthBytes() != expectedBytes) {
            throw new IllegalArgumentException(
                    suite.encryption().displayName(suite.keyLengthBits())
                            + " needs "
                            + expectedBytes
                            + " bytes of key");
        }
        return suite.integrity().isPresent()
                ? new CbcHmacProtection(encryptionKey, integrityKey, suite.integrity().get())
                : new AeadProtection(suite.encryption(), encryptionKey);
    }

    /** Initialization vector, in bytes. */
    int ivBytes();

    /** Plain text must be a multiple of this, in bytes; 1 for any length. */
    int blockBytes();

    /** Integrity check value, in bytes. */
    int icvBytes();

    /**
     * Encrypts and authenticates. Each call uses a new initialization vector.
     *
     * @param associated message from its first byte through the SK payload's generic header, with
     *     the final lengths
     * @param plainText padded
     * @param random for an initialization vector that must not be predictable
     * @return initialization vector, cipher text, integrity check value
     */
    byte[] seal(byte[] associated, byte[] plainText, RandomSource random);

    /**
     * Authenticates, then decrypts.
     *
     * @param associated message from its first byte through the SK payload's generic header
     * @param body initialization vector, cipher text, integrity check value
     * @return padded plain text; empty if it is not authentic or has an impossible length
     */
    Optional<byte[]> open(byte[] associated, byte[] body);

    /** Wipes the keys; afterwards nothing works. */
    void destroy();
}
