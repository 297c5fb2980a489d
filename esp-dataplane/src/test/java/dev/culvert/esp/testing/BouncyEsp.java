package dev.culvert.esp.testing;

import dev.culvert.esp.EspSuite;
import dev.culvert.esp.EspSuite.Encryption;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.crypto.BlockCipher;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.modes.AEADCipher;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.modes.ChaCha20Poly1305;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;

/**
 * ESP by Bouncy Castle's light-weight engines: the second opinion. Shares no code with the
 * dataplane.
 */
public final class BouncyEsp {

    private final EspSuite suite;
    private final byte[] key;
    private final byte[] salt;
    private final byte[] integrityKey;
    private final int spi;
    private final boolean esn;

    public BouncyEsp(EspSuite suite, byte[] keyMaterial, int spi, boolean esn) {
        final int keyEnd = suite.encryption().keyBytes();
        final int saltEnd = keyEnd + suite.encryption().saltBytes();
        this.suite = suite;
        this.spi = spi;
        this.esn = esn;
        key = Arrays.copyOfRange(keyMaterial, 0, keyEnd);
        salt = Arrays.copyOfRange(keyMaterial, keyEnd, saltEnd);
        integrityKey = Arrays.copyOfRange(keyMaterial, saltEnd, keyMaterial.length);
    }

    /** An inner packet as plaintext, with the least padding. */
    public static byte[] plaintext(byte[] inner, int nextHeader, int alignment) {
        final int total = (inner.length + 2 + alignment - 1) / alignment * alignment;
        final int pad = total - inner.length - 2;
        final byte[] plaintext = Arrays.copyOf(inner, total);
        for (int i = 0; i < pad; i++) {
            plaintext[inner.length + i] = (byte) (i + 1);
        }
        plaintext[total - 2] = (byte) pad;
        plaintext[total - 1] = (byte) nextHeader;
        return plaintext;
    }

    /** Seals an inner packet. */
    public byte[] sealInner(long sequence, byte[] inner) {
        final int nextHeader = (inner[0] & 0xF0) == 0x60 ? 41 : 4;
        return seal(
                sequence,
                iv(sequence),
                plaintext(inner, nextHeader, Math.max(4, suite.encryption().blockBytes())));
    }

    private byte[] iv(long sequence) {
        return ByteBuffer.allocate(suite.ivBytes()).putLong(~sequence).array();
    }

    /** Seals a plaintext that has its trailer. */
    public byte[] seal(long sequence, byte[] iv, byte[] plaintext) {
        final ByteBuffer packet =
                ByteBuffer.allocate(8 + iv.length + plaintext.length + suite.icvBytes())
                        .putInt(spi)
                        .putInt((int) sequence)
                        .put(iv);
        if (suite.encryption().isAead()) {
            final byte[] sealed = new byte[plaintext.length + 16];
            final AEADCipher cipher = aead(true, sequence, iv);
            try {
                final int done = cipher.processBytes(plaintext, 0, plaintext.length, sealed, 0);
                cipher.doFinal(sealed, done);
            } catch (InvalidCipherTextException e) {
                throw new IllegalStateException(e);
            }
            return packet.put(sealed).array();
        }
        packet.put(cbc(true, iv, plaintext));
        return packet.put(mac(sequence, Arrays.copyOf(packet.array(), packet.position()))).array();
    }

    /** Opens a packet; the plaintext with its trailer, or nothing when the check fails. */
    public Optional<byte[]> open(long sequence, byte[] packet) {
        final int ivEnd = 8 + suite.ivBytes();
        final byte[] iv = Arrays.copyOfRange(packet, 8, ivEnd);
        if (suite.encryption().isAead()) {
            final byte[] sealed = Arrays.copyOfRange(packet, ivEnd, packet.length);
            final byte[] plaintext = new byte[sealed.length - 16];
            final AEADCipher cipher = aead(false, sequence, iv);
            try {
                final int done = cipher.processBytes(sealed, 0, sealed.length, plaintext, 0);
                cipher.doFinal(plaintext, done);
            } catch (InvalidCipherTextException e) {
                return Optional.empty();
            }
            return Optional.of(plaintext);
        }
        final int icvStart = packet.length - suite.icvBytes();
        final byte[] expected = mac(sequence, Arrays.copyOf(packet, icvStart));
        if (!Arrays.equals(expected, Arrays.copyOfRange(packet, icvStart, packet.length))) {
            return Optional.empty();
        }
        return Optional.of(cbc(false, iv, Arrays.copyOfRange(packet, ivEnd, icvStart)));
    }

    /** The integrity check value of a CBC packet. */
    public byte[] mac(long sequence, byte[] covered) {
        final Digest digest =
                switch (suite.integrity()) {
                    case NONE -> throw new IllegalStateException("no MAC");
                    case HMAC_SHA2_256_128 -> new SHA256Digest();
                    case HMAC_SHA2_384_192 -> new SHA384Digest();
                    case HMAC_SHA2_512_256 -> new SHA512Digest();
                };
        final HMac mac = new HMac(digest);
        mac.init(new KeyParameter(integrityKey));
        mac.update(covered, 0, covered.length);
        if (esn) {
            mac.update(ByteBuffer.allocate(4).putInt((int) (sequence >>> 32)).array(), 0, 4);
        }
        final byte[] full = new byte[mac.getMacSize()];
        mac.doFinal(full, 0);
        return Arrays.copyOf(full, suite.icvBytes());
    }

    private AEADCipher aead(boolean sealing, long sequence, byte[] iv) {
        final AEADCipher cipher =
                suite.encryption() == Encryption.CHACHA20_POLY1305
                        ? new ChaCha20Poly1305()
                        : GCMBlockCipher.newInstance(AESEngine.newInstance());
        final byte[] nonce = ByteBuffer.allocate(12).put(salt).put(iv).array();
        final byte[] aad =
                esn
                        ? ByteBuffer.allocate(12).putInt(spi).putLong(sequence).array()
                        : ByteBuffer.allocate(8).putInt(spi).putInt((int) sequence).array();
        cipher.init(sealing, new AEADParameters(new KeyParameter(key), 128, nonce, aad));
        return cipher;
    }

    private byte[] cbc(boolean sealing, byte[] iv, byte[] input) {
        final BlockCipher cipher = CBCBlockCipher.newInstance(AESEngine.newInstance());
        cipher.init(sealing, new ParametersWithIV(new KeyParameter(key), iv));
        final byte[] output = new byte[input.length];
        for (int i = 0; i < input.length; i += 16) {
            cipher.processBlock(input, i, output, i);
        }
        return output;
    }
}
