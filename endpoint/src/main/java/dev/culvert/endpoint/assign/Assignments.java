package dev.culvert.endpoint.assign;

import dev.culvert.ike.Configured;
import dev.culvert.ike.ts.IpPrefix;
import dev.culvert.ike.wire.IpAddress;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What peers have assigned to this host, by the IKE SA that it belongs to. An address stays on the
 * interface until its last owner lets it go, so that a reauthentication does not take it away.
 * Belongs to the control agent.
 */
public final class Assignments {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.ike");

    private final TunAddresses addresses;
    private final NameServers nameServers;
    private final Map<Integer, Configured> byOwner = new LinkedHashMap<>();
    private final Set<IpAddress> installed = new LinkedHashSet<>();

    /**
     * @param addresses where addresses go
     * @param nameServers where name servers go
     */
    public Assignments(TunAddresses addresses, NameServers nameServers) {
        this.addresses = addresses;
        this.nameServers = nameServers;
    }

    /** Puts to use what an IKE SA has been assigned. */
    public void configure(int owner, String connection, Configured configured) {
        LOG.info(
                "{} virtual address {}{}{}",
                connection,
                join(configured.localVips()),
                configured.dnsServers().isEmpty()
                        ? ""
                        : ", name servers "
                                + join(configured.dnsServers())
                                + (configured.dnsDomains().isEmpty()
                                        ? ""
                                        : " for " + String.join(" ", configured.dnsDomains())),
                configured.subnets().isEmpty()
                        ? ""
                        : ", the peer names the networks "
                                + String.join(
                                        " ",
                                        configured.subnets().stream()
                                                .map(IpPrefix::toString)
                                                .toList()));
        byOwner.put(owner, configured);
        settle();
    }

    /** Takes it back. */
    public void unconfigure(int owner) {
        byOwner.remove(owner);
        settle();
    }

    private void settle() {
        Set<IpAddress> wanted = new LinkedHashSet<>();
        Set<IpAddress> servers = new LinkedHashSet<>();
        Set<String> domains = new LinkedHashSet<>();
        boolean everything = false;
        for (Configured configured : byOwner.values()) {
            wanted.addAll(configured.localVips());
            servers.addAll(configured.dnsServers());
            domains.addAll(configured.dnsDomains());
            everything |= !configured.dnsServers().isEmpty() && configured.dnsDomains().isEmpty();
        }
        for (IpAddress address : List.copyOf(installed)) {
            if (!wanted.contains(address)) {
                installed.remove(address);
                addresses.remove(address.toInetAddress());
            }
        }
        for (IpAddress address : wanted) {
            if (installed.add(address)) {
                addresses.add(address.toInetAddress());
            }
        }
        nameServers.use(
                new NameServers.Wanted(
                        List.copyOf(servers), everything ? List.of() : List.copyOf(domains)));
    }

    private static String join(List<IpAddress> list) {
        return String.join(" ", list.stream().map(IpAddress::toString).toList());
    }
}
