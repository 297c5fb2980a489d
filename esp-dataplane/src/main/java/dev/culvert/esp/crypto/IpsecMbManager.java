package dev.culvert.esp.crypto;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A manager of libipsec-mb (struct IMB_MGR): a ring of jobs, and functions that suit the CPU. One
 * thread.
 *
 * <p>Of its fields we know those that users of the library have compiled into them, so that they
 * stay where they are:
 *
 * <pre>
 *   0  flags         56  architecture (4) | error (4)
 *   8  features      64  function: gives the next job
 *  16  reserved (5)  72  function: takes it
 * </pre>
 */
final class IpsecMbManager {

    private static final int ERROR_OFFSET = 60;
    private static final int NEXT_JOB_OFFSET = 64;
    private static final int SUBMIT_OFFSET = 72;

    // Critical, as for AES-GCM: a job is done within microseconds. The handle takes the function's
    // address as its first argument.
    private static final MethodHandle ON_MANAGER = onManager();

    private final IpsecMbLibrary library;
    private final long address;
    private final UnsafeBuffer memory;
    private final MemorySegment nextJob;
    private final MemorySegment submit;

    private IpsecMbManager(IpsecMbLibrary library, long address, int bytes) {
        this.library = library;
        this.address = address;
        memory = new UnsafeBuffer(address, bytes);
        nextJob = MemorySegment.ofAddress(memory.getLong(NEXT_JOB_OFFSET));
        submit = MemorySegment.ofAddress(memory.getLong(SUBMIT_OFFSET));
    }

    /**
     * Makes one. The library tests itself, which takes some milliseconds.
     *
     * @param library of version 1.3 or later
     * @return empty when it could not, or when its test failed
     */
    static Optional<IpsecMbManager> of(IpsecMbLibrary library) {
        final int bytes = (int) library.call("imb_get_mb_mgr_size");
        final long address = library.call("alloc_mb_mgr", 0L);
        if (address == 0 || bytes <= 0) {
            return Optional.empty();
        }
        library.call("init_mb_mgr_auto", address, 0L);
        final UnsafeBuffer fields = new UnsafeBuffer(address, bytes);
        final boolean ready =
                fields.getInt(ERROR_OFFSET) == 0
                        && fields.getLong(NEXT_JOB_OFFSET) != 0
                        && fields.getLong(SUBMIT_OFFSET) != 0;
        if (!ready) {
            library.call("free_mb_mgr", address);
            return Optional.empty();
        }
        return Optional.of(new IpsecMbManager(library, address, bytes));
    }

    /** All of it; jobs are in there. */
    UnsafeBuffer memory() {
        return memory;
    }

    /** Where the next job is in the memory. */
    int nextJob() {
        return (int) (call(nextJob) - address);
    }

    /**
     * Does a job.
     *
     * @param job from {@link #nextJob()}
     * @return false when it is not done now
     */
    boolean submit(int job) {
        return call(submit) == address + job;
    }

    /** Gives its memory back. Without it, that lasts as long as the process. */
    void free() {
        library.call("free_mb_mgr", address);
    }

    private long call(MemorySegment function) {
        try {
            return (long) ON_MANAGER.invokeExact(function, address);
        } catch (Throwable e) {
            throw new AssertionError("a function in C throws nothing", e);
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle onManager() {
        return Linker.nativeLinker()
                .downcallHandle(
                        FunctionDescriptor.of(JAVA_LONG, JAVA_LONG), Linker.Option.critical(false));
    }
}
