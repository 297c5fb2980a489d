package dev.culvert.tun;

import static dev.culvert.tun.NetlinkDescriptor.*;

import java.net.InetAddress;
import java.util.Optional;
import org.agrona.DirectBuffer;

/** Encodes and decodes policy rule messages ({@code struct fib_rule_hdr}). */
final class RuleCodec {
    private RuleCodec() {}

    static void encodeList(NetlinkWriter writer, AddressFamily family) {
        writer.begin(RTM_GETRULE, NLM_F_REQUEST | NLM_F_DUMP, RULE_LENGTH_BYTES)
                .fixedByte(0, family.number());
    }

    static void encodeAdd(NetlinkWriter writer, Rule rule) {
        encode(writer, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule);
        writer.attributeByte(FRA_PROTOCOL, Route.PROTOCOL_STATIC);
    }

    static void encodeDelete(NetlinkWriter writer, Rule rule) {
        encode(writer, RTM_DELRULE, 0, rule);
    }

    static Optional<Rule> decode(DirectBuffer buffer, int offset, int end) {
        if (offset + RULE_LENGTH_BYTES > end) {
            return Optional.empty();
        }
        int familyNumber = buffer.getByte(offset);
        if (familyNumber != 2 && familyNumber != 10) {
            return Optional.empty();
        }
        return Optional.of(
                new Body(buffer, offset, end)
                        .toRule(familyNumber == 2 ? AddressFamily.IPV4 : AddressFamily.IPV6));
    }

    private static void encode(NetlinkWriter writer, int messageType, int flags, Rule rule) {
        int fromLength = rule.from().map(IpPrefix::prefixLength).orElse(0);
        int toLength = rule.to().map(IpPrefix::prefixLength).orElse(0);
        boolean isJump = rule.action() == RuleAction.GOTO;
        writer.begin(messageType, NLM_F_REQUEST | NLM_F_ACK | flags, RULE_LENGTH_BYTES)
                .fixedByte(0, rule.family().number())
                .fixedByte(RTMSG_DESTINATION_LENGTH_OFFSET, toLength)
                .fixedByte(RTMSG_SOURCE_LENGTH_OFFSET, fromLength)
                .fixedByte(RTMSG_TABLE_OFFSET, isJump || rule.table() > 255 ? 0 : rule.table())
                .fixedByte(RULE_ACTION_OFFSET, rule.action().number())
                .fixedInt(RTMSG_FLAGS_OFFSET, rule.inverted() ? FIB_RULE_INVERT : 0)
                .attributeInt(FRA_PRIORITY, rule.priority());
        if (rule.table() != 0) {
            writer.attributeInt(isJump ? FRA_GOTO : FRA_TABLE, rule.table());
        }
        if (toLength > 0) {
            rule.to().ifPresent(to -> writer.attribute(FRA_DST, to.address()));
        }
        if (fromLength > 0) {
            rule.from().ifPresent(from -> writer.attribute(FRA_SRC, from.address()));
        }
        if (rule.markMask() != 0) {
            writer.attributeInt(FRA_FWMARK, rule.mark()).attributeInt(FRA_FWMASK, rule.markMask());
        }
        if (!rule.inputInterface().isEmpty()) {
            writer.attributeString(FRA_IIFNAME, rule.inputInterface());
        }
        if (!rule.outputInterface().isEmpty()) {
            writer.attributeString(FRA_OIFNAME, rule.outputInterface());
        }
        if (rule.ipProtocol() != 0) {
            writer.attributeByte(FRA_IP_PROTO, rule.ipProtocol());
        }
        rule.sourcePorts().ifPresent(ports -> writer.attributePorts(FRA_SPORT_RANGE, ports));
        rule.destinationPorts().ifPresent(ports -> writer.attributePorts(FRA_DPORT_RANGE, ports));
        if (rule.suppressPrefixLength() >= 0) {
            writer.attributeInt(FRA_SUPPRESS_PREFIXLEN, rule.suppressPrefixLength());
        }
    }

    /** The attributes of a rule message. */
    private static final class Body {
        private final int toLength;
        private final int fromLength;
        private final RuleAction action;
        private final boolean inverted;
        private Optional<InetAddress> to = Optional.empty();
        private Optional<InetAddress> from = Optional.empty();
        private int priority;
        private int table;
        private int jumpTo;
        private int mark;
        private int markMask;
        private String inputInterface = "";
        private String outputInterface = "";
        private int ipProtocol;
        private Optional<PortRange> sourcePorts = Optional.empty();
        private Optional<PortRange> destinationPorts = Optional.empty();
        private int suppressPrefixLength = -1;

        Body(DirectBuffer buffer, int offset, int end) {
            toLength = buffer.getByte(offset + RTMSG_DESTINATION_LENGTH_OFFSET) & 0xff;
            fromLength = buffer.getByte(offset + RTMSG_SOURCE_LENGTH_OFFSET) & 0xff;
            table = buffer.getByte(offset + RTMSG_TABLE_OFFSET) & 0xff;
            action = RuleAction.ofNumber(buffer.getByte(offset + RULE_ACTION_OFFSET) & 0xff);
            inverted = (buffer.getInt(offset + RTMSG_FLAGS_OFFSET) & FIB_RULE_INVERT) != 0;
            AttributeReader reader = new AttributeReader(buffer, offset + RULE_LENGTH_BYTES, end);
            while (reader.next()) {
                read(reader);
            }
        }

        private void read(AttributeReader reader) {
            switch (reader.type()) {
                case FRA_DST -> to = reader.address();
                case FRA_SRC -> from = reader.address();
                case FRA_IIFNAME -> inputInterface = reader.string();
                case FRA_OIFNAME -> outputInterface = reader.string();
                case FRA_PRIORITY -> priority = reader.intValue();
                case FRA_TABLE -> table = reader.intValue();
                case FRA_GOTO -> jumpTo = reader.intValue();
                case FRA_FWMARK -> mark = reader.intValue();
                case FRA_FWMASK -> markMask = reader.intValue();
                case FRA_IP_PROTO -> ipProtocol = reader.byteValue();
                case FRA_SPORT_RANGE -> sourcePorts = reader.ports();
                case FRA_DPORT_RANGE -> destinationPorts = reader.ports();
                case FRA_SUPPRESS_PREFIXLEN -> suppressPrefixLength = reader.intValue();
                default -> {}
            }
        }

        Rule toRule(AddressFamily family) {
            return new Rule(
                    family,
                    priority,
                    action,
                    action == RuleAction.GOTO ? jumpTo : table,
                    inverted,
                    mark,
                    markMask,
                    prefix(family, from, fromLength),
                    prefix(family, to, toLength),
                    inputInterface,
                    outputInterface,
                    ipProtocol,
                    sourcePorts,
                    destinationPorts,
                    suppressPrefixLength);
        }

        private static Optional<IpPrefix> prefix(
                AddressFamily family, Optional<InetAddress> address, int prefixLength) {
            return prefixLength > family.addressLengthBytes() * 8
                    ? Optional.empty()
                    : address.map(ip -> new IpPrefix(ip, prefixLength));
        }
    }
}
