package dev.culvert.esp.policy;

import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.sa.SelectorPair;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Rules in order, per family, compared one after the other. */
final class LinearPolicyIndex implements PolicyIndex {

    private static final Comparator<Rule> ORDER =
            Comparator.comparingInt(Rule::priority)
                    .thenComparing(Rule::pair, SelectorPair.MOST_SPECIFIC_FIRST)
                    .thenComparing(Rule::isSa, Comparator.reverseOrder());

    private final PolicyEntry none;
    private final List<Rule> ipv4 = new ArrayList<>();
    private final List<Rule> ipv6 = new ArrayList<>();
    private Rule[] ipv4Rules = new Rule[0];
    private Rule[] ipv6Rules = new Rule[0];

    private record Rule(SelectorPair pair, int priority, boolean isSa, PolicyEntry entry) {}

    LinearPolicyIndex(PolicyEntry none) {
        this.none = none;
    }

    @Override
    public void add(SelectorPair pair, int priority, boolean isSa, PolicyEntry entry) {
        final Rule rule = new Rule(pair, priority, isSa, entry);
        final List<Rule> rules = pair.isIpv6() ? ipv6 : ipv4;
        rules.add(firstNotBefore(rules, rule), rule);
        publish();
    }

    private static int firstNotBefore(List<Rule> rules, Rule rule) {
        int low = 0;
        int high = rules.size();
        while (low < high) {
            final int middle = (low + high) >>> 1;
            if (ORDER.compare(rules.get(middle), rule) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    @Override
    public void remove(PolicyEntry entry) {
        ipv4.removeIf(rule -> rule.entry.equals(entry));
        ipv6.removeIf(rule -> rule.entry.equals(entry));
        publish();
    }

    @Override
    public PolicyEntry find(InnerPacket packet) {
        for (final Rule rule : packet.isIpv6() ? ipv6Rules : ipv4Rules) {
            if (rule.pair.matchesOutbound(packet)) {
                return rule.entry;
            }
        }
        return none;
    }

    private void publish() {
        ipv4Rules = ipv4.toArray(new Rule[0]);
        ipv6Rules = ipv6.toArray(new Rule[0]);
    }
}
