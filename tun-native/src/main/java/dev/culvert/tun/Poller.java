package dev.culvert.tun;

import dev.culvert.tun.ffi.SystemCalls;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Waits for a few descriptors with {@code ppoll}. Belongs to one thread, allocates only in {@link
 * #add}.
 *
 * <pre>
 * struct pollfd
 *  0               4       6       8
 * +---------------+-------+-------+
 * | fd            |events |revents|
 * +---------------+-------+-------+
 * </pre>
 */
public final class Poller {
    /** Ready to read. */
    public static final int READABLE = 0x001;

    /** Ready to write. */
    public static final int WRITABLE = 0x004;

    private static final int FAULTY = 0x008 | 0x010 | 0x020; // POLLERR, POLLHUP, POLLNVAL
    private static final int ENTRY_LENGTH_BYTES = 8;
    private static final int EVENTS_OFFSET = 4;
    private static final int REVENTS_OFFSET = 6;
    private static final long NS_PER_SECOND = 1_000_000_000L;

    private final int capacity;
    private final UnsafeBuffer entries;
    private final UnsafeBuffer timespec =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(16, 16));
    private int size;

    /**
     * Creates a poller without descriptors.
     *
     * @param capacity most descriptors it can wait for, 1 to 1024
     */
    public Poller(int capacity) {
        if (capacity < 1 || capacity > 1024) {
            throw new IllegalArgumentException("capacity must be 1 to 1024, is " + capacity);
        }
        this.capacity = capacity;
        this.entries =
                new UnsafeBuffer(
                        BufferUtil.allocateDirectAligned(capacity * ENTRY_LENGTH_BYTES, 64));
    }

    /**
     * Adds a descriptor, which stays until this object goes.
     *
     * @param events {@link #READABLE}, {@link #WRITABLE}, or both
     * @return its index for the other methods
     * @throws IllegalStateException if the poller is full
     */
    public int add(int fd, int events) {
        if (size == capacity) {
            throw new IllegalStateException("poller holds " + capacity + " descriptors already");
        }
        int entry = size * ENTRY_LENGTH_BYTES;
        entries.putInt(entry, fd);
        entries.putShort(entry + EVENTS_OFFSET, (short) events);
        entries.putShort(entry + REVENTS_OFFSET, (short) 0);
        return size++;
    }

    /** Changes what is waited for; 0 waits for nothing but faults. */
    public void setEvents(int index, int events) {
        entries.putShort(index * ENTRY_LENGTH_BYTES + EVENTS_OFFSET, (short) events);
    }

    /**
     * Blocks until a descriptor is ready or the time is over. Signals do not end it early.
     *
     * @param timeoutNs 0 looks and returns at once; negative waits for ever
     * @return number of descriptors ready, 0 after the timeout, or {@code -errno}
     */
    public int poll(long timeoutNs) {
        if (timeoutNs < 0) {
            int ready = SystemCalls.ppoll(entries.addressOffset(), size, 0);
            while (ready == -Errno.EINTR) {
                ready = SystemCalls.ppoll(entries.addressOffset(), size, 0);
            }
            return ready;
        }
        int ready = pollOnce(timeoutNs);
        if (ready != -Errno.EINTR) {
            return ready;
        }
        long deadlineNs = System.nanoTime() + timeoutNs;
        while (ready == -Errno.EINTR) {
            ready = pollOnce(Math.max(0, deadlineNs - System.nanoTime()));
        }
        return ready;
    }

    /** Whether the last poll found it ready to read, or faulty (reading will tell). */
    public boolean isReadable(int index) {
        return (revents(index) & (READABLE | FAULTY)) != 0;
    }

    /** Whether the last poll found it ready to write, or faulty (writing will tell). */
    public boolean isWritable(int index) {
        return (revents(index) & (WRITABLE | FAULTY)) != 0;
    }

    private int revents(int index) {
        return entries.getShort(index * ENTRY_LENGTH_BYTES + REVENTS_OFFSET);
    }

    private int pollOnce(long timeoutNs) {
        timespec.putLong(0, timeoutNs / NS_PER_SECOND);
        timespec.putLong(8, timeoutNs % NS_PER_SECOND);
        return SystemCalls.ppoll(entries.addressOffset(), size, timespec.addressOffset());
    }
}
