package dev.culvert.endpoint.hook;

import dev.culvert.ike.Configured;
import dev.culvert.ike.EngineSnapshot.ChildSa;
import dev.culvert.ike.EngineSnapshot.IkeSa;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.ts.IpPrefix;
import dev.culvert.ike.ts.TrafficSelector;
import dev.culvert.ike.wire.IpAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an updown script is told, under strongSwan's names. As there, a script runs once for each
 * pair of a local and a remote selector of one IP version. There are no secrets in it.
 */
final class UpdownEnvironment {
    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;

    private UpdownEnvironment() {}

    /** The environments, with the end of PLUTO_VERB, such as {@code -client-v6}. */
    static List<Map<String, String>> of(
            String tunName, boolean hostAccess, IkeSa ike, ChildSa child) {
        Map<String, String> common = common(tunName, ike, child);
        if (hostAccess) {
            common.put("PLUTO_HOST_ACCESS", "1");
        }
        putConfigured(common, ike.configured());
        List<Map<String, String>> all = new ArrayList<>();
        for (TrafficSelector local : child.localSelectors()) {
            for (TrafficSelector remote : child.remoteSelectors()) {
                if (local.version() == remote.version()) {
                    Map<String, String> one = new LinkedHashMap<>(common);
                    putSelectors(one, ike, local, remote);
                    all.add(one);
                }
            }
        }
        return all;
    }

    private static Map<String, String> common(String tunName, IkeSa ike, ChildSa child) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("PLUTO_VERSION", "1.1");
        values.put("PLUTO_CONNECTION", child.name());
        values.put("PLUTO_INTERFACE", tunName);
        values.put("PLUTO_REQID", Integer.toString(child.reqid()));
        values.put("PLUTO_PROTO", "esp");
        values.put("PLUTO_UNIQUEID", Integer.toString(ike.uniqueId()));
        values.put("PLUTO_ME", IpAddress.of(ike.local().getAddress()).toString());
        values.put("PLUTO_MY_ID", id(ike.localId()));
        values.put("PLUTO_PEER", IpAddress.of(ike.remote().getAddress()).toString());
        values.put("PLUTO_PEER_ID", id(ike.remoteId()));
        if (ike.natLocal() || ike.natRemote()) {
            values.put("PLUTO_UDP_ENC", Integer.toString(ike.remote().getPort()));
        }
        ike.configured().localVips().stream()
                .findFirst()
                .ifPresent(a -> values.put("PLUTO_MY_SOURCEIP", a.toString()));
        ike.configured().remoteVips().stream()
                .findFirst()
                .ifPresent(a -> values.put("PLUTO_PEER_SOURCEIP", a.toString()));
        putNumbered(values, "PLUTO_MY_SOURCEIP", ike.configured().localVips());
        putNumbered(values, "PLUTO_PEER_SOURCEIP", ike.configured().remoteVips());
        putNumbered(values, "PLUTO_DNS", ike.configured().dnsServers());
        return values;
    }

    /** What strongSwan has no names for. */
    static void putConfigured(Map<String, String> values, Configured configured) {
        putList(values, "CULVERT_DNS_DOMAINS", configured.dnsDomains());
        putList(
                values,
                "CULVERT_PEER_SUBNETS",
                configured.subnets().stream().map(IpPrefix::toString).toList());
        int number = 0;
        for (String anchor : configured.trustAnchors()) {
            values.put("CULVERT_DNSSEC_TA_" + ++number, anchor);
        }
    }

    private static void putList(Map<String, String> values, String name, List<String> list) {
        if (!list.isEmpty()) {
            values.put(name, String.join(" ", list));
        }
    }

    /** {@code NAME4_1}, {@code NAME6_1} and so on. */
    private static void putNumbered(
            Map<String, String> values, String name, List<IpAddress> addresses) {
        for (int version : new int[] {4, 6}) {
            int number = 0;
            for (IpAddress address : addresses) {
                if (address.version() == version) {
                    values.put(name + version + "_" + ++number, address.toString());
                }
            }
        }
    }

    private static void putSelectors(
            Map<String, String> values, IkeSa ike, TrafficSelector local, TrafficSelector remote) {
        boolean host =
                local.start().equals(local.end())
                        && local.start().equals(IpAddress.of(ike.local().getAddress()));
        values.put(
                "PLUTO_VERB", (host ? "-host" : "-client") + (local.version() == 6 ? "-v6" : ""));
        values.put("PLUTO_MY_CLIENT", network(local));
        values.put("PLUTO_MY_PORT", port(local, remote, true));
        values.put("PLUTO_MY_PROTOCOL", Integer.toString(local.protocol()));
        values.put("PLUTO_PEER_CLIENT", network(remote));
        values.put("PLUTO_PEER_PORT", port(local, remote, false));
        values.put("PLUTO_PEER_PROTOCOL", Integer.toString(remote.protocol()));
    }

    /** The smallest network around a range. */
    private static String network(TrafficSelector selector) {
        int bits = selector.start().widthBits();
        while (!selector.start().networkStart(bits).equals(selector.end().networkStart(bits))) {
            bits--;
        }
        return selector.start().networkStart(bits) + "/" + bits;
    }

    private static String port(TrafficSelector local, TrafficSelector remote, boolean ofLocal) {
        int protocol = Math.max(local.protocol(), remote.protocol());
        if (protocol == ICMP || protocol == ICMPV6) {
            int typeAndCode = Math.max(local.startPort(), remote.startPort());
            return Integer.toString(ofLocal ? typeAndCode >>> 8 : typeAndCode & 0xff);
        }
        TrafficSelector selector = ofLocal ? local : remote;
        boolean any = selector.startPort() == 0 && selector.endPort() == 65535;
        return any || selector.startPort() == selector.endPort()
                ? Integer.toString(selector.startPort())
                : selector.startPort() + ":" + selector.endPort();
    }

    private static String id(Optional<Identity> identity) {
        return identity.map(Identity::text).orElse("%any");
    }
}
