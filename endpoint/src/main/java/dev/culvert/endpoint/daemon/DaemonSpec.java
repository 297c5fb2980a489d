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
 * @param viciSocket where the control socket goes
 * @param version of Culvert
 */
public record DaemonSpec(
        Configuration configuration,
        Supplier<LoadResult> reload,
        Path viciSocket,
        String version) {}
