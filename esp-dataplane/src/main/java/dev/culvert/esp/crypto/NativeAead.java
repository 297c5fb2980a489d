package dev.culvert.esp.crypto;

/**
 * An AEAD in native code, for one key length: a whole message in one call. All arguments are
 * addresses of memory off the heap, or lengths in bytes; nothing is checked, and a wrong one ends
 * the process. Nonces have {@link #NONCE_BYTES}, tags {@link #TAG_BYTES}.
 */
sealed interface NativeAead permits IpsecMbGcm, IpsecMbChaCha20 {

    /** Where an address has to be a multiple of something, it is this. */
    int ALIGNMENT_BYTES = 64;

    /** Length of a nonce. */
    int NONCE_BYTES = 12;

    /** Length of a tag. */
    int TAG_BYTES = 16;

    /** Length of a key. */
    int keyBytes();

    /** Room for a key in the form that the code works with: a multiple of the alignment. */
    int stateBytes();

    /**
     * Makes a key ready.
     *
     * @param key {@link #keyBytes()} bytes
     * @param state gets {@link #stateBytes()}, at a multiple of {@link #ALIGNMENT_BYTES}
     */
    void expand(long key, long state);

    /**
     * Encrypts and makes the tag.
     *
     * @param state made by {@link #expand}
     * @param output gets the ciphertext; equal to the input, or apart from it
     * @param input plaintext
     * @param bytes length of both
     * @param nonce never used before with this key
     * @param tag gets the tag
     * @return false when the library refused; the output is undefined then
     */
    boolean seal(
            long state,
            long output,
            long input,
            long bytes,
            long nonce,
            long aad,
            long aadBytes,
            long tag);

    /**
     * Decrypts, and makes the tag that the message should have. Comparing it is the caller's part.
     *
     * @see #seal
     */
    boolean open(
            long state,
            long output,
            long input,
            long bytes,
            long nonce,
            long aad,
            long aadBytes,
            long tag);
}
