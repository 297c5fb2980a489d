package dev.culvert.bench.e2e.profile;

/** What time is spent on. */
enum Share {
    AEAD("AES-GCM"),
    CHECKSUM("checksums"),
    JAVA("the rest of Culvert's code"),
    CALLS("calls into libc, JVM, stubs"),
    TUN_READ("read(TUN)"),
    TUN_WRITE("write(TUN)"),
    UDP_SEND("sendmmsg"),
    UDP_RECEIVE("recvmmsg"),
    POLL("poll"),
    SOFTIRQ("softirq: the receiving kernel's half of a write or send"),
    OTHER_KERNEL("interrupts, scheduler, the rest of the kernel");

    private final String title;

    Share(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /** The one that a stack belongs to. */
    static Share of(Stack stack) {
        if (stack.inKernel()) {
            return ofKernel(stack);
        }
        if (stack.frames().isEmpty()) {
            return CALLS;
        }
        Stack.Frame leaf = stack.frames().getFirst();
        String function = leaf.function();
        if (leaf.file().contains("libIPSec_MB")
                || function.contains("galoisCounter")
                || function.contains("ghash")
                || function.contains("aescrypt")) {
            return AEAD;
        }
        if (function.contains(".Checksum.")
                || function.contains(".PartialChecksum.")
                || function.contains(".Segment.isUndamaged")) {
            return CHECKSUM;
        }
        return function.contains("dev.culvert.") || function.contains("org.agrona.") ? JAVA : CALLS;
    }

    /** Whether its innermost function copies bytes. */
    static boolean isCopying(Stack stack) {
        if (!stack.inKernel()) {
            return false;
        }
        String function = stack.frames().getFirst().function();
        return function.contains("copy")
                || function.contains("rep_movs")
                || function.equals("memcpy");
    }

    private static Share ofKernel(Stack stack) {
        if (stack.hasKernel("net_rx_action", "__do_softirq", "do_softirq", "handle_softirqs")) {
            return SOFTIRQ;
        }
        if (stack.hasKernel("__sys_sendmmsg", "__x64_sys_sendmmsg")) {
            return UDP_SEND;
        }
        if (stack.hasKernel("do_recvmmsg", "__sys_recvmmsg", "__x64_sys_recvmmsg")) {
            return UDP_RECEIVE;
        }
        if (stack.hasKernel("ksys_read", "vfs_read", "__x64_sys_read")) {
            return TUN_READ;
        }
        if (stack.hasKernel("do_writev", "vfs_writev", "ksys_write", "vfs_write")) {
            return TUN_WRITE;
        }
        return stack.hasKernel("__x64_sys_ppoll", "do_sys_poll") ? POLL : OTHER_KERNEL;
    }
}
