package dev.culvert.tun.ffi;

import jnr.ffi.LibraryLoader;

/** Calls that only tests make. */
public final class NamespaceCalls {
    private static final int CLONE_NEWNET = 0x40000000;
    private static final NamespaceLibC LIBC = LibraryLoader.create(NamespaceLibC.class).load("c");

    private NamespaceCalls() {}

    /** The C library's functions. */
    public interface NamespaceLibC {
        int unshare(int flags);

        int gettid();
    }

    /** Moves the calling thread, and no other, into a new network namespace. */
    public static void enterNewNetworkNamespace() {
        if (LIBC.unshare(CLONE_NEWNET) != 0) {
            throw new IllegalStateException("unshare(CLONE_NEWNET) failed: are you root?");
        }
    }

    /** The calling thread's number. */
    public static int threadId() {
        return LIBC.gettid();
    }
}
