package dev.culvert.endpoint.real.net;

import java.util.List;

/**
 * What a finished command left behind.
 *
 * @param command the words it was started with
 * @param exitCode 0 for success; {@link #TIMED_OUT} when it was ended because its time was over
 * @param stdout everything it wrote
 * @param stderr likewise
 */
public record CommandResult(List<String> command, int exitCode, String stdout, String stderr) {

    /** The exit code of a command that was ended because its time was over. */
    public static final int TIMED_OUT = 124;

    public CommandResult {
        command = List.copyOf(command);
    }

    /** Whether the exit code is 0. */
    public boolean succeeded() {
        return exitCode == 0;
    }

    /** Both outputs, standard output first. */
    public String output() {
        return stdout + stderr;
    }

    /** This result, which must be a success. */
    public CommandResult orThrow() {
        if (!succeeded()) {
            throw new IllegalStateException(toString());
        }
        return this;
    }

    @Override
    public String toString() {
        String end = exitCode == TIMED_OUT ? "ran out of time" : "ended with " + exitCode;
        return String.join(" ", command) + "\n  " + end + "\n" + stdout + stderr;
    }
}
