package dev.culvert.esp.crypto;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * AES-GCM of libipsec-mb for one instruction set and one key length. May be used by several threads
 * at once.
 */
final class IpsecMbGcm implements NativeAead {

    /**
     * Room for an expanded key (struct gcm_key_data). Version 1 takes 1008 bytes, version 2 takes
     * 1264; the rest is for versions to come.
     */
    private static final int KEY_DATA_BYTES = 4096;

    /** Room for the state of a message (struct gcm_context_data), of which 88 bytes are used. */
    private static final int CONTEXT_BYTES = 256;

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

    @Override
    public int keyBytes() {
        return keyBytes;
    }

    @Override
    public int stateBytes() {
        return KEY_DATA_BYTES + CONTEXT_BYTES;
    }

    @Override
    public String toString() {
        return "AES-GCM-" + keyBytes * 8 + " " + instructionSet.suffix();
    }

    @Override
    public void expand(long key, long state) {
        try {
            EXPAND.invokeExact(expand, key, state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
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
        return crypt(seal, state, output, input, bytes, nonce, aad, aadBytes, tag);
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
        return crypt(open, state, output, input, bytes, nonce, aad, aadBytes, tag);
    }

    private static boolean crypt(
            MemorySegment function,
            long state,
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
                    state,
                    state + KEY_DATA_BYTES,
                    output,
                    input,
                    bytes,
                    nonce,
                    aad,
                    aadBytes,
                    tag,
                    (long) TAG_BYTES);
            return true;
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
