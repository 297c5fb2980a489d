package dev.culvert.esp.crypto;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * ChaCha20-Poly1305 of libipsec-mb. It has no function for a whole message under a name of its own,
 * so each message is a job of a manager; such a job is done when the call returns. One thread.
 *
 * <p>A job (struct IMB_JOB, with 8 bytes a row):
 *
 * <pre>
 *    0  key                        72  nonce
 *    8  (decryption key)           80  length of the nonce
 *   16  length of the key          88  tag
 *   24  input                      96  length of the tag
 *   32  output                    104  AAD
 *   40  offset to the first byte  112  length of the AAD
 *   48  length to encrypt         120  (of other algorithms)
 *   56  offset to the first byte  128  status (4)    | cipher (4)
 *   64  length to authenticate    136  direction (4) | authentication (4)
 *                                 144  order (4)
 * </pre>
 *
 * These are the same in versions 1.3 and 2.0.
 */
final class IpsecMbChaCha20 implements NativeAead {

    private static final int KEY_BYTES = 32;

    private static final int KEY_OFFSET = 0;
    private static final int KEY_LENGTH_OFFSET = 16;
    private static final int INPUT_OFFSET = 24;
    private static final int OUTPUT_OFFSET = 32;
    private static final int CIPHER_START_OFFSET = 40;
    private static final int CIPHER_LENGTH_OFFSET = 48;
    private static final int HASH_START_OFFSET = 56;
    private static final int HASH_LENGTH_OFFSET = 64;
    private static final int NONCE_OFFSET = 72;
    private static final int NONCE_LENGTH_OFFSET = 80;
    private static final int TAG_OFFSET = 88;
    private static final int TAG_LENGTH_OFFSET = 96;
    private static final int AAD_OFFSET = 104;
    private static final int AAD_LENGTH_OFFSET = 112;
    private static final int STATUS_OFFSET = 128;
    private static final int CIPHER_OFFSET = 132;
    private static final int DIRECTION_OFFSET = 136;
    private static final int AUTHENTICATION_OFFSET = 140;
    private static final int ORDER_OFFSET = 144;

    private static final int COMPLETED = 3;
    private static final int CIPHER_CHACHA20_POLY1305 = 19;
    private static final int AUTHENTICATION_CHACHA20_POLY1305 = 29;
    private static final int ENCRYPT = 1;
    private static final int DECRYPT = 2;
    private static final int ORDER_CIPHER_HASH = 1;
    private static final int ORDER_HASH_CIPHER = 2;

    private final IpsecMbManager manager;

    /**
     * Of a manager.
     *
     * @param manager used by this alone
     */
    IpsecMbChaCha20(IpsecMbManager manager) {
        this.manager = manager;
    }

    @Override
    public int keyBytes() {
        return KEY_BYTES;
    }

    @Override
    public int stateBytes() {
        return ALIGNMENT_BYTES;
    }

    @Override
    public String toString() {
        return "ChaCha20-Poly1305";
    }

    @Override
    public void expand(long key, long state) {
        final UnsafeBuffer from = new UnsafeBuffer(key, KEY_BYTES);
        new UnsafeBuffer(state, KEY_BYTES).putBytes(0, from, 0, KEY_BYTES);
    }

    @Override
    public boolean seal(
            long state,
            long output,
            long input,
            long bytes,
            long nonce,
            long aad,
            long aadBytes,
            long tag) {
        return crypt(
                ENCRYPT, ORDER_CIPHER_HASH, state, output, input, bytes, nonce, aad, aadBytes, tag);
    }

    @Override
    public boolean open(
            long state,
            long output,
            long input,
            long bytes,
            long nonce,
            long aad,
            long aadBytes,
            long tag) {
        return crypt(
                DECRYPT, ORDER_HASH_CIPHER, state, output, input, bytes, nonce, aad, aadBytes, tag);
    }

    /** Ends the use of it. */
    void free() {
        manager.free();
    }

    private boolean crypt(
            int direction,
            int order,
            long state,
            long output,
            long input,
            long bytes,
            long nonce,
            long aad,
            long aadBytes,
            long tag) {
        final int job = manager.nextJob();
        final UnsafeBuffer jobs = manager.memory();
        jobs.putLong(job + KEY_OFFSET, state);
        jobs.putLong(job + KEY_LENGTH_OFFSET, KEY_BYTES);
        jobs.putLong(job + INPUT_OFFSET, input);
        jobs.putLong(job + OUTPUT_OFFSET, output);
        jobs.putLong(job + CIPHER_START_OFFSET, 0);
        jobs.putLong(job + CIPHER_LENGTH_OFFSET, bytes);
        jobs.putLong(job + HASH_START_OFFSET, 0);
        jobs.putLong(job + HASH_LENGTH_OFFSET, bytes);
        jobs.putLong(job + NONCE_OFFSET, nonce);
        jobs.putLong(job + NONCE_LENGTH_OFFSET, NONCE_BYTES);
        jobs.putLong(job + TAG_OFFSET, tag);
        jobs.putLong(job + TAG_LENGTH_OFFSET, TAG_BYTES);
        jobs.putLong(job + AAD_OFFSET, aad);
        jobs.putLong(job + AAD_LENGTH_OFFSET, aadBytes);
        jobs.putInt(job + CIPHER_OFFSET, CIPHER_CHACHA20_POLY1305);
        jobs.putInt(job + DIRECTION_OFFSET, direction);
        jobs.putInt(job + AUTHENTICATION_OFFSET, AUTHENTICATION_CHACHA20_POLY1305);
        jobs.putInt(job + ORDER_OFFSET, order);
        return manager.submit(job) && jobs.getInt(job + STATUS_OFFSET) == COMPLETED;
    }
}
