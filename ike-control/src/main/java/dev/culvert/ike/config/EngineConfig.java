package dev.culvert.ike.config;

import java.util.List;

/**
 * All that can be reloaded.
 *
 * @param connections in the order of the configuration file
 * @param secrets pre-shared keys
 */
public record EngineConfig(List<ConnectionConfig> connections, List<SharedSecret> secrets) {
    public EngineConfig {
        connections = List.copyOf(connections);
        secrets = List.copyOf(secrets);
    }
}
