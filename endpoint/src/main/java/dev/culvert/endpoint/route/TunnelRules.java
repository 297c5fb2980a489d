package dev.culvert.endpoint.route;

import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.IpPrefix;
import dev.culvert.tun.PortRange;
import dev.culvert.tun.Rule;
import dev.culvert.tun.RuleAction;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The policy rules that stand as long as the daemon runs.
 *
 * <pre>
 * P-1  iif lo udp sport 500/4500     goto P+1    reverse path lookups for our peers' packets
 * P    not fwmark M                  lookup T    everything but our own packets: into the tunnel
 * P+1  udp sport 500/4500            nop         where the jumps go
 * </pre>
 *
 * <p>Strict reverse path filtering asks where a packet to the peer would leave, without our mark,
 * but as if it came from {@code lo} and with the ports swapped. Without the first rule the answer
 * is the TUN interface whenever the tunnel's table covers the peer, and the peer's packets are
 * dropped where they come in. The kernel looks at ports in these lookups only while there is a rule
 * with ports that is not for {@code lo}: that is why the last rule names them, though it does
 * nothing. Only what this host sends or receives itself jumps; packets that are forwarded never
 * have {@code iif lo}.
 *
 * @param table the tunnel's routing table
 * @param priority of the rule that leads to it
 * @param fwmark mark of our own packets
 * @param ports that our sockets are bound to
 * @param listenAddresses that our sockets are bound to; empty: all of the host
 */
public record TunnelRules(
        int table,
        int priority,
        int fwmark,
        List<Integer> ports,
        List<InetAddress> listenAddresses) {
    private static final int PROTOCOL_UDP = 17;
    private static final int ALL_BITS = -1;

    public TunnelRules {
        ports = List.copyOf(ports);
        listenAddresses = List.copyOf(listenAddresses);
    }

    /** The rules of one family, in an order in which each works when it is added. */
    public List<Rule> forFamily(AddressFamily family) {
        List<Rule> rules = new ArrayList<>();
        for (int port : ports) {
            rules.add(
                    Rule.builder(family, priority + 1, 0)
                            .action(RuleAction.NOP)
                            .ipProtocol(PROTOCOL_UDP)
                            .sourcePorts(PortRange.single(port))
                            .build());
        }
        for (int port : ports) {
            for (Optional<IpPrefix> from : sources(family)) {
                Rule.Builder rule =
                        Rule.builder(family, priority - 1, priority + 1)
                                .action(RuleAction.GOTO)
                                .inputInterface("lo")
                                .ipProtocol(PROTOCOL_UDP)
                                .sourcePorts(PortRange.single(port));
                from.ifPresent(rule::from);
                rules.add(rule.build());
            }
        }
        // Without a mark the jumps alone keep our own packets out.
        Rule.Builder lookup = Rule.builder(family, priority, table);
        rules.add((fwmark == 0 ? lookup : lookup.inverted().mark(fwmark, ALL_BITS)).build());
        return rules;
    }

    private List<Optional<IpPrefix>> sources(AddressFamily family) {
        if (listenAddresses.isEmpty()) {
            return List.of(Optional.empty());
        }
        return listenAddresses.stream()
                .filter(address -> AddressFamily.of(address) == family)
                .map(address -> Optional.of(IpPrefix.host(address)))
                .toList();
    }
}
