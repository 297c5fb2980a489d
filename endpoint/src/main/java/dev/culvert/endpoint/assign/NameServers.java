package dev.culvert.endpoint.assign;

import dev.culvert.ike.wire.IpAddress;
import java.util.List;

/** The name servers that this host asks by way of the TUN interface. */
@FunctionalInterface
public interface NameServers {
    /**
     * What to ask.
     *
     * @param servers in order; empty: nothing at all
     * @param domains the only names to ask them for; empty: all names
     */
    record Wanted(List<IpAddress> servers, List<String> domains) {
        /** Nothing. */
        public static final Wanted NOTHING = new Wanted(List.of(), List.of());

        public Wanted {
            servers = List.copyOf(servers);
            domains = List.copyOf(domains);
        }
    }

    /** Replaces all that was wanted before. Returns at once. */
    void use(Wanted wanted);
}
