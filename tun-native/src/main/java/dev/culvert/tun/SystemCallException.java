package dev.culvert.tun;

import java.io.IOException;

/**
 * A system call, or a netlink request, that the kernel refused. Its message names the call, the
 * error number's name and meaning, and what to do about it. Never thrown on the packet path, where
 * calls return {@code -errno}.
 */
public final class SystemCallException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int errno;
    private final String advice;

    /**
     * Describes a refused call.
     *
     * @param call what was asked of the kernel, such as {@code open(/dev/net/tun)}
     * @param errno positive error number
     * @param advice what the user can do, or an empty string
     */
    public SystemCallException(String call, int errno, String advice) {
        super(describe(call, errno, advice));
        this.call = call;
        this.errno = errno;
        this.advice = advice;
    }

    /** What was asked of the kernel, such as {@code open(/dev/net/tun)}. */
    public String call() {
        return call;
    }

    /** The positive error number. */
    public int errno() {
        return errno;
    }

    /** The error number's symbolic name, such as {@code EPERM}. */
    public String errnoName() {
        return Errno.name(errno);
    }

    /** What the user can do about it; empty when there is nothing better than the error itself. */
    public String advice() {
        return advice;
    }

    private static String describe(String call, int errno, String advice) {
        String meaning = Errno.meaning(errno);
        StringBuilder text = new StringBuilder(call).append(": ").append(Errno.name(errno));
        if (!meaning.isEmpty()) {
            text.append(" (").append(meaning).append(')');
        }
        if (!advice.isEmpty()) {
            text.append(": ").append(advice);
        }
        return text.toString();
    }
}
