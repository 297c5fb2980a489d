package dev.culvert.tun;

import static dev.culvert.tun.NetlinkDescriptor.*;

import java.net.InetAddress;
import java.util.Optional;
import org.agrona.DirectBuffer;

/** Encodes and decodes route messages ({@code struct rtmsg}). */
final class RouteCodec {
    private RouteCodec() {}

    static void encodeList(NetlinkWriter writer, AddressFamily family) {
        writer.begin(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, RTMSG_LENGTH_BYTES)
                .fixedByte(0, family.number());
    }

    static void encodeAdd(NetlinkWriter writer, Route route, boolean replace) {
        int flags = NLM_F_CREATE | (replace ? NLM_F_REPLACE : NLM_F_EXCL);
        encode(writer, RTM_NEWROUTE, flags, route, scope(route));
        if (route.mtuBytes() != 0) {
            int metrics = writer.beginNested(RTA_METRICS);
            writer.attributeInt(RTAX_MTU, route.mtuBytes());
            writer.endNested(metrics);
        }
    }

    static void encodeDelete(NetlinkWriter writer, Route route) {
        int anyScope = route.family() == AddressFamily.IPV4 ? RT_SCOPE_NOWHERE : 0;
        encode(writer, RTM_DELROUTE, 0, route, anyScope);
    }

    static void encodeLookup(NetlinkWriter writer, RouteQuery query) {
        AddressFamily family = AddressFamily.of(query.destination());
        int hostBits = family.addressLengthBytes() * 8;
        writer.begin(RTM_GETROUTE, NLM_F_REQUEST, RTMSG_LENGTH_BYTES)
                .fixedByte(0, family.number())
                .fixedByte(RTMSG_DESTINATION_LENGTH_OFFSET, hostBits)
                .fixedByte(RTMSG_SOURCE_LENGTH_OFFSET, query.source().isPresent() ? hostBits : 0)
                .fixedInt(RTMSG_FLAGS_OFFSET, RTM_F_LOOKUP_TABLE)
                .attribute(RTA_DST, query.destination());
        query.source().ifPresent(source -> writer.attribute(RTA_SRC, source));
        if (query.mark() != 0) {
            writer.attributeInt(RTA_MARK, query.mark());
        }
        query.userId().ifPresent(userId -> writer.attributeInt(RTA_UID, userId));
        if (query.outputLinkIndex() != 0) {
            writer.attributeInt(RTA_OIF, query.outputLinkIndex());
        }
    }

    static Optional<Route> decode(DirectBuffer buffer, int offset, int end) {
        Optional<AddressFamily> family = family(buffer, offset, end);
        if (family.isEmpty()) {
            return Optional.empty();
        }
        Body body = new Body(buffer, offset, end);
        int prefixLength = buffer.getByte(offset + RTMSG_DESTINATION_LENGTH_OFFSET) & 0xff;
        InetAddress network =
                body.destination.orElseGet(() -> IpPrefix.any(family.get()).address());
        if (prefixLength > family.get().addressLengthBytes() * 8) {
            return Optional.empty();
        }
        return Optional.of(
                new Route(
                        RouteType.ofNumber(buffer.getByte(offset + RTMSG_TYPE_OFFSET) & 0xff),
                        new IpPrefix(network, prefixLength),
                        body.table,
                        body.outputLinkIndex,
                        body.gateway,
                        body.preferredSource,
                        body.metric,
                        body.mtuBytes,
                        buffer.getByte(offset + RTMSG_PROTOCOL_OFFSET) & 0xff));
    }

    /** Whether it is a copy that the kernel made of a route for one destination. */
    static boolean isCloned(DirectBuffer buffer, int offset, int end) {
        return offset + RTMSG_LENGTH_BYTES <= end
                && (buffer.getInt(offset + RTMSG_FLAGS_OFFSET) & RTM_F_CLONED) != 0;
    }

    static Optional<ResolvedRoute> decodeLookup(DirectBuffer buffer, int offset, int end) {
        return family(buffer, offset, end)
                .map(family -> {
                    Body body = new Body(buffer, offset, end);
                    int type = buffer.getByte(offset + RTMSG_TYPE_OFFSET) & 0xff;
                    return new ResolvedRoute(
                            RouteType.ofNumber(type),
                            body.outputLinkIndex,
                            body.preferredSource,
                            body.gateway,
                            body.mtuBytes,
                            body.table);
                });
    }

