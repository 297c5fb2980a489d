package dev.culvert.esp.crypto;

import static java.nio.ByteOrder.BIG_ENDIAN;

import dev.culvert.esp.EspKeys;
import dev.culvert.esp.packet.EspLayout;
import java.lang.ref.Reference;
import java.util.Arrays;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * AES-GCM (RFC 4106) and ChaCha20-Poly1305 (RFC 7634) for ESP by libipsec-mb. Nonce and AAD are
 * made as {@link JdkAeadCipher} does.
 *
 * <p>Everything that the library works with besides the packet is in one block off the heap, which
 * the garbage collector frees:
 *
 * <pre>
 *  nonce (64) | AAD (64) | tag (64) | key, while expanding (64) | key as the library has it
 * </pre>
 */
final class IpsecMbCipher implements EspCipher {

    private static final int SALT_BYTES = 4;
    private static final int IV_BYTES = 8;
    private static final int PAYLOAD_OFFSET = EspLayout.IV_OFFSET + IV_BYTES;
    private static final int TAG_BYTES = NativeAead.TAG_BYTES;

    private static final int NONCE_OFFSET = 0;
    private static final int AAD_OFFSET = NONCE_OFFSET + NativeAead.ALIGNMENT_BYTES;
    private static final int TAG_OFFSET = AAD_OFFSET + NativeAead.ALIGNMENT_BYTES;
    private static final int KEY_OFFSET = TAG_OFFSET + NativeAead.ALIGNMENT_BYTES;
    private static final int STATE_OFFSET = KEY_OFFSET + NativeAead.ALIGNMENT_BYTES;

    private final NativeScratch scratch;
    private final boolean esn;
    private final NativeAead aead;

    /** Not private, so that a test can see that nothing is left in it. */
    final UnsafeBuffer block;

    private final long blockAddress;
    private boolean destroyed;
    private boolean hasSealed;
    private long lastSealed;

