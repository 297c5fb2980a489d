package dev.culvert.endpoint.daemon;

import dev.culvert.endpoint.config.DaemonSettings;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.EngineConfig;
import java.util.List;

/**
 * What a configuration means on a host where the IKE port cannot be bound: connections that would
 * begin on the peer's IKE port begin on its NAT traversal port instead, with the non-ESP marker.
 */
final class PortFallback {
    private PortFallback() {}

    /**
     * The configuration to put in force.
     *
     * @param configured as it was read
     * @param listen the ports of this host, which are taken for the peer's too
     * @param sockets that could be opened
     */
    static EngineConfig apply(
            EngineConfig configured, DaemonSettings.Listen listen, Sockets sockets) {
        if (!sockets.ike().isEmpty()) {
            return configured;
        }
        List<ConnectionConfig> connections =
                configured.connections().stream()
                        .map(connection ->
                                connection.remotePort() == listen.port()
                                        ? connection.withRemotePort(listen.nattPort())
                                        : connection)
                        .toList();
        return new EngineConfig(connections, configured.secrets(), configured.pools());
    }
}
