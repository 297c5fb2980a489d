package dev.culvert.bench.e2e.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A process in the background, with its output in a file. */
public final class Task implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 5;

    private final String name;
    private final Process process;
    private final Path output;

    Task(String name, Process process, Path output) {
        this.name = name;
        this.process = process;
        this.output = output;
    }

    static Task start(String name, ProcessBuilder builder, Path output) {
        try {
            return new Task(name, builder.start(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isRunning() {
        return process.isAlive();
    }

    /** What it wrote so far. */
    public String output() {
        return Commands.text(output);
    }

    /** The process, for one that is talked to. */
    public Process process() {
        return process;
    }

    /**
     * Waits for it to end by itself.
     *
     * @return what it wrote
     * @throws BenchException if it takes longer, or fails
     */
    public String await(long limitSeconds) {
        try {
            if (!process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
                throw new BenchException(name + " takes longer than " + limitSeconds + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted");
        }
        if (process.exitValue() != 0) {
            throw new BenchException(
                    name + ": status " + process.exitValue() + "\n" + output().strip());
        }
        return output();
    }

    /** Ends it: with SIGTERM, then with SIGKILL. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
