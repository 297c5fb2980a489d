package dev.culvert.esp.crypto;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Whether functions of a library do what they should, before any packet depends on them: published
 * answers, and the JDK's answers for lengths around the ends of the blocks that vector code works
 * in.
 */
final class AeadSelfTest {

    private static final HexFormat HEX = HexFormat.of();

    // RFC 8439 2.8.2.
    private static final String CHACHA20_KEY =
            "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";
    private static final byte[] CHACHA20_NONCE = HEX.parseHex("070000004041424344454647");
    private static final byte[] CHACHA20_AAD = HEX.parseHex("50515253c0c1c2c3c4c5c6c7");
    private static final byte[] CHACHA20_PLAINTEXT =
            ("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the"
                            + " future, sunscreen would be it.")
                    .getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CHACHA20_SEALED =
            HEX.parseHex(
                    "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
                            + "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
                            + "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
                            + "3ff4def08e4b7a9de576d26586cec64b6116"
                            + "1ae10b594f09e26a7e902ecbd0600691");

    // Test cases 4, 10 and 16 of McGrew and Viega, "The Galois/Counter Mode of Operation", as
    // submitted to NIST. They share everything but the length of the key.
    private static final String KEY = "feffe9928665731c6d6a8f9467308308";
    private static final byte[] NONCE = HEX.parseHex("cafebabefacedbaddecaf888");
    private static final byte[] AAD = HEX.parseHex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    private static final byte[] PLAINTEXT =
            HEX.parseHex(
                    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                            + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    private static final String SEALED_128 =
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
                    + "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
                    + "5bc94fbc3221a5db94fae95ae7121a47";
    private static final String SEALED_192 =
            "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c"
                    + "7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710"
                    + "2519498e80f1478f37ba55bd6d27618c";
    private static final String SEALED_256 =
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                    + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                    + "76fc6ece0f4e1768cddf8853bb2d551b";

    private static final int[] LENGTHS = {
        0, 1, 15, 16, 17, 48, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512, 513, 767, 768,
        769, 1023, 1024, 1025, 1380, 1400, 1438, 1500, 2047, 2048, 2049, 9000
    };
    private static final int CAPACITY_BYTES = 16 << 10;

    private final NativeAead aead;
    private final UnsafeBuffer state;
    private final UnsafeBuffer small = direct(256);
    private final UnsafeBuffer input = direct(CAPACITY_BYTES);
    private final UnsafeBuffer output = direct(CAPACITY_BYTES);

    private AeadSelfTest(NativeAead aead) {
        this.aead = aead;
        state = direct(aead.stateBytes());
    }

    /**
     * Tests functions.
     *
     * @return what is wrong with them; empty when nothing is
     */
    static Optional<String> failure(NativeAead aead) {
        final AeadSelfTest test = new AeadSelfTest(aead);
        try {
            return test.publishedFailure().or(() -> test.comparisonFailure());
        } finally {
            test.state.setMemory(0, test.state.capacity(), (byte) 0);
        }
    }

    private Optional<String> publishedFailure() {
        final boolean agrees =
                switch (aead) {
                    case IpsecMbGcm gcm -> agreesWithNist(gcm.keyBytes());
                    case IpsecMbChaCha20 _ -> {
                        expand(HEX.parseHex(CHACHA20_KEY));
                        yield agrees(
                                CHACHA20_NONCE, CHACHA20_AAD, CHACHA20_PLAINTEXT, CHACHA20_SEALED);
                    }
                };
        return agrees ? Optional.empty() : Optional.of("wrong answer to a published test");
    }

    private boolean agreesWithNist(int keyBytes) {
        final byte[] sealed =
                HEX.parseHex(
                        switch (keyBytes) {
                            case 16 -> SEALED_128;
                            case 24 -> SEALED_192;
                            default -> SEALED_256;
                        });
        expand(Arrays.copyOf(HEX.parseHex(KEY + KEY), keyBytes));
        return agrees(NONCE, AAD, PLAINTEXT, sealed);
    }

    private Optional<String> comparisonFailure() {
        final byte[] key = pattern(aead.keyBytes(), 3);
        expand(key);
        for (final int length : LENGTHS) {
            final byte[] nonce = pattern(NativeAead.NONCE_BYTES, length);
            final byte[] aad = pattern((length & 1) == 0 ? 8 : 12, 11);
            final byte[] plaintext = pattern(length, 5);
            if (!agrees(nonce, aad, plaintext, sealedByJdk(key, nonce, aad, plaintext))) {
                return Optional.of("differs from the JDK at " + length + " bytes");
            }
        }
        return Optional.empty();
    }

    private byte[] sealedByJdk(byte[] key, byte[] nonce, byte[] aad, byte[] plaintext) {
        try {
            final Cipher cipher =
                    switch (aead) {
                        case IpsecMbGcm _ -> jdkGcm(key, nonce);
                        case IpsecMbChaCha20 _ -> jdkChaCha20(key, nonce);
                    };
            cipher.updateAAD(aad);
            return cipher.doFinal(plaintext);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no " + aead, e);
        }
    }

    private static Cipher jdkGcm(byte[] key, byte[] nonce) throws GeneralSecurityException {
        final Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(
                Cipher.ENCRYPT_MODE,
                new SecretKeySpec(key, "AES"),
                new GCMParameterSpec(NativeAead.TAG_BYTES * 8, nonce));
        return cipher;
    }

    private static Cipher jdkChaCha20(byte[] key, byte[] nonce) throws GeneralSecurityException {
        final Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
        cipher.init(
                Cipher.ENCRYPT_MODE,
                new SecretKeySpec(key, "ChaCha20"),
                new IvParameterSpec(nonce));
        return cipher;
    }

    private void expand(byte[] key) {
        small.putBytes(0, key);
        aead.expand(small.addressOffset(), state.addressOffset());
    }

    private boolean agrees(byte[] nonce, byte[] aad, byte[] plaintext, byte[] sealed) {
        final byte[] tag = Arrays.copyOfRange(sealed, plaintext.length, sealed.length);
        input.putBytes(0, plaintext);
        final boolean sealedWell =
                aead.seal(
                                state.addressOffset(),
                                output.addressOffset(),
                                input.addressOffset(),
                                plaintext.length,
                                nonceAddress(nonce),
                                aadAddress(aad),
                                aad.length,
                                small.addressOffset())
                        && holds(output, sealed, plaintext.length)
                        && holds(small, tag, NativeAead.TAG_BYTES);
        input.putBytes(0, sealed);
        final boolean openedWell =
                aead.open(
                                state.addressOffset(),
                                output.addressOffset(),
                                input.addressOffset(),
                                plaintext.length,
                                nonceAddress(nonce),
                                aadAddress(aad),
                                aad.length,
                                small.addressOffset())
                        && holds(output, plaintext, plaintext.length)
                        && holds(small, tag, NativeAead.TAG_BYTES);
        return sealedWell && openedWell;
    }

    private long nonceAddress(byte[] nonce) {
        small.putBytes(64, nonce);
        return small.addressOffset() + 64;
    }

    private long aadAddress(byte[] aad) {
        small.putBytes(128, aad);
        return small.addressOffset() + 128;
    }

    private static boolean holds(UnsafeBuffer buffer, byte[] expected, int length) {
        final byte[] actual = new byte[length];
        buffer.getBytes(0, actual);
        return Arrays.equals(actual, 0, length, expected, 0, length);
    }

    private static byte[] pattern(int length, int seed) {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + seed * 17 + (i >>> 8));
        }
        return bytes;
    }

    private static UnsafeBuffer direct(int bytes) {
        return new UnsafeBuffer(
                BufferUtil.allocateDirectAligned(bytes, NativeAead.ALIGNMENT_BYTES));
    }
}
