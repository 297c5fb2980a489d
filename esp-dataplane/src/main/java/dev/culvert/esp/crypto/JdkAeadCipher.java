package dev.culvert.esp.crypto;

import static java.nio.ByteOrder.BIG_ENDIAN;

import dev.culvert.esp.EspKeys;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.EspSuite.Encryption;
import dev.culvert.esp.packet.EspLayout;
import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * AES-GCM (RFC 4106) and ChaCha20-Poly1305 (RFC 7634).
 *
 * <pre>
 *  nonce:  salt (4 bytes) | IV (8 bytes)
 *  AAD:    SPI (4) | sequence number (4)                         without ESN
 *          SPI (4) | upper half (4) | lower half (4)             with ESN
 * </pre>
 *
 * The IV that is sent is the 64-bit sequence number, so a nonce never repeats under one key.
 */
final class JdkAeadCipher implements EspCipher {

    private static final int NONCE_BYTES = 12;
    private static final int SALT_BYTES = 4;
    private static final int IV_BYTES = 8;
    private static final int TAG_BYTES = 16;

    private final CipherScratch scratch;
    private final Cipher cipher;
    private final WipeableKey key;
    private final boolean gcm;
    private final boolean esn;
    private final byte[] nonce = new byte[NONCE_BYTES];
    private final UnsafeBuffer nonceView = new UnsafeBuffer(nonce);
    private final UnsafeBuffer aadView;

    JdkAeadCipher(EspSuite suite, EspKeys keys, boolean esn, CipherScratch scratch)
            throws GeneralSecurityException {
        this.scratch = scratch;
        this.esn = esn;
        gcm = suite.encryption() != Encryption.CHACHA20_POLY1305;
        cipher = Cipher.getInstance(gcm ? "AES/GCM/NoPadding" : "ChaCha20-Poly1305");
        key = new WipeableKey(gcm ? "AES" : "ChaCha20", keys.encryptionKey());
        aadView = new UnsafeBuffer(scratch.aad);
        final byte[] salt = keys.salt();
        System.arraycopy(salt, 0, nonce, 0, SALT_BYTES);
        Arrays.fill(salt, (byte) 0);
    }

    @Override
    public boolean seal(
            long sequence,
            UnsafeBuffer source,
            int sourceOffset,
            int plaintextBytes,
            UnsafeBuffer esp,
            int espOffset) {
        esp.putLong(espOffset + EspLayout.IV_OFFSET, sequence, BIG_ENDIAN);
        nonceView.putLong(SALT_BYTES, sequence, BIG_ENDIAN);
        source.getBytes(sourceOffset, scratch.input, 0, plaintextBytes);
        try {
            cipher.init(Cipher.ENCRYPT_MODE, key, parameters());
            cipher.updateAAD(scratch.aad, 0, aad(sequence, esp, espOffset));
            final int sealedBytes =
                    cipher.doFinal(scratch.input, 0, plaintextBytes, scratch.output, 0);
            esp.putBytes(
                    espOffset + EspLayout.IV_OFFSET + IV_BYTES, scratch.output, 0, sealedBytes);
            return sealedBytes == plaintextBytes + TAG_BYTES;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    @Override
    public boolean open(
            long sequence,
            UnsafeBuffer esp,
            int espOffset,
            int espBytes,
            UnsafeBuffer target,
            int targetOffset) {
        final int sealedOffset = espOffset + EspLayout.IV_OFFSET + IV_BYTES;
        final int sealedBytes = espBytes - EspLayout.IV_OFFSET - IV_BYTES;
        nonceView.putBytes(SALT_BYTES, esp, espOffset + EspLayout.IV_OFFSET, IV_BYTES);
        esp.getBytes(sealedOffset, scratch.input, 0, sealedBytes);
        try {
            cipher.init(Cipher.DECRYPT_MODE, key, parameters());
            cipher.updateAAD(scratch.aad, 0, aad(sequence, esp, espOffset));
            final int openedBytes =
                    cipher.doFinal(scratch.input, 0, sealedBytes, scratch.output, 0);
            target.putBytes(targetOffset, scratch.output, 0, openedBytes);
            return true;
        } catch (AEADBadTagException e) {
            return false;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    @Override
    public void destroy() {
        key.destroy();
        Arrays.fill(nonce, (byte) 0);
        try {
            // The provider keeps its own copy of the key until another takes its place.
            cipher.init(Cipher.DECRYPT_MODE, key, parameters());
        } catch (GeneralSecurityException e) {
            Arrays.fill(scratch.output, (byte) 0);
        }
    }

    private AlgorithmParameterSpec parameters() {
        return gcm ? new GCMParameterSpec(TAG_BYTES * 8, nonce) : new IvParameterSpec(nonce);
    }

    private int aad(long sequence, UnsafeBuffer esp, int espOffset) {
        aadView.putInt(0, esp.getInt(espOffset + EspLayout.SPI_OFFSET));
        if (esn) {
            aadView.putLong(4, sequence, BIG_ENDIAN);
            return 12;
        }
        aadView.putInt(4, (int) sequence, BIG_ENDIAN);
        return 8;
    }
}
