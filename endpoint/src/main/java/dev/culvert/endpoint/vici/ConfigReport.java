package dev.culvert.endpoint.vici;

import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.Lifetime;
import dev.culvert.ike.config.SelectorSpec;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.wire.IpAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Connections and policies as {@code list-conn} and {@code list-policy} events have them. */
final class ConfigReport {
    private ConfigReport() {}

    /** A connection, up or not. */
    static ViciSection connection(ConnectionConfig connection) {
        return ViciSection.of(b -> {
            b.list("local_addrs", addresses(connection.localAddresses()));
            b.list("remote_addrs", addresses(connection.remoteAddresses()));
            b.put("version", "IKEv2");
            b.put("reauth_time", seconds(connection.reauthNs()));
            b.put("rekey_time", seconds(connection.rekeyNs()));
            if (connection.dpdDelayNs() != 0) {
                b.put("dpd_delay", TimeUnit.NANOSECONDS.toSeconds(connection.dpdDelayNs()));
            }
            b.put("unique", unique(connection.unique()));
            b.section(
                    "local-1",
                    ViciSection.of(l -> {
                        l.put("class", "pre-shared key");
                        connection.localId().ifPresent(id -> l.put("id", id.text()));
                    }));
            b.section(
                    "remote-1",
                    ViciSection.of(r -> {
                        r.put("class", "pre-shared key");
                        if (!(connection.remoteId() instanceof Identity.Any)) {
                            r.put("id", connection.remoteId().text());
                        }
                    }));
            b.section(
                    "children",
                    ViciSection.of(c ->
                            connection
                                    .children()
                                    .forEach(child -> c.section(child.name(), child(child)))));
        });
    }

    private static ViciSection child(ChildConfig child) {
        return ViciSection.of(b -> {
            b.put("mode", child.mode().name());
            b.put("rekey_time", seconds(child.timeNs()));
            b.put("rekey_bytes", child.bytes().soft());
            b.put("rekey_packets", child.packets().soft());
            b.put("dpd_action", child.dpdAction().name().toLowerCase(Locale.ROOT));
            b.put("close_action", actions(child.closeActions()));
            b.put("start_action", actions(child.startActions()));
            b.list("local-ts", selectors(child.localSelectors()));
            b.list("remote-ts", selectors(child.remoteSelectors()));
        });
    }

    /** Which kind of policy a child has without an SA: trap, pass or drop; empty for none. */
    static String policyKind(ChildConfig child) {
        boolean trap = child.startActions().contains(ChildConfig.Action.TRAP);
        return switch (child.mode()) {
            case TUNNEL -> trap ? "trap" : "";
            case PASS -> trap ? "pass" : "";
            case DROP -> trap ? "drop" : "";
        };
    }

    /** The policy of a child. */
    static ViciSection policy(ConnectionConfig connection, ChildConfig child) {
        return ViciSection.of(b ->
                b.section(
                        child.name(),
                        ViciSection.of(p -> {
                            p.put("child", child.name());
                            p.put("ike", connection.name());
                            p.put("mode", child.mode().name());
                            p.list("local-ts", selectors(child.localSelectors()));
                            p.list("remote-ts", selectors(child.remoteSelectors()));
                        })));
    }

    static List<String> addresses(List<AddressSpec> specs) {
        return specs.stream().map(ConfigReport::address).toList();
    }

    private static String address(AddressSpec spec) {
        return switch (spec) {
            case AddressSpec.Any(boolean ipv4, boolean ipv6) ->
                    ipv4 && ipv6 ? "%any" : ipv4 ? "%any4" : "%any6";
            case AddressSpec.Single(var address) -> IpAddress.of(address).toString();
            case AddressSpec.Range(var first, var last) ->
                    IpAddress.of(first).toString() + "-" + IpAddress.of(last).toString();
            case AddressSpec.Name(String name) -> name;
        };
    }

    static List<String> selectors(List<SelectorSpec> specs) {
        return specs.stream().map(ConfigReport::selector).toList();
    }

    private static String selector(SelectorSpec spec) {
        return switch (spec) {
            case SelectorSpec.Fixed(var selector) -> selector.toString();
            case SelectorSpec.Dynamic(int protocol, int firstPort, int lastPort) ->
                    "dynamic" + protocolAndPorts(protocol, firstPort, lastPort);
        };
    }

    private static String protocolAndPorts(int protocol, int firstPort, int lastPort) {
        boolean anyPort = firstPort == 0 && lastPort == 65535;
        if (protocol == 0 && anyPort) {
            return "";
        }
        String ports =
                anyPort
                        ? ""
                        : "/" + (firstPort == lastPort ? firstPort : firstPort + "-" + lastPort);
        return "[" + protocol + ports + "]";
    }

    private static String actions(Set<ChildConfig.Action> actions) {
        if (actions.isEmpty()) {
            return "none";
        }
        boolean trap = actions.contains(ChildConfig.Action.TRAP);
        boolean start = actions.contains(ChildConfig.Action.START);
        return trap && start ? "trap|start" : trap ? "trap" : "start";
    }

    private static String unique(ConnectionConfig.Unique unique) {
        return "UNIQUE_" + unique.name();
    }

    private static long seconds(Lifetime lifetimeNs) {
        return TimeUnit.NANOSECONDS.toSeconds(lifetimeNs.soft());
    }
}
