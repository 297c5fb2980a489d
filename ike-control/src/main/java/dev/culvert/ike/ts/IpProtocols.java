package dev.culvert.ike.ts;

import java.util.Map;
import java.util.Optional;

/** Names of IP protocols, as Linux systems know them. */
final class IpProtocols {
    static final int ICMP = 1;
    static final int ICMPV6 = 58;

    private static final Map<Integer, String> NAMES =
            Map.ofEntries(
                    Map.entry(ICMP, "icmp"),
                    Map.entry(2, "igmp"),
                    Map.entry(4, "ipencap"),
                    Map.entry(6, "tcp"),
                    Map.entry(17, "udp"),
                    Map.entry(33, "dccp"),
                    Map.entry(41, "ipv6"),
                    Map.entry(47, "gre"),
                    Map.entry(50, "esp"),
                    Map.entry(51, "ah"),
                    Map.entry(ICMPV6, "ipv6-icmp"),
                    Map.entry(88, "eigrp"),
                    Map.entry(89, "ospf"),
                    Map.entry(103, "pim"),
                    Map.entry(108, "ipcomp"),
                    Map.entry(112, "vrrp"),
                    Map.entry(115, "l2tp"),
                    Map.entry(132, "sctp"),
                    Map.entry(136, "udplite"));

    private static final Map<String, Integer> OTHER_NAMES =
            Map.of("icmpv6", ICMPV6, "icmp6", ICMPV6, "ipip", 4, "ospfigp", 89);

    private IpProtocols() {}

    static boolean isIcmp(int protocol) {
        return protocol == ICMP || protocol == ICMPV6;
    }

    static String name(int protocol) {
        return NAMES.getOrDefault(protocol, Integer.toString(protocol));
    }

    static Optional<Integer> number(String name) {
        return NAMES.entrySet().stream()
                .filter(entry -> entry.getValue().equals(name))
                .map(Map.Entry::getKey)
                .findFirst()
                .or(() -> Optional.ofNullable(OTHER_NAMES.get(name)));
    }
}
