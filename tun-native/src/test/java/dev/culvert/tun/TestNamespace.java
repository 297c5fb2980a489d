package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.culvert.tun.ffi.NamespaceCalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A network namespace of one thread. On Linux the namespace belongs to the thread, not the process:
 * what this thread opens lives in it, as do the threads and processes that this thread starts. It
 * has no name, so it is gone, with all its interfaces, as soon as the thread has ended and its
 * descriptors are closed, however the test ends.
 */
final class TestNamespace implements AutoCloseable {
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
    private final int threadId;

    private TestNamespace() throws Exception {
        threadId =
                call(() -> {
                    NamespaceCalls.enterNewNetworkNamespace();
                    return NamespaceCalls.threadId();
                });
        run("ip", "link", "set", "lo", "up");
    }

    /** Skips the test, and says why, where namespaces cannot be made. */
    static TestNamespace create() throws Exception {
        boolean root =
                Capabilities.ofThisProcess().map(Capabilities::hasNetAdmin).orElse(false)
                        && "root".equals(System.getProperty("user.name"));
        assumeTrue(root, "SKIPPED: this test makes network namespaces and needs root");
        return new TestNamespace();
    }

    /** Something to do within the namespace. */
    interface Action {
        void run() throws Exception;
    }

    void run(Action action) throws Exception {
        Object ignored =
                call(() -> {
                    action.run();
                    return "";
                });
    }

    <T> T call(Callable<T> callable) throws Exception {
        try {
            return thread.submit(callable).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            if (e.getCause() instanceof Exception exception) {
                throw exception;
            }
            throw e;
        }
    }

    /** Runs a command within the namespace and returns what it wrote; it must succeed. */
    String run(String... command) throws Exception {
        Output output = call(() -> execute(List.of(command)));
        assertThat(output.exitCode()).as("%s: %s", List.of(command), output.text()).isZero();
        return output.text();
    }

    /** Runs a command within the namespace, whatever comes of it. */
    Output tryRun(List<String> command) throws Exception {
        return call(() -> execute(command));
    }

    /** Joins this namespace and {@code other} by a veth pair of these names, both up. */
    void joinByVeth(String name, TestNamespace other, String otherName) throws Exception {
        run(
                "ip",
                "link",
                "add",
                name,
                "type",
                "veth",
                "peer",
                "name",
                otherName,
                "netns",
                Integer.toString(other.threadId));
        run("ip", "link", "set", name, "up");
        other.run("ip", "link", "set", otherName, "up");
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }

    /** What a command wrote (both streams) and its exit code. */
    record Output(int exitCode, String text) {}

    private static Output execute(List<String> command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(new ArrayList<>(command)).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Output(process.waitFor(), text);
    }
}
