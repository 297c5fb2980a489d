package dev.culvert.esp.crypto;

import static java.nio.ByteOrder.BIG_ENDIAN;

import dev.culvert.esp.EspKeys;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.EspSuite.Integrity;
import dev.culvert.esp.packet.EspLayout;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * AES-CBC (RFC 3602) with a truncated HMAC (RFC 4868), encrypt-then-MAC.
 *
 * <pre>
 *  MAC over:  SPI | sequence number | IV | ciphertext [ | upper half of the sequence number, with ESN ]
 * </pre>
 *
 * CBC wants IVs that can't be predicted: each is the sequence number, encrypted under a random key
 * of its own. The MAC is verified, in constant time, before anything is decrypted.
 */
final class JdkCbcHmacCipher implements EspCipher {

    private static final int IV_BYTES = 16;

    private final CipherScratch scratch;
    private final Cipher cipher;
    private final Cipher ivCipher;
    private final Mac mac;
    private final WipeableKey key;
    private final WipeableKey ivKey;
    private final WipeableKey macKey;
    private final int icvBytes;
    private final boolean esn;
    private final byte[] iv = new byte[IV_BYTES];
    private final byte[] counter = new byte[IV_BYTES];
    private final UnsafeBuffer counterView = new UnsafeBuffer(counter);

    JdkCbcHmacCipher(
            EspSuite suite, EspKeys keys, boolean esn, CipherScratch scratch, SecureRandom random)
            throws GeneralSecurityException {
        this.scratch = scratch;
        this.esn = esn;
        icvBytes = suite.integrity().icvBytes();
        cipher = Cipher.getInstance("AES/CBC/NoPadding");
        key = new WipeableKey("AES", keys.encryptionKey());

        final byte[] ivKeyBytes = new byte[IV_BYTES];
        random.nextBytes(ivKeyBytes);
        ivKey = new WipeableKey("AES", ivKeyBytes);
        ivCipher = Cipher.getInstance("AES/ECB/NoPadding");
        ivCipher.init(Cipher.ENCRYPT_MODE, ivKey);

        final String macName = macName(suite.integrity());
        macKey = new WipeableKey(macName, keys.integrityKey());
        mac = Mac.getInstance(macName);
        mac.init(macKey);
    }

    private static String macName(Integrity integrity) {
        return switch (integrity) {
            case NONE -> throw new IllegalArgumentException("CBC without integrity");
            case HMAC_SHA2_256_128 -> "HmacSHA256";
            case HMAC_SHA2_384_192 -> "HmacSHA384";
            case HMAC_SHA2_512_256 -> "HmacSHA512";
        };
    }

    @Override
    public boolean seal(
            long sequence,
            UnsafeBuffer source,
            int sourceOffset,
            int plaintextBytes,
            UnsafeBuffer esp,
            int espOffset) {
        final int cipherOffset = EspLayout.IV_OFFSET + IV_BYTES;
        try {
            counterView.putLong(8, sequence);
            ivCipher.doFinal(counter, 0, IV_BYTES, iv, 0);
            cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(iv));

            final byte[] packet = scratch.output;
            esp.getBytes(espOffset, packet, 0, EspLayout.IV_OFFSET);
            System.arraycopy(iv, 0, packet, EspLayout.IV_OFFSET, IV_BYTES);
            source.getBytes(sourceOffset, scratch.input, 0, plaintextBytes);
            cipher.doFinal(scratch.input, 0, plaintextBytes, packet, cipherOffset);
            final int sealedBytes = cipherOffset + plaintextBytes;
            computeMac(sequence, packet, sealedBytes);
            esp.putBytes(
                    espOffset + EspLayout.IV_OFFSET,
                    packet,
                    EspLayout.IV_OFFSET,
                    sealedBytes - EspLayout.IV_OFFSET);
            esp.putBytes(espOffset + sealedBytes, scratch.tag, 0, icvBytes);
            return true;
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
        final int sealedBytes = espBytes - icvBytes;
        final int cipherOffset = EspLayout.IV_OFFSET + IV_BYTES;
        final byte[] packet = scratch.input;
        esp.getBytes(espOffset, packet, 0, espBytes);
        try {
            computeMac(sequence, packet, sealedBytes);
            if (!icvMatches(packet, sealedBytes)) {
                return false;
            }
            System.arraycopy(packet, EspLayout.IV_OFFSET, iv, 0, IV_BYTES);
            cipher.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(iv));
            final int openedBytes =
                    cipher.doFinal(
                            packet, cipherOffset, sealedBytes - cipherOffset, scratch.output, 0);
            target.putBytes(targetOffset, scratch.output, 0, openedBytes);
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private void computeMac(long sequence, byte[] packet, int sealedBytes)
            throws GeneralSecurityException {
        mac.update(packet, 0, sealedBytes);
        if (esn) {
            counterView.putInt(0, (int) (sequence >>> 32), BIG_ENDIAN);
            mac.update(counter, 0, 4);
            counterView.putInt(0, 0);
        }
        mac.doFinal(scratch.tag, 0);
    }

    private boolean icvMatches(byte[] packet, int icvOffset) {
        int difference = 0;
        for (int i = 0; i < icvBytes; i++) {
            difference |= packet[icvOffset + i] ^ scratch.tag[i];
        }
        return difference == 0;
    }

    @Override
    public void destroy() {
        key.destroy();
        ivKey.destroy();
        macKey.destroy();
        Arrays.fill(iv, (byte) 0);
        try {
            // The provider keeps its own copies of the keys until others take their place.
            cipher.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(iv));
            ivCipher.init(Cipher.ENCRYPT_MODE, ivKey);
            mac.init(macKey);
        } catch (GeneralSecurityException e) {
            Arrays.fill(scratch.tag, (byte) 0);
        }
    }
}
