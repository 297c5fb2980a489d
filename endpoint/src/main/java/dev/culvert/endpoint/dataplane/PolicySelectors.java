package dev.culvert.endpoint.dataplane;

import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.SelectorSpec;
import dev.culvert.ike.ts.TrafficSelector;
import dev.culvert.ike.wire.IpAddress;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the selectors of a child mean before there is an SA.
 *
 * @param local this side's; empty if that cannot be said yet
 * @param remote the peer's; likewise
 */
record PolicySelectors(List<TrafficSelector> local, List<TrafficSelector> remote) {
    PolicySelectors {
        local = List.copyOf(local);
        remote = List.copyOf(remote);
    }

    /**
     * Reads a child's selectors. {@code dynamic} stands for the outer address of its side, or for
     * any address where the peer is to assign one; for policies without an SA, which have no outer
     * addresses, it stands for all addresses.
     *
     * @param sourceTowards the address that this host would use towards a peer
     */
    static PolicySelectors of(
            ConnectionConfig connection,
            ChildConfig child,
            Function<InetAddress, Optional<InetAddress>> sourceTowards) {
        if (child.mode() != ChildConfig.Mode.TUNNEL) {
            return new PolicySelectors(
                    resolve(child.localSelectors(), PolicySelectors::everything),
                    resolve(child.remoteSelectors(), PolicySelectors::everything));
        }
        List<InetAddress> remotes = singles(connection.remoteAddresses());
        List<InetAddress> locals = new ArrayList<>(singles(connection.localAddresses()));
        if (locals.isEmpty()) {
            remotes.forEach(remote -> sourceTowards.apply(remote).ifPresent(locals::add));
        }
        List<IpAddress> virtual = connection.virtualIps().requested();
        return new PolicySelectors(
                resolve(
                        child.localSelectors(),
                        dynamic ->
                                virtual.isEmpty()
                                        ? hosts(dynamic, locals)
                                        : ofVersions(virtual, everything(dynamic))),
                resolve(child.remoteSelectors(), dynamic -> hosts(dynamic, remotes)));
    }

    /** Whether both sides are known in a common address family. */
    boolean isComplete() {
        return local.stream()
                .anyMatch(l -> remote.stream().anyMatch(r -> r.version() == l.version()));
    }

    private static List<TrafficSelector> resolve(
            List<SelectorSpec> specs,
            Function<SelectorSpec.Dynamic, List<TrafficSelector>> dynamic) {
        List<TrafficSelector> selectors = new ArrayList<>();
        for (SelectorSpec spec : specs) {
            switch (spec) {
                case SelectorSpec.Fixed(TrafficSelector selector) -> selectors.add(selector);
                case SelectorSpec.Dynamic d -> selectors.addAll(dynamic.apply(d));
            }
        }
        return selectors;
    }

    private static List<TrafficSelector> everything(SelectorSpec.Dynamic dynamic) {
        return List.of(
                new TrafficSelector(
                        dynamic.protocol(),
                        dynamic.firstPort(),
                        dynamic.lastPort(),
                        IpAddress.ANY_V4,
                        IpAddress.last(4)),
                new TrafficSelector(
                        dynamic.protocol(),
                        dynamic.firstPort(),
                        dynamic.lastPort(),
                        IpAddress.ANY_V6,
                        IpAddress.last(6)));
    }

    private static List<TrafficSelector> ofVersions(
            List<IpAddress> like, List<TrafficSelector> selectors) {
        return selectors.stream()
                .filter(selector -> like.stream().anyMatch(a -> a.version() == selector.version()))
                .toList();
    }

    private static List<TrafficSelector> hosts(
            SelectorSpec.Dynamic dynamic, List<InetAddress> addresses) {
        return addresses.stream()
                .map(IpAddress::of)
                .map(address ->
                        new TrafficSelector(
                                dynamic.protocol(),
                                dynamic.firstPort(),
                                dynamic.lastPort(),
                                address,
                                address))
                .toList();
    }

    private static List<InetAddress> singles(List<AddressSpec> specs) {
        List<InetAddress> addresses = new ArrayList<>();
        for (AddressSpec spec : specs) {
            if (spec instanceof AddressSpec.Single(InetAddress address)) {
                addresses.add(address);
            }
        }
        return addresses;
    }
}
