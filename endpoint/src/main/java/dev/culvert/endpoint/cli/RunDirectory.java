package dev.culvert.endpoint.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option for the run directory, which tells instances on one host apart. */
final class RunDirectory {
    static final String OPTION = "--run-dir";
    static final String VARIABLE = "CULVERT_RUN_DIR";
    static final String DEFAULT = "/run/culvert";

    @Option(
            names = OPTION,
            paramLabel = "DIR",
            description = {
                "Directory with the daemon's control socket (default: $CULVERT_RUN_DIR, or"
                        + " /run/culvert). Give each instance on a host its own."
            })
    private Path directory;

    Path path() {
        return directory.toAbsolutePath().normalize();
    }
}
