package dev.culvert.tun;

import dev.culvert.tun.ffi.SystemCalls;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Wakes a thread that blocks in {@link Poller#poll}: an {@code eventfd}. Any thread may signal,
 * also after the close (which then does nothing); one thread polls and drains.
 */
public final class WakeUp implements AutoCloseable {
    private static final int EFD_NONBLOCK = 0x800;
    private static final int EFD_CLOEXEC = 0x80000;
    private static final int CLOSED = Integer.MIN_VALUE;

    private final UnsafeBuffer one = new UnsafeBuffer(BufferUtil.allocateDirectAligned(8, 8));
    private final UnsafeBuffer counter = new UnsafeBuffer(BufferUtil.allocateDirectAligned(8, 8));
    private final FileDescriptor descriptor;

    /** Number of threads inside {@link #signal()}, plus {@link #CLOSED} once closing. */
    private final AtomicInteger users = new AtomicInteger();

    private WakeUp(int fd) {
        descriptor = new FileDescriptor(fd);
        one.putLong(0, 1);
    }

    /**
     * Opens a signal.
     *
     * @throws SystemCallException if the process has too many open files
     */
    public static WakeUp open() throws SystemCallException {
        return new WakeUp(Checks.check(SystemCalls.eventfd(EFD_NONBLOCK | EFD_CLOEXEC), "eventfd"));
    }

    /** The descriptor, for a {@link Poller}; readable from a signal until it is drained. */
    public int fd() {
        return descriptor.fd();
    }

    /** Makes {@link #fd()} readable. Neither blocks nor allocates. */
    public void signal() {
        if (users.getAndIncrement() >= 0) {
            int ignored = SystemCalls.write(descriptor.fd(), one.addressOffset(), 8);
        }
        if (users.decrementAndGet() == CLOSED) {
            descriptor.close();
        }
    }

    /**
     * Takes all signals so far.
     *
     * @return whether there were any
     */
    public boolean drain() {
        return SystemCalls.read(descriptor.fd(), counter.addressOffset(), 8) == 8;
    }

    /** Closes it once the last signal in progress is done. */
    @Override
    public void close() {
        int before = users.getAndUpdate(n -> n | CLOSED);
        if (before == 0) {
            descriptor.close();
        }
    }
}
