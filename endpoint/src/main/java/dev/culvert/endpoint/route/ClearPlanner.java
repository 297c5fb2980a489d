package dev.culvert.endpoint.route;

import dev.culvert.ike.ts.TrafficSelector;
import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.IpPrefix;
import dev.culvert.tun.PortRange;
import dev.culvert.tun.Rule;
import dev.culvert.tun.RuleAction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Turns {@code mode = pass} policies into policy rules. A packet that passes never enters the TUN
 * interface: its rule jumps over the one that leads to the tunnel's routing table. A protected
 * policy that is looked at before a pass policy, and overlaps it, gets a rule of its own in front.
 *
 * <p>What a rule cannot say (ICMP types, port 65535, packets without visible ports) goes into the
 * tunnel, where the dataplane drops it: the error is on the safe side.
 */
public final class ClearPlanner {
    /** How many rules there may be for one family. */
    public static final int MAX_RULES = 64;

    private static final int PROTOCOL_ICMP = 1;
    private static final int PROTOCOL_ICMPV6 = 58;
    private static final int LAST_RULE_PORT = 65534;

    private final int table;
    private final int tunnelPriority;

    /**
     * @param table the tunnel's routing table
     * @param tunnelPriority priority of the rule that leads to it; above {@link #MAX_RULES} + 1
     */
    public ClearPlanner(int table, int tunnelPriority) {
        this.table = table;
        this.tunnelPriority = tunnelPriority;
    }

    /** A plan that cannot be carried out as a whole. */
    public static final class TooManyRulesException extends Exception {
        private static final long serialVersionUID = 1L;

        TooManyRulesException(int wanted) {
            super(
                    "pass policies need "
                            + wanted
                            + " policy rules, and at most "
                            + MAX_RULES
                            + " are possible: use fewer or wider selectors");
        }
    }

    /**
     * Plans all rules anew.
     *
     * @param policies all policies, in any order
     * @return rules whose priorities say which is asked first, all below the tunnel's own
     * @throws TooManyRulesException if one family needs more than {@link #MAX_RULES}
     */
    public List<Rule> plan(List<ClearPolicy> policies) throws TooManyRulesException {
        List<ClearPolicy> ordered =
                policies.stream().sorted(Comparator.comparingInt(ClearPolicy::priority)).toList();
        List<Rule> all = new ArrayList<>();
        for (AddressFamily family : AddressFamily.values()) {
            Set<Rule> rules = new LinkedHashSet<>();
            for (int i = 0; i < ordered.size(); i++) {
                ClearPolicy policy = ordered.get(i);
                if (policy.passes() || hidesPass(policy, ordered.subList(i + 1, ordered.size()))) {
                    rules.addAll(rules(policy, family));
                }
            }
            if (rules.size() > MAX_RULES) {
                throw new TooManyRulesException(rules.size());
            }
            int priority = tunnelPriority - 1 - rules.size();
            for (Rule rule : rules) {
                all.add(withPriority(rule, priority++));
            }
        }
        return all;
    }

    private static boolean hidesPass(ClearPolicy policy, List<ClearPolicy> later) {
        return later.stream()
                .anyMatch(other ->
                        other.passes()
                                && other.priority() > policy.priority()
                                && overlap(policy.remote(), other.remote())
                                && overlap(policy.local(), other.local()));
    }

    private static boolean overlap(List<TrafficSelector> some, List<TrafficSelector> others) {
        return some.stream()
                .anyMatch(a -> others.stream().anyMatch(b -> a.intersect(b).isPresent()));
    }

    private List<Rule> rules(ClearPolicy policy, AddressFamily family) {
        List<Rule> rules = new ArrayList<>();
        for (TrafficSelector local : policy.local()) {
            for (TrafficSelector remote : policy.remote()) {
                if (isOf(family, local) && isOf(family, remote)) {
                    rules.addAll(rules(policy.passes(), family, local, remote));
                }
            }
        }
        return rules;
    }

    private List<Rule> rules(
            boolean passes, AddressFamily family, TrafficSelector local, TrafficSelector remote) {
        Optional<Integer> protocol = commonProtocol(local, remote);
        if (protocol.isEmpty() || (passes && !(isExpressible(local) && isExpressible(remote)))) {
            return List.of();
        }
        List<Rule> rules = new ArrayList<>();
        for (IpPrefix from : RoutePlanner.prefixes(local)) {
            for (IpPrefix to : RoutePlanner.prefixes(remote)) {
                Rule.Builder rule =
                        passes
                                ? Rule.builder(family, 0, tunnelPriority + 1)
                                        .action(RuleAction.GOTO)
                                : Rule.builder(family, 0, table);
                if (from.prefixLength() > 0) {
                    rule.from(from);
                }
                if (to.prefixLength() > 0) {
                    rule.to(to);
                }
                // A protected policy's rule may match too much, never too little.
                if (isExpressible(local) && isExpressible(remote)) {
                    rule.ipProtocol(protocol.get());
                    ports(local).ifPresent(rule::sourcePorts);
                    ports(remote).ifPresent(rule::destinationPorts);
                }
                rules.add(rule.build());
            }
        }
        return rules;
    }

    private static boolean isOf(AddressFamily family, TrafficSelector selector) {
        return selector.version() == (family == AddressFamily.IPV4 ? 4 : 6);
    }

    private static Optional<Integer> commonProtocol(TrafficSelector local, TrafficSelector remote) {
        if (local.protocol() == remote.protocol()
                || remote.protocol() == TrafficSelector.ANY_PROTOCOL) {
            return Optional.of(local.protocol());
        }
        return local.protocol() == TrafficSelector.ANY_PROTOCOL
                ? Optional.of(remote.protocol())
                : Optional.empty();
    }

    private static boolean isExpressible(TrafficSelector selector) {
        if (selector.hasAnyPort()) {
            return true;
        }
        return !selector.isOpaque()
                && selector.protocol() != TrafficSelector.ANY_PROTOCOL
                && selector.protocol() != PROTOCOL_ICMP
                && selector.protocol() != PROTOCOL_ICMPV6
                && Math.max(1, selector.startPort())
                        <= Math.min(LAST_RULE_PORT, selector.endPort());
    }

    private static Optional<PortRange> ports(TrafficSelector selector) {
        return selector.hasAnyPort()
                ? Optional.empty()
                : Optional.of(
                        new PortRange(
                                Math.max(1, selector.startPort()),
                                Math.min(LAST_RULE_PORT, selector.endPort())));
    }

    private static Rule withPriority(Rule rule, int priority) {
        return new Rule(
                rule.family(),
                priority,
                rule.action(),
                rule.table(),
                rule.inverted(),
                rule.mark(),
                rule.markMask(),
                rule.from(),
                rule.to(),
                rule.inputInterface(),
                rule.outputInterface(),
                rule.ipProtocol(),
                rule.sourcePorts(),
                rule.destinationPorts(),
                rule.suppressPrefixLength());
    }
}
