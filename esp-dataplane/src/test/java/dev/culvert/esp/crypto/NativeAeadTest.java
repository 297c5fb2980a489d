package dev.culvert.esp.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.testing.Packets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.modes.AEADCipher;
import org.bouncycastle.crypto.modes.ChaCha20Poly1305;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The library's functions themselves, for every instruction set that this CPU has, against the JDK
 * and Bouncy Castle.
 */
class NativeAeadTest {

    private static final int MAX_BYTES = 1600;
    private static final int TAG_BYTES = NativeAead.TAG_BYTES;
    private static final byte GUARD = 0x5A;

    private final UnsafeBuffer state = buffer(8192);
    private final UnsafeBuffer small = buffer(256);
    private final UnsafeBuffer source = buffer(4096);
    private final UnsafeBuffer target = buffer(4096);
    private List<NativeAead> functions = List.of();

    @BeforeEach
    void findFunctions() {
        final IpsecMbLibrary library = NativeEngine.requireLibrary();
        final Set<String> flags = IpsecMbLibrary.cpuFlags();
        functions =
                Stream.concat(
                                Stream.of(GcmInstructionSet.values())
                                        .filter(set -> set.runsOn(flags))
                                        .flatMap(set ->
                                                IpsecMbEngine.functions(library, set).stream()),
                                library.chaCha20().stream())
                        .toList();
        assertThat(functions)
                .hasAtLeastOneElementOfType(IpsecMbGcm.class)
                .hasAtLeastOneElementOfType(IpsecMbChaCha20.class);
    }

    @ParameterizedTest
    @MethodSource("publishedGcm")
    void shouldGiveThePublishedAnswerWhenSealingWithGcm(String line) {
        assertPublished(IpsecMbGcm.class, line);
    }

    @ParameterizedTest
    @MethodSource("publishedChaCha20")
    void shouldGiveThePublishedAnswerWhenSealingWithChaCha20(String line) {
        assertPublished(IpsecMbChaCha20.class, line);
    }