    private static Optional<AddressFamily> family(DirectBuffer buffer, int offset, int end) {
        if (offset + RTMSG_LENGTH_BYTES > end) {
            return Optional.empty();
        }
        return switch (buffer.getByte(offset)) {
            case 2 -> Optional.of(AddressFamily.IPV4);
            case 10 -> Optional.of(AddressFamily.IPV6);
            default -> Optional.empty();
        };
    }

    private static void encode(
            NetlinkWriter writer, int messageType, int flags, Route route, int scope) {
        writer.begin(messageType, NLM_F_REQUEST | NLM_F_ACK | flags, RTMSG_LENGTH_BYTES)
                .fixedByte(0, route.family().number())
                .fixedByte(RTMSG_DESTINATION_LENGTH_OFFSET, route.destination().prefixLength())
                .fixedByte(RTMSG_TABLE_OFFSET, route.table() < 256 ? route.table() : 0)
                .fixedByte(RTMSG_PROTOCOL_OFFSET, route.protocol())
                .fixedByte(RTMSG_SCOPE_OFFSET, scope)
                .fixedByte(RTMSG_TYPE_OFFSET, route.type().number())
                .attributeInt(RTA_TABLE, route.table());
        if (route.destination().prefixLength() > 0) {
            writer.attribute(RTA_DST, route.destination().address());
        }
        if (route.outputLinkIndex() != 0) {
            writer.attributeInt(RTA_OIF, route.outputLinkIndex());
        }
        route.gateway().ifPresent(gateway -> writer.attribute(RTA_GATEWAY, gateway));
        route.preferredSource().ifPresent(source -> writer.attribute(RTA_PREFSRC, source));
        if (route.metric() != 0) {
            writer.attributeInt(RTA_PRIORITY, route.metric());
        }
    }

    /** IPv4 wants a scope no wider than what the route reaches; IPv6 ignores it. */
    private static int scope(Route route) {
        if (route.family() == AddressFamily.IPV6) {
            return RT_SCOPE_UNIVERSE;
        }
        return switch (route.type()) {
            case LOCAL -> RT_SCOPE_HOST;
            case UNICAST -> route.gateway().isPresent() ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
            case BROADCAST, ANYCAST, MULTICAST -> RT_SCOPE_LINK;
            case BLACKHOLE, UNREACHABLE, PROHIBIT, THROW, OTHER -> RT_SCOPE_UNIVERSE;
        };
    }

    /** The attributes of a route message. */
    private static final class Body {
        Optional<InetAddress> destination = Optional.empty();
        Optional<InetAddress> gateway = Optional.empty();
        Optional<InetAddress> preferredSource = Optional.empty();
        int outputLinkIndex;
        int metric;
        int mtuBytes;
        int table;

        Body(DirectBuffer buffer, int offset, int end) {
            table = buffer.getByte(offset + RTMSG_TABLE_OFFSET) & 0xff;
            AttributeReader reader = new AttributeReader(buffer, offset + RTMSG_LENGTH_BYTES, end);
            while (reader.next()) {
                switch (reader.type()) {
                    case RTA_DST -> destination = reader.address();
                    case RTA_PREFSRC -> preferredSource = reader.address();
                    case RTA_PRIORITY -> metric = reader.intValue();
                    case RTA_TABLE -> table = reader.intValue();
                    case RTA_METRICS -> readMetrics(reader.nested());
                    case RTA_MULTIPATH -> readFirstNextHop(buffer, reader);
                    default -> readNextHop(reader);
                }
            }
        }

        private void readNextHop(AttributeReader reader) {
            switch (reader.type()) {
                case RTA_OIF -> outputLinkIndex = reader.intValue();
                case RTA_GATEWAY -> gateway = reader.address();
                case RTA_VIA -> gateway = reader.address(2);
                default -> {}
            }
        }

        private void readMetrics(AttributeReader reader) {
            while (reader.next()) {
                if (reader.type() == RTAX_MTU) {
                    mtuBytes = reader.intValue();
                }
            }
        }

        private void readFirstNextHop(DirectBuffer buffer, AttributeReader multipath) {
            if (multipath.dataLengthBytes() < RTNEXTHOP_LENGTH_BYTES) {
                return;
            }
            int start = multipath.dataOffset();
            outputLinkIndex = buffer.getInt(start + RTNEXTHOP_INTERFACE_OFFSET);
            int lengthBytes =
                    Math.min(buffer.getShort(start) & 0xffff, multipath.dataLengthBytes());
            AttributeReader reader =
                    new AttributeReader(
                            buffer, start + RTNEXTHOP_LENGTH_BYTES, start + lengthBytes);
            while (reader.next()) {
                readNextHop(reader);
            }
        }
    }
}
