package dev.culvert.endpoint.real.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Runs commands to their end, within a time limit. */
public final class Commands {

    /** For commands that only ask or set something. */
    public static final Duration SHORT = Duration.ofSeconds(15);

    private Commands() {}

    /** Runs a command for at most {@link #SHORT}. */
    public static CommandResult run(String... command) {
        return run(SHORT, List.of(command), Optional.empty());
    }

    /**
     * Runs a command.
     *
     * @param limit after which it is killed
     * @param command and its arguments
     * @param stdin what it reads; empty: nothing
     */
    public static CommandResult run(Duration limit, List<String> command, Optional<String> stdin) {
        try {
            // Files, not pipes: a child that outlives the command would keep a pipe open.
            Path directory = Files.createTempDirectory("culvert-command");
            try {
                return runIn(directory, limit, command, stdin);
            } finally {
                for (String name : List.of("in", "out", "err")) {
                    Files.deleteIfExists(directory.resolve(name));
                }
                Files.deleteIfExists(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(String.join(" ", command), e);
        }
    }

    private static CommandResult runIn(
            Path directory, Duration limit, List<String> command, Optional<String> stdin)
            throws IOException {
        Path in = Files.writeString(directory.resolve("in"), stdin.orElse(""));
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        Process process =
                new ProcessBuilder(command)
                        .redirectInput(in.toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
        int exitCode = CommandResult.TIMED_OUT;
        try {
            if (process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                exitCode = process.exitValue();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted: " + String.join(" ", command), e);
        } finally {
            process.destroyForcibly();
        }
        return new CommandResult(command, exitCode, text(out), text(err));
    }

    /** What is in a file; bytes that are no UTF-8 are replaced. */
    static String text(Path file) throws IOException {
        return Files.exists(file)
                ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                : "";
    }
}