    private void assertPublished(Class<? extends NativeAead> algorithm, String line) {
        final List<byte[]> fields =
                Stream.of(line.split("\\|", -1))
                        .map(field -> HexFormat.of().parseHex(field.strip()))
                        .toList();
        final byte[] plaintext = fields.get(2);
        final byte[] sealed = join(fields.get(4), fields.get(5));
        final List<NativeAead> fitting =
                functions.stream()
                        .filter(algorithm::isInstance)
                        .filter(aead -> aead.keyBytes() == fields.get(0).length)
                        .toList();
        assertThat(fitting).isNotEmpty();
        for (final NativeAead aead : fitting) {
            expand(aead, fields.get(0));
            assertThat(seal(aead, fields.get(1), fields.get(3), plaintext, 0, 0))
                    .as("%s", aead)
                    .isEqualTo(sealed);
            assertThat(open(aead, fields.get(1), fields.get(3), sealed, 0, 0))
                    .as("%s", aead)
                    .isEqualTo(join(plaintext, fields.get(5)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 12, 20})
    void shouldAgreeWithTwoOtherEnginesWhenTheLengthIsAny(int aadBytes)
            throws GeneralSecurityException, InvalidCipherTextException {
        for (final Map.Entry<String, List<NativeAead>> same :
                functions.stream()
                        .collect(Collectors.groupingBy(NativeAeadTest::algorithm))
                        .entrySet()) {
            assertAgreement(same.getValue(), Packets.data(aadBytes));
        }
    }

    /** Such as GCM16. */
    private static String algorithm(NativeAead aead) {
        return switch (aead) {
            case IpsecMbGcm gcm -> "GCM" + gcm.keyBytes();
            case IpsecMbChaCha20 _ -> "ChaCha20";
        };
    }

    private void assertAgreement(List<NativeAead> same, byte[] aad)
            throws GeneralSecurityException, InvalidCipherTextException {
        final NativeAead first = same.getFirst();
        final byte[] key = Packets.data(first.keyBytes());
        for (int length = 0; length <= MAX_BYTES; length++) {
            final byte[] nonce = nonce(length);
            final byte[] plaintext = Packets.data(length);
            final byte[] sealed = sealedByJdk(first, key, nonce, aad, plaintext);
            assertThat(sealed).isEqualTo(sealedByBouncyCastle(first, key, nonce, aad, plaintext));
            // All 256 pairs of alignments come round.
            final int sourceShift = length & 15;
            final int targetShift = length * 7 + (length >>> 4) & 15;
            for (final NativeAead aead : same) {
                expand(aead, key);
                assertSame(
                        seal(aead, nonce, aad, plaintext, sourceShift, targetShift),
                        sealed,
                        aead,
                        length);
                assertSame(
                        open(aead, nonce, aad, sealed, sourceShift, targetShift),
                        join(plaintext, Arrays.copyOfRange(sealed, length, sealed.length)),
                        aead,
                        length);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 64, 1400})
    void shouldAgreeWithTheJdkWhenTheAlignmentIsAny(int length) throws GeneralSecurityException {
        final byte[] aad = Packets.data(8);
        final byte[] plaintext = Packets.data(length);
        for (final NativeAead aead : functions) {
            final byte[] key = Packets.data(aead.keyBytes());
            final byte[] sealed = sealedByJdk(aead, key, nonce(1), aad, plaintext);
            expand(aead, key);
            for (int shifts = 0; shifts < 256; shifts++) {
                assertSame(
                        seal(aead, nonce(1), aad, plaintext, shifts & 15, shifts >>> 4),
                        sealed,
                        aead,
                        length);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 100, 1400})
    void shouldWorkInPlaceWhenTheTargetIsTheSource(int length) throws GeneralSecurityException {
        final byte[] plaintext = Packets.data(length);
        final byte[] aad = Packets.data(8);
        for (final NativeAead aead : functions) {
            final byte[] key = Packets.data(aead.keyBytes());
            final byte[] sealed = sealedByJdk(aead, key, nonce(2), aad, plaintext);
            expand(aead, key);
            source.putBytes(0, sealed);
            small.putBytes(64, nonce(2));
            small.putBytes(128, aad);
            aead.open(
                    state.addressOffset(),
                    source.addressOffset(),
                    source.addressOffset(),
                    length,
                    small.addressOffset() + 64,
                    small.addressOffset() + 128,
                    aad.length,
                    small.addressOffset());
            assertThat(bytes(source, 0, length)).as("%s", aead).isEqualTo(plaintext);
            assertThat(bytes(small, 0, TAG_BYTES))
                    .isEqualTo(Arrays.copyOfRange(sealed, length, sealed.length));
        }
    }

    private void expand(NativeAead aead, byte[] key) {
        small.putBytes(0, key);
        aead.expand(small.addressOffset(), state.addressOffset());
    }

    /** Ciphertext and tag, with nothing else touched. */
    private byte[] seal(
            NativeAead aead,
            byte[] nonce,
            byte[] aad,
            byte[] plaintext,
            int sourceShift,
            int targetShift) {
        final int from = 16 + sourceShift;
        final int to = 16 + targetShift;
        prepare(nonce, aad, plaintext, from, to + plaintext.length + TAG_BYTES);
        aead.seal(
                state.addressOffset(),
                target.addressOffset() + to,
                source.addressOffset() + from,
                plaintext.length,
                small.addressOffset() + 64,
                small.addressOffset() + 128,
                aad.length,
                target.addressOffset() + to + plaintext.length);
        assertGuarded(to, plaintext.length + TAG_BYTES);
        return bytes(target, to, plaintext.length + TAG_BYTES);
    }

    /** Plaintext and the tag that belongs to it. */
    private byte[] open(
            NativeAead aead,
            byte[] nonce,
            byte[] aad,
            byte[] sealed,
            int sourceShift,
            int targetShift) {
        final int from = 16 + sourceShift;
        final int to = 16 + targetShift;
        final int length = sealed.length - TAG_BYTES;
        prepare(nonce, aad, Arrays.copyOf(sealed, length), from, to + length);
        aead.open(
                state.addressOffset(),
                target.addressOffset() + to,
                source.addressOffset() + from,
                length,
                small.addressOffset() + 64,
                small.addressOffset() + 128,
                aad.length,
                small.addressOffset());
        assertGuarded(to, length);
        return join(bytes(target, to, length), bytes(small, 0, TAG_BYTES));
    }

    private void prepare(byte[] nonce, byte[] aad, byte[] input, int from, int end) {
        small.putBytes(64, nonce);
        small.putBytes(128, aad);
        source.putBytes(from, input);
        target.setMemory(0, end + 64, GUARD);
    }

    private void assertGuarded(int start, int length) {
        for (int i = 0; i < 16; i++) {
            assertThat(target.getByte(start - 1 - i)).isEqualTo(GUARD);
            assertThat(target.getByte(start + length + i)).isEqualTo(GUARD);
        }
    }

    private static void assertSame(byte[] actual, byte[] expected, NativeAead aead, int length) {
        if (!Arrays.equals(actual, expected)) {
            assertThat(actual).as("%s, %s bytes", aead, length).isEqualTo(expected);
        }
    }

    private static byte[] sealedByJdk(
            NativeAead aead, byte[] key, byte[] nonce, byte[] aad, byte[] plaintext)
            throws GeneralSecurityException {
        final Cipher cipher;
        switch (aead) {
            case IpsecMbGcm _ -> {
                cipher = Cipher.getInstance("AES/GCM/NoPadding");
                cipher.init(
                        Cipher.ENCRYPT_MODE,
                        new SecretKeySpec(key, "AES"),
                        new GCMParameterSpec(TAG_BYTES * 8, nonce));
            }
            case IpsecMbChaCha20 _ -> {
                cipher = Cipher.getInstance("ChaCha20-Poly1305");
                cipher.init(
                        Cipher.ENCRYPT_MODE,
                        new SecretKeySpec(key, "ChaCha20"),
                        new IvParameterSpec(nonce));
            }
        }
        cipher.updateAAD(aad);
        return cipher.doFinal(plaintext);
    }

    private static byte[] sealedByBouncyCastle(
            NativeAead aead, byte[] key, byte[] nonce, byte[] aad, byte[] plaintext)
            throws InvalidCipherTextException {
        final AEADCipher cipher =
                switch (aead) {
                    case IpsecMbGcm _ -> GCMBlockCipher.newInstance(AESEngine.newInstance());
                    case IpsecMbChaCha20 _ -> new ChaCha20Poly1305();
                };
        cipher.init(true, new AEADParameters(new KeyParameter(key), TAG_BYTES * 8, nonce, aad));
        final byte[] sealed = new byte[plaintext.length + TAG_BYTES];
        final int bytes = cipher.processBytes(plaintext, 0, plaintext.length, sealed, 0);
        cipher.doFinal(sealed, bytes);
        return sealed;
    }

    private static byte[] nonce(int number) {
        final byte[] nonce = Packets.data(NativeAead.NONCE_BYTES);
        nonce[10] = (byte) (number >>> 8);
        nonce[11] = (byte) number;
        return nonce;
    }

    private static byte[] bytes(UnsafeBuffer buffer, int offset, int length) {
        final byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        return bytes;
    }

    private static byte[] join(byte[] start, byte[] end) {
        final byte[] joined = Arrays.copyOf(start, start.length + end.length);
        System.arraycopy(end, 0, joined, start.length, end.length);
        return joined;
    }

    private static UnsafeBuffer buffer(int bytes) {
        return new UnsafeBuffer(
                BufferUtil.allocateDirectAligned(bytes, NativeAead.ALIGNMENT_BYTES));
    }

    /**
     * Key, nonce, plaintext, AAD, ciphertext, tag: test cases 1, 2, 4, 7, 8, 10, 13, 14 and 16 of
     * McGrew and Viega, "The Galois/Counter Mode of Operation", which NIST published with its
     * proposal.
     */
    static List<String> publishedGcm() {
        final String zeroNonce = "00".repeat(12);
        final String zeroBlock = "00".repeat(16);
        final String key = "feffe9928665731c6d6a8f9467308308";
        final String nonce = "cafebabefacedbaddecaf888";
        final String plaintext =
                "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                        + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
        final String aad = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
        return List.of(
                row("00".repeat(16), zeroNonce, "", "", "", "58e2fccefa7e3061367f1d57a4e7455a"),
                row("00".repeat(24), zeroNonce, "", "", "", "cd33b28ac773f74ba00ed1f312572435"),
                row("00".repeat(32), zeroNonce, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
                row(
                        "00".repeat(16),
                        zeroNonce,
                        zeroBlock,
                        "",
                        "0388dace60b6a392f328c2b971b2fe78",
                        "ab6e47d42cec13bdf53a67b21257bddf"),
                row(
                        "00".repeat(24),
                        zeroNonce,
                        zeroBlock,
                        "",
                        "98e7247c07f0fe411c267e4384b0f600",
                        "2ff58d80033927ab8ef4d4587514f0fb"),
                row(
                        "00".repeat(32),
                        zeroNonce,
                        zeroBlock,
                        "",
                        "cea7403d4d606b6e074ec5d3baf39d18",
                        "d0d1c8a799996bf0265b98b5d48ab919"),
                row(
                        key,
                        nonce,
                        plaintext,
                        aad,
                        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
                                + "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
                        "5bc94fbc3221a5db94fae95ae7121a47"),
                row(
                        key + key.substring(0, 16),
                        nonce,
                        plaintext,
                        aad,
                        "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c"
                                + "7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710",
                        "2519498e80f1478f37ba55bd6d27618c"),
                row(
                        key + key,
                        nonce,
                        plaintext,
                        aad,
                        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
                        "76fc6ece0f4e1768cddf8853bb2d551b"));
    }

    /** Likewise: RFC 8439 2.8.2. */
    static List<String> publishedChaCha20() {
        return List.of(
                row(
                        "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
                        "070000004041424344454647",
                        "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
                                + "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
                                + "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
                                + "637265656e20776f756c642062652069742e",
                        "50515253c0c1c2c3c4c5c6c7",
                        "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
                                + "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
                                + "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
                                + "3ff4def08e4b7a9de576d26586cec64b6116",
                        "1ae10b594f09e26a7e902ecbd0600691"));
    }

    private static String row(String... fields) {
        return String.join("|", fields);
    }
}
