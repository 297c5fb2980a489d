package dev.culvert.tun;

import java.net.InetAddress;
import java.util.Optional;

/**
 * The kernel's answer to a {@link RouteQuery}.
 *
 * @param type {@link RouteType#UNICAST}, or {@link RouteType#LOCAL} if the destination is this host
 * @param outputLinkIndex interface it leaves by
 * @param source our address that it would carry
 * @param gateway next hop, if not the destination itself
 * @param mtuBytes path MTU that the route or path MTU discovery gives, or 0 for the interface's
 * @param table routing table that answered
 */
public record ResolvedRoute(
        RouteType type,
        int outputLinkIndex,
        Optional<InetAddress> source,
        Optional<InetAddress> gateway,
        int mtuBytes,
        int table) {}
