package dev.culvert.endpoint.dataplane;

import dev.culvert.ike.config.ChildConfig;

/**
 * Which policy is looked at first: lower numbers before higher ones. As in strongSwan, what passes
 * in clear comes before what is protected, and what is dropped comes last; a priority from the
 * configuration counts instead of these. Among equal numbers the dataplane takes the most specific
 * selectors, and an SA before the policy that it was made for.
 */
final class PolicyPriority {
    static final int PASS = 200_000;
    static final int PROTECT = 400_000;
    static final int DROP = 800_000;

    private PolicyPriority() {}

    static int of(ChildConfig child) {
        if (child.priority() != 0) {
            return child.priority();
        }
        return switch (child.mode()) {
            case PASS -> PASS;
            case TUNNEL -> PROTECT;
            case DROP -> DROP;
        };
    }
}