    IpsecMbCipher(NativeAead aead, EspKeys keys, boolean esn, NativeScratch scratch) {
        this.aead = aead;
        this.scratch = scratch;
        this.esn = esn;
        block =
                new UnsafeBuffer(
                        BufferUtil.allocateDirectAligned(
                                STATE_OFFSET + aead.stateBytes(), NativeAead.ALIGNMENT_BYTES));
        blockAddress = block.addressOffset();
        final byte[] key = keys.encryptionKey();
        final byte[] salt = keys.salt();
        block.putBytes(KEY_OFFSET, key);
        block.putBytes(NONCE_OFFSET, salt, 0, SALT_BYTES);
        aead.expand(blockAddress + KEY_OFFSET, blockAddress + STATE_OFFSET);
        block.setMemory(KEY_OFFSET, NativeAead.ALIGNMENT_BYTES, (byte) 0);
        Arrays.fill(key, (byte) 0);
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
        try {
            return sealReachable(sequence, source, sourceOffset, plaintextBytes, esp, espOffset);
        } finally {
            // The collector does not see that an address is in use.
            Reference.reachabilityFence(source);
            Reference.reachabilityFence(esp);
            Reference.reachabilityFence(this);
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
        try {
            return openReachable(sequence, esp, espOffset, espBytes, target, targetOffset);
        } finally {
            Reference.reachabilityFence(esp);
            Reference.reachabilityFence(target);
            Reference.reachabilityFence(this);
        }
    }

    private boolean sealReachable(
            long sequence,
            UnsafeBuffer source,
            int sourceOffset,
            int plaintextBytes,
            UnsafeBuffer esp,
            int espOffset) {
        // A nonce used twice gives the authentication key away; so does an all-zero key.
        if (destroyed || (hasSealed && sequence == lastSealed)) {
            return false;
        }
        hasSealed = true;
        lastSealed = sequence;
        source.boundsCheck(sourceOffset, plaintextBytes);
        esp.boundsCheck(espOffset, PAYLOAD_OFFSET + plaintextBytes + TAG_BYTES);

        esp.putLong(espOffset + EspLayout.IV_OFFSET, sequence, BIG_ENDIAN);
        block.putLong(NONCE_OFFSET + SALT_BYTES, sequence, BIG_ENDIAN);
        final int aadBytes = aad(sequence, esp, espOffset);
        final boolean onHeap = esp.byteArray() != null;
        final long input =
                source.byteArray() != null
                        ? staged(source, sourceOffset, plaintextBytes)
                        : source.addressOffset() + sourceOffset;
        final long output =
                onHeap
                        ? outputAddress(plaintextBytes + TAG_BYTES)
                        : esp.addressOffset() + espOffset + PAYLOAD_OFFSET;
        final boolean sealed =
                aead.seal(
                        blockAddress + STATE_OFFSET,
                        output,
                        input,
                        plaintextBytes,
                        blockAddress + NONCE_OFFSET,
                        blockAddress + AAD_OFFSET,
                        aadBytes,
                        output + plaintextBytes);
        if (onHeap && sealed) {
            scratch.output.getBytes(0, esp, espOffset + PAYLOAD_OFFSET, plaintextBytes + TAG_BYTES);
        }
        return sealed;
    }

    private boolean openReachable(
            long sequence,
            UnsafeBuffer esp,
            int espOffset,
            int espBytes,
            UnsafeBuffer target,
            int targetOffset) {
        final int plaintextBytes = espBytes - PAYLOAD_OFFSET - TAG_BYTES;
        if (destroyed || plaintextBytes < 0) {
            return false;
        }
        esp.boundsCheck(espOffset, espBytes);
        target.boundsCheck(targetOffset, plaintextBytes);

        // Read before anything is written: the target may be the packet itself.
        final int sealedOffset = espOffset + PAYLOAD_OFFSET;
        final long tagStart = esp.getLong(sealedOffset + plaintextBytes);
        final long tagEnd = esp.getLong(sealedOffset + plaintextBytes + Long.BYTES);
        block.putBytes(NONCE_OFFSET + SALT_BYTES, esp, espOffset + EspLayout.IV_OFFSET, IV_BYTES);
        final int aadBytes = aad(sequence, esp, espOffset);
        final boolean onHeap = target.byteArray() != null;
        final long output =
                onHeap ? outputAddress(plaintextBytes) : target.addressOffset() + targetOffset;
        final long sealed = esp.addressOffset() + sealedOffset;
        final long input =
                esp.byteArray() != null || lieAcross(sealed, output, plaintextBytes)
                        ? staged(esp, sealedOffset, plaintextBytes)
                        : sealed;
        final boolean opened =
                aead.open(
                        blockAddress + STATE_OFFSET,
                        output,
                        input,
                        plaintextBytes,
                        blockAddress + NONCE_OFFSET,
                        blockAddress + AAD_OFFSET,
                        aadBytes,
                        blockAddress + TAG_OFFSET);
        final long difference =
                (block.getLong(TAG_OFFSET) ^ tagStart)
                        | (block.getLong(TAG_OFFSET + Long.BYTES) ^ tagEnd);
        final boolean genuine = opened && difference == 0;
        final UnsafeBuffer written = onHeap ? scratch.output : target;
        if (!genuine) {
            // Nobody may see what a forged packet decrypts to, nor the tag that it needs.
            written.setMemory(onHeap ? 0 : targetOffset, plaintextBytes, (byte) 0);
            block.setMemory(TAG_OFFSET, TAG_BYTES, (byte) 0);
        } else if (onHeap) {
            written.getBytes(0, target, targetOffset, plaintextBytes);
        }
        return genuine;
    }

    @Override
    public void destroy() {
        destroyed = true;
        block.setMemory(0, block.capacity(), (byte) 0);
    }

    private int aad(long sequence, UnsafeBuffer esp, int espOffset) {
        block.putInt(AAD_OFFSET, esp.getInt(espOffset + EspLayout.SPI_OFFSET));
        if (esn) {
            block.putLong(AAD_OFFSET + 4, sequence, BIG_ENDIAN);
            return 12;
        }
        block.putInt(AAD_OFFSET + 4, (int) sequence, BIG_ENDIAN);
        return 8;
    }

    private long staged(UnsafeBuffer buffer, int offset, int bytes) {
        scratch.input.boundsCheck(0, bytes);
        buffer.getBytes(offset, scratch.input, 0, bytes);
        return scratch.input.addressOffset();
    }

    private long outputAddress(int bytes) {
        scratch.output.boundsCheck(0, bytes);
        return scratch.output.addressOffset();
    }

    /** The library can work in place, but not a few bytes beside it. */
    private static boolean lieAcross(long input, long output, int bytes) {
        return input != output && Math.abs(input - output) < bytes;
    }
}
