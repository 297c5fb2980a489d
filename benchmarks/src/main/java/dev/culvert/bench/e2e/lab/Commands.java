package dev.culvert.bench.e2e.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Short commands that are waited for. */
public final class Commands {
    private static final long LIMIT_SECONDS = 60;

    private Commands() {}

    /**
     * What a command left behind.
     *
     * @param output standard output and errors together
     */
    public record Outcome(int status, String output) {
        public boolean succeeded() {
            return status == 0;
        }
    }

    /** Runs a command and gives its output, whatever its status. */
    public static Outcome tryRun(List<String> command) {
        try {
            Path output = Files.createTempFile("culvert-bench", ".out");
            try {
                Process process =
                        new ProcessBuilder(command)
                                .redirectErrorStream(true)
                                .redirectInput(Path.of("/dev/null").toFile())
                                .redirectOutput(output.toFile())
                                .start();
                if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    return new Outcome(124, "took longer than " + LIMIT_SECONDS + " s");
                }
                return new Outcome(process.exitValue(), text(output));
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (IOException e) {
            return new Outcome(127, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted during " + String.join(" ", command));
        }
    }

    /**
     * Runs a command that must succeed.
     *
     * @return its output without blanks at both ends
     * @throws BenchException with its output if it fails
     */
    public static String run(String... words) {
        return run(List.of(words));
    }

    /** As {@link #run(String...)}. */
    public static String run(List<String> command) {
        Outcome outcome = tryRun(command);
        if (!outcome.succeeded()) {
            throw new BenchException(
                    "%s: status %d%n%s"
                            .formatted(
                                    String.join(" ", command), outcome.status(), outcome.output()));
        }
        return outcome.output().strip();
    }

    /**
     * The first of some files that exists and may be run; a bare name is looked up like a shell.
     */
    public static Optional<Path> find(String... candidates) {
        for (String candidate : candidates) {
            List<Path> places = new ArrayList<>();
            if (candidate.contains("/")) {
                places.add(Path.of(candidate));
            } else {
                for (String directory : searchPath().split(":", -1)) {
                    places.add(Path.of(directory, candidate));
                }
            }
            for (Path place : places) {
                if (Files.isExecutable(place) && !Files.isDirectory(place)) {
                    return Optional.of(place);
                }
            }
        }
        return Optional.empty();
    }

    /** A file as text, bytes that are no UTF-8 replaced. */
    public static String text(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String searchPath() {
        String path = System.getenv("PATH");
        return (path == null ? "" : path + ":") + "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin";
    }
}
