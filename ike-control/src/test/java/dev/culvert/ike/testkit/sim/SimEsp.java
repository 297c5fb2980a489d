package dev.culvert.ike.testkit.sim;

import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.proposal.EspSuite;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * As much of ESP as shows that both sides have the same keys, made from the JDK's own algorithms.
 */
final class SimEsp {
    private static final int IV_BYTES = 8;
    private static final int SALT_BYTES = 4;

    private final EspSuite suite;
    private final byte[] key;
    private final byte[] integrityKey;

    SimEsp(EspSuite suite, SecretBytes encryptionKey, SecretBytes integrityKey) {
        this.suite = suite;
        this.key = encryptionKey.toArray();
        this.integrityKey = integrityKey.toArray();
    }

    byte[] seal(int spi, long sequence, byte[] payload) {
        byte[] head = ByteBuffer.allocate(4 + IV_BYTES).putInt(spi).putLong(sequence).array();
        try {
            byte[] body =
                    suite.encryption().isAead()
                            ? aead(Cipher.ENCRYPT_MODE, head, payload)
                            : cbc(head, payload);
            return ByteBuffer.allocate(head.length + body.length).put(head).put(body).array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    Optional<byte[]> open(byte[] packet) {
        byte[] head = Arrays.copyOf(packet, 4 + IV_BYTES);
        byte[] body = Arrays.copyOfRange(packet, 4 + IV_BYTES, packet.length);
        try {
            if (suite.encryption().isAead()) {
                return Optional.of(aead(Cipher.DECRYPT_MODE, head, body));
            }
            int icv = body.length - 32;
            byte[] mac = mac(head, Arrays.copyOf(body, icv));
            if (!Arrays.equals(mac, Arrays.copyOfRange(body, icv, body.length))) {
                return Optional.empty();
            }
            return Optional.of(cipherCbc(Cipher.DECRYPT_MODE, head, Arrays.copyOf(body, icv)));
        } catch (GeneralSecurityException e) {
            return Optional.empty();
        }
    }

    private byte[] aead(int mode, byte[] head, byte[] input) throws GeneralSecurityException {
        byte[] nonce = new byte[SALT_BYTES + IV_BYTES];
        System.arraycopy(key, key.length - SALT_BYTES, nonce, 0, SALT_BYTES);
        System.arraycopy(head, 4, nonce, SALT_BYTES, IV_BYTES);
        byte[] cipherKey = Arrays.copyOf(key, key.length - SALT_BYTES);
        Cipher cipher;
        if (suite.encryption().name().startsWith("CHACHA20")) {
            cipher = Cipher.getInstance("ChaCha20-Poly1305");
            cipher.init(mode, new SecretKeySpec(cipherKey, "ChaCha20"), new IvParameterSpec(nonce));
        } else {
            cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(
                    mode, new SecretKeySpec(cipherKey, "AES"), new GCMParameterSpec(128, nonce));
        }
        cipher.updateAAD(head);
        return cipher.doFinal(input);
    }

    private byte[] cbc(byte[] head, byte[] payload) throws GeneralSecurityException {
        byte[] sealed = cipherCbc(Cipher.ENCRYPT_MODE, head, payload);
        byte[] mac = mac(head, sealed);
        return ByteBuffer.allocate(sealed.length + mac.length).put(sealed).put(mac).array();
    }

    private byte[] cipherCbc(int mode, byte[] head, byte[] input) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
        cipher.init(
                mode, new SecretKeySpec(key, "AES"), new IvParameterSpec(Arrays.copyOf(head, 16)));
        return cipher.doFinal(input);
    }

    private byte[] mac(byte[] head, byte[] sealed) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(integrityKey, "HmacSHA256"));
        mac.update(head);
        return mac.doFinal(sealed);
    }
}
