package dev.culvert.ike.engine;

import dev.culvert.ike.config.ConnectionConfig;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The connections that a pair of addresses may belong to. */
final class ConnectionSelector {
    private record Ranked(ConnectionConfig connection, int quality) {}

    private ConnectionSelector() {}

    /** Those that fit, the closest match first; among equals in the order of the configuration. */
    static List<ConnectionConfig> byAddresses(
            List<ConnectionConfig> connections, InetAddress local, InetAddress remote) {
        List<Ranked> ranked = new ArrayList<>();
        for (ConnectionConfig connection : connections) {
            int ofLocal = AddressMatcher.quality(connection.localAddresses(), local);
            int ofRemote = AddressMatcher.quality(connection.remoteAddresses(), remote);
            if (ofLocal != AddressMatcher.NO_MATCH && ofRemote != AddressMatcher.NO_MATCH) {
                ranked.add(new Ranked(connection, 4 * ofRemote + ofLocal));
            }
        }
        ranked.sort(Comparator.comparingInt(Ranked::quality).reversed());
        return ranked.stream().map(Ranked::connection).toList();
    }
}
