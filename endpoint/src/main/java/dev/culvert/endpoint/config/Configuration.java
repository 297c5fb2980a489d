package dev.culvert.endpoint.config;

import dev.culvert.ike.config.EngineConfig;

/**
 * Everything that a configuration file says.
 *
 * @param engine connections and secrets; can be reloaded
 * @param daemon what stays the same while the daemon runs
 */
public record Configuration(EngineConfig engine, DaemonSettings daemon) {}
