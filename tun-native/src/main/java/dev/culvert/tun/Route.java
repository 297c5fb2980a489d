package dev.culvert.tun;

import java.net.InetAddress;
import java.util.Optional;

/**
 * A route.
 *
 * @param type what it does
 * @param destination what it matches
 * @param table routing table, 1 to 2^31-1; 254 is the main table
 * @param outputLinkIndex interface to leave by, or 0
 * @param gateway next hop
 * @param preferredSource source address for what this host itself sends
 * @param metric priority among equal prefixes, lower wins; 0 leaves the kernel's default (0 for
 *     IPv4, 1024 for IPv6)
 * @param mtuBytes path MTU, or 0 for the interface's
 * @param protocol who made it ({@code RTPROT_…}): 2 kernel, 3 boot, 4 static
 */
public record Route(
        RouteType type,
        IpPrefix destination,
        int table,
        int outputLinkIndex,
        Optional<InetAddress> gateway,
        Optional<InetAddress> preferredSource,
        int metric,
        int mtuBytes,
        int protocol) {
    /** The main table's number. */
    public static final int MAIN_TABLE = 254;

    /** {@code RTPROT_STATIC}: what routes made here say of themselves. */
    public static final int PROTOCOL_STATIC = 4;

    /** A route by an interface, in the main table. */
    public static Route via(IpPrefix destination, int outputLinkIndex) {
        return of(RouteType.UNICAST, destination).withOutputLinkIndex(outputLinkIndex);
    }

    /**
     * A route of a type that needs no interface (blackhole, unreachable, throw), in the main table.
     */
    public static Route of(RouteType type, IpPrefix destination) {
        return new Route(
                type,
                destination,
                MAIN_TABLE,
                0,
                Optional.empty(),
                Optional.empty(),
                0,
                0,
                PROTOCOL_STATIC);
    }

    public Route withTable(int newTable) {
        return new Route(
                type,
                destination,
                newTable,
                outputLinkIndex,
                gateway,
                preferredSource,
                metric,
                mtuBytes,
                protocol);
    }

    public Route withOutputLinkIndex(int newOutputLinkIndex) {
        return new Route(
                type,
                destination,
                table,
                newOutputLinkIndex,
                gateway,
                preferredSource,
                metric,
                mtuBytes,
                protocol);
    }

    public Route withGateway(InetAddress newGateway) {
        return new Route(
                type,
                destination,
                table,
                outputLinkIndex,
                Optional.of(newGateway),
                preferredSource,
                metric,
                mtuBytes,
                protocol);
    }

    public Route withPreferredSource(InetAddress newPreferredSource) {
        return new Route(
                type,
                destination,
                table,
                outputLinkIndex,
                gateway,
                Optional.of(newPreferredSource),
                metric,
                mtuBytes,
                protocol);
    }

    public Route withMetric(int newMetric) {
        return new Route(
                type,
                destination,
                table,
                outputLinkIndex,
                gateway,
                preferredSource,
                newMetric,
                mtuBytes,
                protocol);
    }

    public Route withMtuBytes(int newMtuBytes) {
        return new Route(
                type,
                destination,
                table,
                outputLinkIndex,
                gateway,
                preferredSource,
                metric,
                newMtuBytes,
                protocol);
    }

    public AddressFamily family() {
        return destination.family();
    }
}
