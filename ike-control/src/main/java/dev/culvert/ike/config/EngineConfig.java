package dev.culvert.ike.config;

import java.util.List;

/**
 * All that can be reloaded.
 *
 * @param connections in the order of the configuration file
 * @param secrets pre-shared keys
 * @param pools of virtual addresses
 */
public record EngineConfig(
        List<ConnectionConfig> connections, List<SharedSecret> secrets, List<PoolConfig> pools) {
    public EngineConfig {
        connections = List.copyOf(connections);
        secrets = List.copyOf(secrets);
        pools = List.copyOf(pools);
    }

    /** Without pools. */
    public EngineConfig(List<ConnectionConfig> connections, List<SharedSecret> secrets) {
        this(connections, secrets, List.of());
    }
}
