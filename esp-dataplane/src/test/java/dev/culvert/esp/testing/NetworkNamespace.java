package dev.culvert.esp.testing;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A network namespace of one thread, without a name: it is gone as soon as the thread has ended and
 * what it opened is closed, however the test ends.
 */
public final class NetworkNamespace {

    private static final int CLONE_NEWNET = 0x4000_0000;

    private NetworkNamespace() {}

    /** Calls something within a new namespace. */
    public static <T> T call(Callable<T> callable) throws Exception {
        try (ExecutorService thread =
                Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory())) {
            return thread.submit(
                            () -> {
                                enter();
                                return callable.call();
                            })
                    .get();
        }
    }

    /** Runs a shell command in the calling thread's namespace. */
    public static void run(String command) throws IOException, InterruptedException {
        final Process process =
                new ProcessBuilder("sh", "-c", command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        final String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(command + ": " + output);
        }
    }

    @SuppressWarnings("restricted")
    private static void enter() {
        final Linker linker = Linker.nativeLinker();
        try {
            final int result =
                    (int)
                            linker.downcallHandle(
                                            linker.defaultLookup().find("unshare").orElseThrow(),
                                            FunctionDescriptor.of(JAVA_INT, JAVA_INT))
                                    .invokeExact(CLONE_NEWNET);
            if (result != 0) {
                throw new IllegalStateException("unshare failed: are you root?");
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
