package dev.culvert.endpoint.cli;

/** What the process tells its parent. */
final class ExitCode {
    /** It went as wanted. */
    static final int OK = 0;

    /** It did not; standard error says why. */
    static final int FAILED = 1;

    /** The command line was not understood. */
    static final int USAGE = 2;

    /** No daemon runs with that run directory. */
    static final int NOT_RUNNING = 3;

    private ExitCode() {}
}
