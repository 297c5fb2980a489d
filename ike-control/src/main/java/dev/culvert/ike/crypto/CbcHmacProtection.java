package dev.culvert.ike.crypto;

import dev.culvert.ike.proposal.IntegrityAlgorithm;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;

/**
 * AES-CBC (RFC 3602) and HMAC-SHA-2 (RFC 4868): encrypt, then authenticate the whole message up to
 * the check value. The check value is compared, in constant time, before anything is decrypted.
 */
final class CbcHmacProtection implements MessageProtection {
    private static final int BLOCK_BYTES = 16;

    private final RawKey encryptionKey;
    private final SecretBytes integrityKey;
    private final IntegrityAlgorithm integrity;
    private final String macName;

    CbcHmacProtection(
            SecretBytes encryptionKey, SecretBytes integrityKey, IntegrityAlgorithm integrity) {
        if (integrityKey.lengthBytes() != integrity.keyBytes()) {
            throw new IllegalArgumentException(
                    integrity.displayName() + " needs " + integrity.keyBytes() + " bytes of key");
        }
        this.encryptionKey = new RawKey("AES", encryptionKey.borrow());
        this.integrityKey = integrityKey.copy();
        this.integrity = integrity;
        this.macName = macName(integrity);
    }

    @Override
    public int ivBytes() {
        return BLOCK_BYTES;
    }

    @Override
    public int blockBytes() {
        return BLOCK_BYTES;
    }

    @Override
    public int icvBytes() {
        return integrity.icvBytes();
    }

    @Override
    public byte[] seal(byte[] associated, byte[] plainText, RandomSource random) {
        byte[] iv = random.bytes(BLOCK_BYTES);
        byte[] cipherText = crypt(Cipher.ENCRYPT_MODE, iv, plainText, 0, plainText.length);
        return Concat.of(iv, cipherText, icv(associated, iv, cipherText));
    }

    @Override
    public Optional<byte[]> open(byte[] associated, byte[] body) {
        int cipherEnd = body.length - icvBytes();
        if (cipherEnd < 2 * BLOCK_BYTES || cipherEnd % BLOCK_BYTES != 0) {
            return Optional.empty();
        }
        byte[] expected = icv(associated, Arrays.copyOf(body, cipherEnd));
        if (!MessageDigest.isEqual(expected, Arrays.copyOfRange(body, cipherEnd, body.length))) {
            return Optional.empty();
        }
        byte[] iv = Arrays.copyOf(body, BLOCK_BYTES);
        return Optional.of(
                crypt(Cipher.DECRYPT_MODE, iv, body, BLOCK_BYTES, cipherEnd - BLOCK_BYTES));
    }

    @Override
    public void destroy() {
        encryptionKey.destroy();
        integrityKey.destroy();
    }

    private byte[] icv(byte[]... parts) {
        byte[] mac = Hmac.compute(macName, integrityKey.borrow(), parts);
        return Arrays.copyOf(mac, icvBytes());
    }

    private byte[] crypt(int mode, byte[] iv, byte[] data, int offset, int lengthBytes) {
        try {
            Cipher cipher = Cipher.getInstance("AES/CBC/NoPadding");
            cipher.init(mode, encryptionKey, new IvParameterSpec(iv));
            return cipher.doFinal(data, offset, lengthBytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-CBC", e);
        }
    }

    private static String macName(IntegrityAlgorithm integrity) {
        if (integrity == IntegrityAlgorithm.HMAC_SHA2_256_128) {
            return "HmacSHA256";
        }
        if (integrity == IntegrityAlgorithm.HMAC_SHA2_384_192) {
            return "HmacSHA384";
        }
        if (integrity == IntegrityAlgorithm.HMAC_SHA2_512_256) {
            return "HmacSHA512";
        }
        throw new IllegalArgumentException(integrity.displayName() + " is not supported");
    }
}
