package dev.culvert.tun;

import java.util.Optional;

/**
 * A policy routing rule: rules are asked in the order of their priority which table to look into.
 *
 * @param family which packets; the two families have separate rules
 * @param priority 0 to 2^31-1, lower first; the kernel's own are 0 (local), 32766 (main) and 32767
 * @param action what to do with what matches
 * @param table for {@link RuleAction#LOOKUP}: the routing table; for {@link RuleAction#GOTO}: the
 *     priority of the rule to jump to; else 0
 * @param inverted whether it matches all that the conditions do not
 * @param mark compared with the packet's mark after masking; counts only if {@code markMask} is not
 *     0
 * @param markMask bits of the mark that count; 0 for any mark
 * @param from source network
 * @param to destination network
 * @param inputInterface name of the interface it came in by; {@code lo} for what this host sends;
 *     empty for any
 * @param outputInterface name of the interface that the socket is bound to; empty for any
 * @param ipProtocol 1 to 255, or 0 for any
 * @param sourcePorts source ports
 * @param destinationPorts destination ports
 * @param suppressPrefixLength ignores answers of the table with this prefix length or shorter; -1
 *     for none
 */
public record Rule(
        AddressFamily family,
        int priority,
        RuleAction action,
        int table,
        boolean inverted,
        int mark,
        int markMask,
        Optional<IpPrefix> from,
        Optional<IpPrefix> to,
        String inputInterface,
        String outputInterface,
        int ipProtocol,
        Optional<PortRange> sourcePorts,
        Optional<PortRange> destinationPorts,
        int suppressPrefixLength) {

    /**
     * A rule that sends all of {@code family} to {@code table}; narrow it with the other methods.
     */
    public static Rule lookup(AddressFamily family, int priority, int table) {
        return builder(family, priority, table).build();
    }

    /** A builder that begins with a rule that sends all of {@code family} to {@code table}. */
    public static Builder builder(AddressFamily family, int priority, int table) {
        return new Builder(family, priority, table);
    }

    /** Collects the conditions of a rule. */
    public static final class Builder {
        private final AddressFamily family;
        private final int priority;
        private final int table;
        private RuleAction action = RuleAction.LOOKUP;
        private boolean inverted;
        private int mark;
        private int markMask;
        private Optional<IpPrefix> from = Optional.empty();
        private Optional<IpPrefix> to = Optional.empty();
        private String inputInterface = "";
        private String outputInterface = "";
        private int ipProtocol;
        private Optional<PortRange> sourcePorts = Optional.empty();
        private Optional<PortRange> destinationPorts = Optional.empty();
        private int suppressPrefixLength = -1;

        private Builder(AddressFamily family, int priority, int table) {
            this.family = family;
            this.priority = priority;
            this.table = table;
        }

        public Builder action(RuleAction newAction) {
            action = newAction;
            return this;
        }

        /** Matches all that the conditions do not. */
        public Builder inverted() {
            inverted = true;
            return this;
        }

        /** Matches packets whose mark, masked, equals {@code newMark}. */
        public Builder mark(int newMark, int newMarkMask) {
            mark = newMark;
            markMask = newMarkMask;
            return this;
        }

        public Builder from(IpPrefix prefix) {
            from = Optional.of(prefix);
            return this;
        }

        public Builder to(IpPrefix prefix) {
            to = Optional.of(prefix);
            return this;
        }

        public Builder inputInterface(String name) {
            inputInterface = name;
            return this;
        }

        public Builder outputInterface(String name) {
            outputInterface = name;
            return this;
        }

        /** Matches an IP protocol, such as 17 for UDP. */
        public Builder ipProtocol(int newIpProtocol) {
            ipProtocol = newIpProtocol;
            return this;
        }

        public Builder sourcePorts(PortRange ports) {
            sourcePorts = Optional.of(ports);
            return this;
        }

        public Builder destinationPorts(PortRange ports) {
            destinationPorts = Optional.of(ports);
            return this;
        }

        /** Ignores answers of the table with this prefix length or shorter. */
        public Builder suppressPrefixLength(int prefixLength) {
            suppressPrefixLength = prefixLength;
            return this;
        }

        public Rule build() {
            return new Rule(
                    family,
                    priority,
                    action,
                    table,
                    inverted,
                    mark,
                    markMask,
                    from,
                    to,
                    inputInterface,
                    outputInterface,
                    ipProtocol,
                    sourcePorts,
                    destinationPorts,
                    suppressPrefixLength);
        }
    }
}
