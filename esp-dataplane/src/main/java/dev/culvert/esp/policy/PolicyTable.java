package dev.culvert.esp.policy;

import dev.culvert.esp.DataplaneCommand.InstallPolicy;
import dev.culvert.esp.PolicyAction;
import dev.culvert.esp.SaSelectors;
import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.sa.OutboundSa;
import dev.culvert.esp.sa.SelectorPair;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Outbound SAs and policies in one order: priority (lower first), then how specific the selectors
 * are, then SAs before policies, then the newest first. So a rekeyed SA takes over from its
 * predecessor, and a trap policy with the selectors of an SA only sees packets while that SA is
 * away.
 */
public final class PolicyTable {

    private final PolicyEntry none = new PolicyEntry.None();
    private final PolicyIndex index = new TuplePolicyIndex(none);
    private final Map<OutboundSa, PolicyEntry.Sa> sas = new HashMap<>();
    private final Map<Long, PolicyEntry.Policy> policies = new HashMap<>();

    /** An empty table. */
    public PolicyTable() {}

    /** Adds an SA. */
    public void add(OutboundSa sa) {
        final PolicyEntry.Sa entry = new PolicyEntry.Sa(sa);
        sas.put(sa, entry);
        for (final SelectorPair pair : SelectorPair.of(sa.selectors())) {
            index.add(pair, sa.priority(), true, entry);
        }
    }

    /** Removes an SA. */
    public void remove(OutboundSa sa) {
        Optional.ofNullable(sas.remove(sa)).ifPresent(index::remove);
    }

    /** Adds another agent's SA. */
    public void add(PolicyEntry.Elsewhere entry, int priority, SaSelectors selectors) {
        for (final SelectorPair pair : SelectorPair.of(selectors)) {
            index.add(pair, priority, true, entry);
        }
    }

    /** Removes another agent's SA. */
    public void remove(PolicyEntry.Elsewhere entry) {
        index.remove(entry);
    }

    /** Adds a policy, in place of one with the same number. */
    public void add(InstallPolicy command) {
        remove(command.policyId());
        final PolicyEntry.Policy entry =
                new PolicyEntry.Policy(
                        command.policyId(),
                        command.priority(),
                        command.selectors(),
                        command.action());
        policies.put(command.policyId(), entry);
        for (final SelectorPair pair : SelectorPair.of(command.selectors())) {
            index.add(pair, command.priority(), false, entry);
        }
    }

    /** Removes a policy. */
    public void remove(long policyId) {
        Optional.ofNullable(policies.remove(policyId)).ifPresent(index::remove);
    }

    /** True when a policy has this action. */
    public boolean hasAction(long policyId, PolicyAction action) {
        final PolicyEntry.Policy policy = policies.get(policyId);
        return policy != null && policy.action() == action;
    }

    /** What takes a packet. */
    public PolicyEntry lookup(InnerPacket packet) {
        return index.find(packet);
    }
}
