package dev.culvert.tun;

import dev.culvert.tun.ffi.SystemCalls;
import java.util.concurrent.atomic.AtomicBoolean;

/** A descriptor that is closed once, so that a late second close cannot hit a reused number. */
final class FileDescriptor implements AutoCloseable {
    private final int fd;
    private final AtomicBoolean closed = new AtomicBoolean();

    FileDescriptor(int fd) {
        this.fd = fd;
    }

    int fd() {
        return fd;
    }

    boolean isClosed() {
        return closed.get();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            // Linux frees the number whatever close returns, so there is nothing to retry.
            int ignored = SystemCalls.close(fd);
        }
    }
}
