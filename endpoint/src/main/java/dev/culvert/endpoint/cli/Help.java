package dev.culvert.endpoint.cli;

import picocli.CommandLine.Option;

/** The option that every command has; picocli acts on it. */
final class Help {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    private boolean requested;

    boolean isRequested() {
        return requested;
    }
}
