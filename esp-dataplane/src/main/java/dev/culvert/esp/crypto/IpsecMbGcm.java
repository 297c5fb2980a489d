package dev.culvert.esp.crypto;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * AES-GCM of libipsec-mb for one instruction set and one key length: a whole message in one call.
 * All arguments are addresses of memory off the heap, or lengths in bytes; nothing is checked, and
 * a wrong one ends the process. May be used by several threads at once.
 */
final class IpsecMbGcm {

    /**
     * Room for an expanded key (struct gcm_key_data), which has to start at a multiple of {@link
     * #ALIGNMENT_BYTES}. Version 2 takes 1264 bytes; the rest is for versions to come.
     */
    static final int KEY_DATA_BYTES = 4096;

    /** Room for the state of a message (struct gcm_context_data), of which 88 bytes are used. */
    static final int CONTEXT_BYTES = 256;

    static final int ALIGNMENT_BYTES = 64;
    static final int NONCE_BYTES = 12;
    static final int TAG_BYTES = 16;

    // The handles take the function's address as their first argument. So they are constants for
    // the JIT whichever functions are chosen, and need no setting up for each of them. Critical:
    // the calls are too short (about 10 µs for 64 KiB) to hold up a garbage collection noticeably.
    private static final MethodHandle EXPAND =
            handle(FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG));
    private static final MethodHandle CRYPT =
            handle(
                    FunctionDescriptor.ofVoid(
                            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));

    private final GcmInstructionSet instructionSet;
    private final int keyBytes;
    private final MemorySegment expand;
    private final MemorySegment seal;
    private final MemorySegment open;

    /**
     * Functions of the library.
     *
     * @param keyBytes 16, 24 or 32
     * @param expand {@code aes_gcm_pre_…}
     * @param seal {@code aes_gcm_enc_…}
     * @param open {@code aes_gcm_dec_…}
     */
    IpsecMbGcm(
            GcmInstructionSet instructionSet,
            int keyBytes,
            MemorySegment expand,
            MemorySegment seal,
            MemorySegment open) {
        this.instructionSet = instructionSet;
        this.keyBytes = keyBytes;
        this.expand = expand;
        this.seal = seal;
        this.open = open;
    }

    int keyBytes() {
        return keyBytes;
    }

    @Override
    public String toString() {
        return "AES-GCM-" + keyBytes * 8 + " " + instructionSet.suffix();
    }

    /** Expands a key of {@link #keyBytes()} into {@link #KEY_DATA_BYTES}. */
    void expand(long key, long keyData) {
        try {
            EXPAND.invokeExact(expand, key, keyData);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /**
     * Encrypts and makes the tag.
     *
     * @param keyData expanded key
     * @param context {@link #CONTEXT_BYTES} to work with
     * @param output gets the ciphertext; equal to the input, or apart from it
     * @param input plaintext
     * @param bytes length of both
     * @param nonce {@link #NONCE_BYTES}
     * @param tag gets {@link #TAG_BYTES}
     */
    void seal(
            long keyData,
            long context,
            long output,
            long input,
            long bytes,
            long nonce,
            long aad,
            long aadBytes,
            long tag) {
        crypt(seal, keyData, context, output, input, bytes, nonce, aad, aadBytes, tag);
    }

    /**
     * Decrypts, and makes the tag that the message should have. Comparing it is the caller's part.
     *
     * @see #seal
     */
    void open(
            long keyData,
            long context,
            long output,
            long input,
            long bytes,
            long nonce,
            long aad,
            long aadBytes,
            long tag) {
        crypt(open, keyData, context, output, input, bytes, nonce, aad, aadBytes, tag);
    }

    private static void crypt(
            MemorySegment function,
            long keyData,
            long context,
            long output,
            long input,
            long bytes,
            long nonce,
            long aad,
            long aadBytes,
            long tag) {
        try {
            CRYPT.invokeExact(
                    function,
                    keyData,
                    context,
                    output,
                    input,
                    bytes,
                    nonce,
                    aad,
                    aadBytes,
                    tag,
                    (long) TAG_BYTES);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static AssertionError unexpected(Throwable e) {
        return new AssertionError("a function in C throws nothing", e);
    }

    @SuppressWarnings("restricted")
    private static MethodHandle handle(FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(descriptor, Linker.Option.critical(false));
    }
}
