package dev.culvert.endpoint.daemon;

import dev.culvert.endpoint.config.Configuration;
import dev.culvert.endpoint.config.LoadResult;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * What to run.
 *
 * @param configuration as read at the start
 * @param reload reads the configuration file again
 * @param runDirectory for the control socket, unless the configuration names another place
 * @param version of Culvert
 */
public record DaemonSpec(
        Configuration configuration,
        Supplier<LoadResult> reload,
        Path runDirectory,
        String version) {
    /** The control socket's name in the run directory. */
    public static final String SOCKET_NAME = "culvert.vici";

    /** Where the control socket is. */
    public Path viciSocket() {
        return configuration.daemon().viciSocket().orElse(runDirectory.resolve(SOCKET_NAME));
    }
}
