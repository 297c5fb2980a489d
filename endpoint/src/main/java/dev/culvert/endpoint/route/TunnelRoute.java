package dev.culvert.endpoint.route;

import dev.culvert.tun.IpPrefix;
import java.net.InetAddress;
import java.util.Optional;

/**
 * A route into the tunnel.
 *
 * @param destination inner destinations
 * @param source the address that this host's own packets to them carry; empty: the kernel chooses
 */
public record TunnelRoute(IpPrefix destination, Optional<InetAddress> source) {}
