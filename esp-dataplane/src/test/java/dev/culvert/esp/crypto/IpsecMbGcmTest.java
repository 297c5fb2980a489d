package dev.culvert.esp.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.testing.Packets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.modes.GCMModeCipher;
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
class IpsecMbGcmTest {

    private static final int MAX_BYTES = 1600;
    private static final int TAG_BYTES = IpsecMbGcm.TAG_BYTES;
    private static final byte GUARD = 0x5A;

    private final UnsafeBuffer state = buffer(IpsecMbGcm.KEY_DATA_BYTES + IpsecMbGcm.CONTEXT_BYTES);
    private final UnsafeBuffer small = buffer(256);
    private final UnsafeBuffer source = buffer(4096);
    private final UnsafeBuffer target = buffer(4096);
    private List<IpsecMbGcm> functions = List.of();

    @BeforeEach
    void findFunctions() {
        NativeEngine.require();
        final IpsecMbLibrary library = IpsecMbLibrary.load(IpsecMbLibrary.FILE_NAMES).orElseThrow();
        final Set<String> flags = IpsecMbLibrary.cpuFlags();
        functions =
                Stream.of(GcmInstructionSet.values())
                        .filter(set -> set.runsOn(flags))
                        .flatMap(set -> IpsecMbEngine.functions(library, set).stream())
                        .toList();
        assertThat(functions).isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("published")
    void shouldGiveThePublishedAnswerWhenSealing(String line) {
        final List<byte[]> fields =
                Stream.of(line.split("\\|", -1))
                        .map(field -> HexFormat.of().parseHex(field.strip()))
                        .toList();
        final byte[] plaintext = fields.get(2);
        final byte[] sealed = join(fields.get(4), fields.get(5));
        final List<IpsecMbGcm> fitting =
                functions.stream().filter(gcm -> gcm.keyBytes() == fields.get(0).length).toList();
        assertThat(fitting).isNotEmpty();
        for (final IpsecMbGcm gcm : fitting) {
            expand(gcm, fields.get(0));
            assertThat(seal(gcm, fields.get(1), fields.get(3), plaintext, 0, 0))
                    .as("%s", gcm)
                    .isEqualTo(sealed);
            assertThat(open(gcm, fields.get(1), fields.get(3), sealed, 0, 0))
                    .as("%s", gcm)
                    .isEqualTo(join(plaintext, fields.get(5)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 12, 20})
    void shouldAgreeWithTwoOtherEnginesWhenTheLengthIsAny(int aadBytes)
            throws GeneralSecurityException, InvalidCipherTextException {
        final byte[] aad = Packets.data(aadBytes);
        for (int keyBytes = 16; keyBytes <= 32; keyBytes += 8) {
            final byte[] key = Packets.data(keyBytes);
            for (int length = 0; length <= MAX_BYTES; length++) {
                final byte[] nonce = nonce(length);
                final byte[] plaintext = Packets.data(length);
                final byte[] sealed = sealedByJdk(key, nonce, aad, plaintext);
                assertThat(sealed).isEqualTo(sealedByBouncyCastle(key, nonce, aad, plaintext));
                // All 256 pairs of alignments come round.
                final int sourceShift = length & 15;
                final int targetShift = length * 7 + (length >>> 4) & 15;
                for (final IpsecMbGcm gcm : functions) {
                    if (gcm.keyBytes() != keyBytes) {
                        continue;
                    }
                    expand(gcm, key);
                    assertSame(
                            seal(gcm, nonce, aad, plaintext, sourceShift, targetShift),
                            sealed,
                            gcm,
                            length);
                    assertSame(
                            open(gcm, nonce, aad, sealed, sourceShift, targetShift),
                            join(plaintext, Arrays.copyOfRange(sealed, length, sealed.length)),
                            gcm,
                            length);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 64, 1400})
    void shouldAgreeWithTheJdkWhenTheAlignmentIsAny(int length) throws GeneralSecurityException {
        final byte[] aad = Packets.data(8);
        final byte[] plaintext = Packets.data(length);
        for (final IpsecMbGcm gcm : functions) {
            final byte[] key = Packets.data(gcm.keyBytes());
            final byte[] sealed = sealedByJdk(key, nonce(1), aad, plaintext);
            expand(gcm, key);
            for (int shifts = 0; shifts < 256; shifts++) {
                assertSame(
                        seal(gcm, nonce(1), aad, plaintext, shifts & 15, shifts >>> 4),
                        sealed,
                        gcm,
                        length);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 100, 1400})
    void shouldWorkInPlaceWhenTheTargetIsTheSource(int length) throws GeneralSecurityException {
        final byte[] plaintext = Packets.data(length);
        final byte[] aad = Packets.data(8);
        for (final IpsecMbGcm gcm : functions) {
            final byte[] key = Packets.data(gcm.keyBytes());
            final byte[] sealed = sealedByJdk(key, nonce(2), aad, plaintext);
            expand(gcm, key);
            source.putBytes(0, sealed);
            small.putBytes(64, nonce(2));
            small.putBytes(128, aad);
            gcm.open(
                    state.addressOffset(),
                    state.addressOffset() + IpsecMbGcm.KEY_DATA_BYTES,
                    source.addressOffset(),
                    source.addressOffset(),
                    length,
                    small.addressOffset() + 64,
                    small.addressOffset() + 128,
                    aad.length,
                    small.addressOffset());
            assertThat(bytes(source, 0, length)).as("%s", gcm).isEqualTo(plaintext);
            assertThat(bytes(small, 0, TAG_BYTES))
                    .isEqualTo(Arrays.copyOfRange(sealed, length, sealed.length));
        }
    }

    private void expand(IpsecMbGcm gcm, byte[] key) {
        small.putBytes(0, key);
        gcm.expand(small.addressOffset(), state.addressOffset());
    }

    /** Ciphertext and tag, with nothing else touched. */
    private byte[] seal(
            IpsecMbGcm gcm,
            byte[] nonce,
            byte[] aad,
            byte[] plaintext,
            int sourceShift,
            int targetShift) {
        final int from = 16 + sourceShift;
        final int to = 16 + targetShift;
        prepare(nonce, aad, plaintext, from, to + plaintext.length + TAG_BYTES);
        gcm.seal(
                state.addressOffset(),
                state.addressOffset() + IpsecMbGcm.KEY_DATA_BYTES,
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
            IpsecMbGcm gcm,
            byte[] nonce,
            byte[] aad,
            byte[] sealed,
            int sourceShift,
            int targetShift) {
        final int from = 16 + sourceShift;
        final int to = 16 + targetShift;
        final int length = sealed.length - TAG_BYTES;
        prepare(nonce, aad, Arrays.copyOf(sealed, length), from, to + length);
        gcm.open(
                state.addressOffset(),
                state.addressOffset() + IpsecMbGcm.KEY_DATA_BYTES,
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

    private static void assertSame(byte[] actual, byte[] expected, IpsecMbGcm gcm, int length) {
        if (!Arrays.equals(actual, expected)) {
            assertThat(actual).as("%s, %s bytes", gcm, length).isEqualTo(expected);
        }
    }

    private static byte[] sealedByJdk(byte[] key, byte[] nonce, byte[] aad, byte[] plaintext)
            throws GeneralSecurityException {
        final Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(
                Cipher.ENCRYPT_MODE,
                new SecretKeySpec(key, "AES"),
                new GCMParameterSpec(TAG_BYTES * 8, nonce));
        cipher.updateAAD(aad);
        return cipher.doFinal(plaintext);
    }

    private static byte[] sealedByBouncyCastle(
            byte[] key, byte[] nonce, byte[] aad, byte[] plaintext)
            throws InvalidCipherTextException {
        final GCMModeCipher cipher = GCMBlockCipher.newInstance(AESEngine.newInstance());
        cipher.init(true, new AEADParameters(new KeyParameter(key), TAG_BYTES * 8, nonce, aad));
        final byte[] sealed = new byte[plaintext.length + TAG_BYTES];
        final int bytes = cipher.processBytes(plaintext, 0, plaintext.length, sealed, 0);
        cipher.doFinal(sealed, bytes);
        return sealed;
    }

    private static byte[] nonce(int number) {
        final byte[] nonce = Packets.data(IpsecMbGcm.NONCE_BYTES);
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
                BufferUtil.allocateDirectAligned(bytes, IpsecMbGcm.ALIGNMENT_BYTES));
    }

    /**
     * Key, nonce, plaintext, AAD, ciphertext, tag: test cases 1, 2, 4, 7, 8, 10, 13, 14 and 16 of
     * McGrew and Viega, "The Galois/Counter Mode of Operation", which NIST published with its
     * proposal.
     */
    static List<String> published() {
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

    private static String row(String... fields) {
        return String.join("|", fields);
    }
}
