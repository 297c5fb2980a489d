package dev.culvert.ike.ts;

import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import dev.culvert.ike.wire.Parsed;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A set of packets: a range of addresses of one version, one protocol or all, and a range of ports.
 *
 * <p>On the wire (RFC 7296, section 3.13.1):
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------------------------------+
 * |   TS Type     | IP Protocol ID|       Selector Length         |
 * +---------------+---------------+-------------------------------+
 * |          Start Port           |           End Port            |
 * +-------------------------------+-------------------------------+
 * |                 Starting Address (4 or 16 bytes)              |
 * +---------------------------------------------------------------+
 * |                  Ending Address (4 or 16 bytes)               |
 * +---------------------------------------------------------------+
 * </pre>
 *
 * @param protocol IP protocol number, 1 to 255; 0 for any
 * @param startPort lowest port, 0 to 65535. For ICMP and ICMPv6, type × 256 + code
 * @param endPort highest port, not below {@code startPort}, except for "opaque" (65535 to 0):
 *     packets whose ports cannot be seen
 * @param start lowest address
 * @param end highest address: same version, not below {@code start}
 */
public record TrafficSelector(
        int protocol, int startPort, int endPort, IpAddress start, IpAddress end) {
    /** Any protocol. */
    public static final int ANY_PROTOCOL = 0;

    /** Wire type of an IPv4 range. */
    public static final int TS_IPV4_ADDR_RANGE = 7;

    /** Wire type of an IPv6 range. */
    public static final int TS_IPV6_ADDR_RANGE = 8;

    /**
     * Stands for "cannot be seen", above all ports: part of "any", and all of "opaque" (RFC 4301,
     * 4.4.1.1).
     */
    private static final int UNSEEN_PORT = 65536;

    /** Checks the ranges. */
    public TrafficSelector {
        if (protocol < 0 || protocol > 255 || startPort >>> 16 != 0 || endPort >>> 16 != 0) {
            throw new IllegalArgumentException(
                    "protocol " + protocol + ", ports " + startPort + " to " + endPort);
        }
        if (startPort > endPort && !(startPort == 65535 && endPort == 0)) {
            throw new IllegalArgumentException("ports " + startPort + " to " + endPort);
        }
        if (start.version() != end.version() || start.compareTo(end) > 0) {
            throw new IllegalArgumentException("addresses " + start + " to " + end);
        }
    }

    /** From the wire; empty if a range ends before it starts. */
    public static Optional<TrafficSelector> ofWire(
            int protocol, int startPort, int endPort, Bytes start, Bytes end) {
        IpAddress first = IpAddress.ofBytes(start.toArray());
        IpAddress last = IpAddress.ofBytes(end.toArray());
        boolean opaque = startPort == 65535 && endPort == 0;
        if ((startPort > endPort && !opaque) || first.compareTo(last) > 0) {
            return Optional.empty();
        }
        return Optional.of(new TrafficSelector(protocol, startPort, endPort, first, last));
    }

    /** All packets of one address. */
    public static TrafficSelector host(IpAddress address) {
        return new TrafficSelector(ANY_PROTOCOL, 0, 65535, address, address);
    }

    /** All packets of a network. */
    public static TrafficSelector network(IpAddress address, int prefixBits) {
        return new TrafficSelector(
                ANY_PROTOCOL,
                0,
                65535,
                address.networkStart(prefixBits),
                address.networkEnd(prefixBits));
    }

    /** All packets of an IP version, 4 or 6. */
    public static TrafficSelector all(int version) {
        return network(version == 4 ? IpAddress.ANY_V4 : IpAddress.ANY_V6, 0);
    }

    /**
     * Reads swanctl's form: {@code 10.1.0.0/16}, {@code 10.1.0.1-10.1.0.9} or one address, followed
     * by nothing or {@code [protocol]}, {@code [protocol/port]}, {@code [protocol/from-to]}. {@code
     * dynamic} is the caller's, see {@link #parseDynamic}.
     */
    public static Parsed<TrafficSelector> parse(String text) {
        return TrafficSelectorParser.parse(text);
    }

    /**
     * Reads {@code dynamic} with or without {@code [protocol/port]}: a selector for {@code
     * address}. Empty if the text does not start with {@code dynamic}.
     */
    public static Optional<Parsed<TrafficSelector>> parseDynamic(String text, IpAddress address) {
        return TrafficSelectorParser.parseDynamic(text, address);
    }

    /** 4 or 6. */
    public int version() {
        return start.version();
    }

    /** Whether it means exactly one address, with any protocol and ports. */
    public boolean isHost() {
        return start.equals(end);
    }

    /** Whether it matches only packets whose ports cannot be seen. */
    public boolean isOpaque() {
        return startPort > endPort;
    }

    /** Whether ports don't matter. */
    public boolean hasAnyPort() {
        return startPort == 0 && endPort == 65535;
    }

    /** Whether every packet of {@code other} is one of this. */
    public boolean contains(TrafficSelector other) {
        return intersect(other).filter(other::equals).isPresent();
    }

    /** Whether a packet with this address, protocol and port is in the set. */
    public boolean contains(IpAddress address, int packetProtocol, int port) {
        return containsAddress(address)
                && (protocol == ANY_PROTOCOL || protocol == packetProtocol)
                && (hasAnyPort() || (port >= startPort && port <= endPort));
    }

    /** Whether the address is in the range. */
    public boolean containsAddress(IpAddress address) {
        return address.version() == version()
                && address.compareTo(start) >= 0
                && address.compareTo(end) <= 0;
    }

    /** The packets that are in both; empty if there are none. */
    public Optional<TrafficSelector> intersect(TrafficSelector other) {
        if (version() != other.version()
                || start.compareTo(other.end) > 0
                || other.start.compareTo(end) > 0) {
            return Optional.empty();
        }
        if (protocol != other.protocol
                && protocol != ANY_PROTOCOL
                && other.protocol != ANY_PROTOCOL) {
            return Optional.empty();
        }
        int lowest = Math.max(lowestPort(), other.lowestPort());
        int highest = Math.min(highestPort(), other.highestPort());
        if (lowest > highest) {
            return Optional.empty();
        }
        boolean opaque = lowest == UNSEEN_PORT;
        return Optional.of(
                new TrafficSelector(
                        Math.max(protocol, other.protocol),
                        opaque ? 65535 : lowest,
                        opaque ? 0 : Math.min(highest, 65535),
                        start.compareTo(other.start) >= 0 ? start : other.start,
                        end.compareTo(other.end) <= 0 ? end : other.end));
    }

    /**
     * The fewest networks that cover exactly the address range, in ascending order; at most 62
     * (IPv4) or 254 (IPv6).
     */
    public List<IpPrefix> toPrefixes() {
        List<IpPrefix> prefixes = new ArrayList<>();
        Optional<IpAddress> next = Optional.of(start);
        while (next.isPresent() && next.get().compareTo(end) <= 0) {
            IpAddress first = next.get();
            int bits = first.widthBits();
            while (bits > 0
                    && first.networkStart(bits - 1).equals(first)
                    && first.networkEnd(bits - 1).compareTo(end) <= 0) {
                bits--;
            }
            prefixes.add(new IpPrefix(first, bits));
            next = first.networkEnd(bits).next();
        }
        return prefixes;
    }

    /**
     * As strongSwan prints it: {@code 10.1.0.0/16}, {@code 10.1.0.0/16[tcp/80]}, {@code
     * 10.1.0.1..10.1.0.9[17]}.
     */
    @Override
    public String toString() {
        List<IpPrefix> prefixes = toPrefixes();
        String addresses =
                prefixes.size() == 1 ? prefixes.getFirst().toString() : start + ".." + end;
        if (protocol == ANY_PROTOCOL && hasAnyPort()) {
            return addresses;
        }
        String name = protocol == ANY_PROTOCOL ? "" : IpProtocols.name(protocol);
        return addresses + "[" + name + (hasAnyPort() ? "" : "/" + portText()) + "]";
    }

    int lowestPort() {
        return isOpaque() ? UNSEEN_PORT : startPort;
    }

    int highestPort() {
        return isOpaque() || hasAnyPort() ? UNSEEN_PORT : endPort;
    }

    private String portText() {
        if (isOpaque()) {
            return "OPAQUE";
        }
        String first = portText(startPort);
        return startPort == endPort ? first : first + "-" + portText(endPort);
    }

    private String portText(int port) {
        if (!IpProtocols.isIcmp(protocol)) {
            return Integer.toString(port);
        }
        return (port >>> 8) + ((port & 0xff) == 0 ? "" : "(" + (port & 0xff) + ")");
    }
}
