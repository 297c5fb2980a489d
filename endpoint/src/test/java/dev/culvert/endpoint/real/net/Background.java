package dev.culvert.endpoint.real.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/** A process that runs beside the test; its two outputs go to one log. */
public final class Background {

    private final Process process;
    private final List<String> command;
    private final Path log;

    private Background(Process process, List<String> command, Path log) {
        this.process = process;
        this.command = command;
        this.log = log;
    }

    /** Starts a process whose output is added to the end of {@code log}. */
    static Background start(Path log, Map<String, String> environment, List<String> command) {
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        try {
            return new Background(builder.start(), List.copyOf(command), log);
        } catch (IOException e) {
            throw new UncheckedIOException(String.join(" ", command), e);
        }
    }

    /** Its number. Valid until it is waited for, which {@link #awaitExit} does. */
    public long pid() {
        return process.pid();
    }

    /** Whether it still runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** What it wrote so far. */
    public String log() {
        try {
            return Commands.text(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until it has written {@code text}. */
    public void awaitLog(String text, Duration limit) {
        Await.until(
                () -> "'" + text + "' in the output of " + this + ":\n" + log(),
                limit,
                () -> {
                    if (!isAlive() && !log().contains(text)) {
                        throw new IllegalStateException(this + " ended early:\n" + log());
                    }
                    return log().contains(text);
                });
    }

    /** Sends a signal, such as {@code TERM}. */
    public void signal(String name) {
        if (isAlive()) {
            Commands.run("kill", "-" + name, Long.toString(pid()));
        }
    }

    /** The exit code, or empty when it still runs after that time. */
    public OptionalInt awaitExit(Duration limit) {
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)
                    ? OptionalInt.of(process.exitValue())
                    : OptionalInt.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + this, e);
        }
    }

    /** Ends it at once. */
    public void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        awaitExit(Duration.ofSeconds(5));
    }

    /** Its resident memory, in bytes. */
    public long residentBytes() {
        try {
            return Files.readAllLines(Path.of("/proc/" + pid() + "/status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The processor time that it has used, in milliseconds. */
    public long processorMillis() {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid() + "/stat"));
            // The command's name, in parentheses, may hold blanks; user and system time are in
            // 1/100 s.
            List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
            return 10 * (Long.parseLong(fields.get(11)) + Long.parseLong(fields.get(12)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return String.join(" ", command);
    }
}
