package dev.culvert.endpoint.hook;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Runs a program without a shell, with no other environment than what it is given and the search
 * path.
 */
public final class HostProgram {
    /** A program that says more than this is cut short in the log. */
    private static final int MOST_LINES = 200;

    private static final int LONGEST_LINE = 500;
    private static final long READER_WAIT_MS = 1_000;
    private static final String DEFAULT_PATH =
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private HostProgram() {}

    /** How a program ended. */
    public sealed interface Outcome {
        /** By itself. */
        record Exited(int status) implements Outcome {}

        /** It took too long and was ended. */
        record TimedOut() implements Outcome {}

        /** It could not be started. */
        record NotStarted(String reason) implements Outcome {}

        /** Whether it ended well. */
        default boolean isSuccess() {
            return this instanceof Exited(int status) && status == 0;
        }

        /** As a part of a sentence. */
        default String text() {
            return switch (this) {
                case Exited(int status) -> "ended with status " + status;
                case TimedOut() -> "took too long and was ended";
                case NotStarted(String reason) -> "could not be started: " + reason;
            };
        }
    }

    /**
     * Runs a program and waits for its end.
     *
     * @param command the program and its arguments
     * @param environment besides PATH
     * @param input for its standard input
     * @param limit after which it is ended
     * @param lines takes each line of its output, bounded in number and length
     */
    public static Outcome run(
            List<String> command,
            Map<String, String> environment,
            String input,
            Duration limit,
            Consumer<String> lines) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.directory(Path.of("/").toFile());
        builder.environment().clear();
        builder.environment().put("PATH", path());
        environment.forEach((name, value) ->
                builder.environment().put(name, value.replaceAll("\\p{Cntrl}", "?")));
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            return new Outcome.NotStarted(String.valueOf(e.getMessage()));
        }
        Thread reader = Thread.ofVirtual().start(() -> read(process, lines));
        try {
            write(process, input);
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                return end(process);
            }
            // A program that it left behind may hold the pipe open.
            reader.join(READER_WAIT_MS);
            return new Outcome.Exited(process.exitValue());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return end(process);
        } finally {
            close(process);
        }
    }

    /** Where a program is on the search path. */
    public static Optional<Path> find(String name) {
        for (String directory : path().split(":", -1)) {
            // An empty entry would mean whatever directory the daemon happens to be in.
            Path candidate = Path.of(directory, name);
            if (!directory.isEmpty()
                    && Files.isExecutable(candidate)
                    && Files.isRegularFile(candidate)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    private static String path() {
        String own = System.getenv("PATH");
        return own == null || own.isEmpty() ? DEFAULT_PATH : own;
    }

    private static Outcome end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        return new Outcome.TimedOut();
    }

    private static void write(Process process, String input) {
        try (OutputStream out = process.getOutputStream()) {
            out.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // It did not want to read; its status says whether that matters.
        }
    }

    private static void read(Process process, Consumer<String> lines) {
        int count = 0;
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            String line = reader.readLine();
            while (line != null) {
                if (count++ < MOST_LINES) {
                    lines.accept(
                            line.substring(0, Math.min(line.length(), LONGEST_LINE))
                                    .replaceAll("\\p{Cntrl}", "?"));
                }
                line = reader.readLine();
            }
        } catch (IOException e) {
            // closed, because the time was over
        }
    }

    private static void close(Process process) {
        try {
            process.getInputStream().close();
        } catch (IOException e) {
            // there is nothing left to read then
        }
    }
}
