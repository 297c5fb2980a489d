package dev.culvert.esp.policy;

import dev.culvert.esp.PolicyAction;
import dev.culvert.esp.SaSelectors;
import dev.culvert.esp.sa.OutboundSa;

/** What a lookup finds: an SA, a policy, or nothing. */
public sealed interface PolicyEntry {

    /** An SA takes the packet. */
    record Sa(OutboundSa sa) implements PolicyEntry {}

    /** An SA of another agent takes the packet. */
    record Elsewhere(int agent, long childId, int spi) implements PolicyEntry {}

    /** A policy decides. */
    record Policy(long policyId, int priority, SaSelectors selectors, PolicyAction action)
            implements PolicyEntry {}

    /** Nothing matches. */
    record None() implements PolicyEntry {}
}
