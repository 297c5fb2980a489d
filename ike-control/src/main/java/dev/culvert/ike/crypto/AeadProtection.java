package dev.culvert.ike.crypto;

import dev.culvert.ike.proposal.EncryptionAlgorithm;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;

/**
 * AES-GCM with a 16-byte check value (RFC 5282) and ChaCha20-Poly1305 (RFC 7634). The nonce is the
 * salt and an initialization vector that counts up, so it never repeats under a key.
 */
final class AeadProtection implements MessageProtection {
    private static final int NONCE_BYTES = 12;

    private final EncryptionAlgorithm algorithm;
    private final RawKey key;
    private final SecretBytes salt;
    private long nextIv;

    AeadProtection(EncryptionAlgorithm algorithm, SecretBytes keyAndSalt) {
        if (algorithm != EncryptionAlgorithm.AES_GCM_16
                && algorithm != EncryptionAlgorithm.CHACHA20_POLY1305) {
            throw new IllegalArgumentException(algorithm.displayName() + " is not supported");
        }
        int keyBytes = keyAndSalt.lengthBytes() - algorithm.saltBytes();
        this.algorithm = algorithm;
        this.key =
                new RawKey(
                        algorithm == EncryptionAlgorithm.AES_GCM_16 ? "AES" : "ChaCha20",
                        keyAndSalt.borrow(),
                        0,
                        keyBytes);
        this.salt = keyAndSalt.slice(keyBytes, keyAndSalt.lengthBytes());
    }

    @Override
    public int ivBytes() {
        return algorithm.ivBytes();
    }

    @Override
    public int blockBytes() {
        return 1;
    }

    @Override
    public int icvBytes() {
        return algorithm.icvBytes();
    }

    @Override
    public byte[] seal(byte[] associated, byte[] plainText, RandomSource random) {
        if (nextIv == -1L) {
            throw new IllegalStateException("all initialization vectors of this key are used up");
        }
        return sealWithIv(nextIv++, associated, plainText);
    }

    /** With a chosen initialization vector, for published vectors. */
    byte[] sealWithIv(long iv, byte[] associated, byte[] plainText) {
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, iv);
            cipher.updateAAD(associated);
            byte[] result = new byte[ivBytes() + cipher.getOutputSize(plainText.length)];
            ByteBuffer.wrap(result).putLong(iv);
            cipher.doFinal(plainText, 0, plainText.length, result, ivBytes());
            return result;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("sealing with " + algorithm.displayName(), e);
        }
    }

    @Override
    public Optional<byte[]> open(byte[] associated, byte[] body) {
        if (body.length < ivBytes() + icvBytes()) {
            return Optional.empty();
        }
        try {
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, ByteBuffer.wrap(body).getLong());
            cipher.updateAAD(associated);
            return Optional.of(cipher.doFinal(body, ivBytes(), body.length - ivBytes()));
        } catch (AEADBadTagException e) {
            // The JDK has no other way to say so.
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("opening with " + algorithm.displayName(), e);
        }
    }

    @Override
    public void destroy() {
        key.destroy();
        salt.destroy();
    }

    private Cipher cipher(int mode, long iv) throws GeneralSecurityException {
        if (key.isDestroyed()) {
            throw new IllegalStateException("the keys were destroyed");
        }
        byte[] nonce = Arrays.copyOf(salt.borrow(), NONCE_BYTES);
        ByteBuffer.wrap(nonce).putLong(algorithm.saltBytes(), iv);
        boolean gcm = algorithm == EncryptionAlgorithm.AES_GCM_16;
        AlgorithmParameterSpec parameters =
                gcm
                        ? new GCMParameterSpec(8 * algorithm.icvBytes(), nonce)
                        : new IvParameterSpec(nonce);
        Cipher cipher = Cipher.getInstance(gcm ? "AES/GCM/NoPadding" : "ChaCha20-Poly1305");
        cipher.init(mode, key, parameters);
        return cipher;
    }
}
