package dev.culvert.endpoint.route;

import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.IpPrefix;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes strict reverse path filtering loose where the tunnel covers an interface's own network, and
 * strict again when it no longer does.
 *
 * <p>With {@code rp_filter = 1} the kernel asks where a packet to the sender would leave, and drops
 * what did not come in that way; it does so for ARP requests, too. When a tunnel covers the network
 * of the interface, the answer is the TUN interface, so neighbours (the default gateway among them)
 * are no longer answered and forget this host after a while. No policy rule can tell these
 * questions from those for packets that belong into the tunnel. Belongs to one thread.
 */
final class ReversePathFilter {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.knl");
    private static final String STRICT = "1";
    private static final String LOOSE = "2";

    private final Settings settings;
    private final Map<String, String> relaxed = new LinkedHashMap<>();
    private final Set<String> refused = new LinkedHashSet<>();

    /** The kernel's settings below {@code net}. */
    interface Settings {
        /** Empty if there is no such setting. */
        Optional<String> read(String key);

        /** Whether the setting has the value afterwards. */
        boolean write(String key, String value);
    }

    /**
     * A network that an interface is in.
     *
     * @param interfaceName not the TUN interface's
     * @param network the addresses that are reached without a router
     */
    record OnLink(String interfaceName, IpPrefix network) {}

    ReversePathFilter(Settings settings) {
        this.settings = settings;
    }

    /** Adapts to the routes into the tunnel. */
    void update(Collection<TunnelRoute> routes, List<OnLink> networks) {
        Set<String> needed = new LinkedHashSet<>();
        for (OnLink onLink : networks) {
            for (TunnelRoute route : routes) {
                if (overlap(route.destination(), onLink.network())) {
                    needed.add(onLink.interfaceName());
                }
            }
        }
        for (String name : List.copyOf(relaxed.keySet())) {
            if (!needed.contains(name)) {
                restore(name);
            }
        }
        needed.forEach(this::relax);
    }

    /** Restores what was changed. */
    void close() {
        List.copyOf(relaxed.keySet()).forEach(this::restore);
    }

    private void relax(String name) {
        Optional<String> own = settings.read(key(name));
        // The kernel takes the larger of both values.
        boolean strict =
                own.isPresent()
                        && !own.get().equals(LOOSE)
                        && (own.get().equals(STRICT)
                                || settings.read(key("all")).equals(Optional.of(STRICT)));
        if (!strict || relaxed.containsKey(name) || refused.contains(name)) {
            return;
        }
        if (settings.write(key(name), LOOSE)) {
            relaxed.put(name, own.get());
            LOG.info(
                    "reverse path filtering of {} is loose for now, since the tunnel covers its"
                            + " network",
                    name);
        } else {
            refused.add(name);
            LOG.warn(
                    "reverse path filtering of {} is strict and the tunnel covers its network, so the"
                            + " kernel will not answer neighbours there; run: sysctl"
                            + " net.ipv4.conf.{}.rp_filter=2",
                    name,
                    name);
        }
    }

    private void restore(String name) {
        String before = relaxed.remove(name);
        // Not if somebody else changed it meanwhile.
        if (settings.read(key(name)).equals(Optional.of(LOOSE))
                && !settings.write(key(name), before)) {
            LOG.warn("cannot set net.ipv4.conf.{}.rp_filter back to {}", name, before);
        }
    }

    private static String key(String name) {
        return "ipv4/conf/" + name + "/rp_filter";
    }

    private static boolean overlap(IpPrefix a, IpPrefix b) {
        if (a.family() != AddressFamily.IPV4 || b.family() != AddressFamily.IPV4) {
            return false;
        }
        int shorter = Math.min(a.prefixLength(), b.prefixLength());
        return new IpPrefix(a.address(), shorter).equals(new IpPrefix(b.address(), shorter));
    }
}
