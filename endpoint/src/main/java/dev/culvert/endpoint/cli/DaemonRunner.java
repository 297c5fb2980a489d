package dev.culvert.endpoint.cli;

import dev.culvert.endpoint.config.Configuration;
import java.nio.file.Path;

/** Runs the daemon in this process. */
@FunctionalInterface
public interface DaemonRunner {

    /**
     * Runs until the process is told to stop.
     *
     * @param options what to run with
     * @return the exit code of the process: 0 after an orderly end, 1 after a failure that was
     *     reported on standard error
     */
    int run(Options options);

    /**
     * What to run with.
     *
     * @param configFile where the configuration was read from, and is read from again when it is to
     *     be reloaded
     * @param configuration what it says, with the options of the command line worked in
     * @param runDirectory absolute; for the control socket; may not exist yet
     */
    record Options(Path configFile, Configuration configuration, Path runDirectory) {

        /** Where the control socket goes. */
        public Path viciSocket() {
            return configuration
                    .daemon()
                    .viciSocket()
                    .orElseGet(() -> runDirectory.resolve(SOCKET_NAME));
        }
    }

    /** Name of the control socket in the run directory. */
    String SOCKET_NAME = "culvert.vici";
}
