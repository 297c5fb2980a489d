package dev.culvert.ike;

import dev.culvert.ike.ts.IpPrefix;
import dev.culvert.ike.wire.IpAddress;
import java.util.List;

/**
 * What the two sides of an IKE SA agreed on in configuration payloads (RFC 7296 section 3.15).
 *
 * @param localVips addresses that the peer assigned to this side
 * @param remoteVips addresses that this side assigned to the peer
 * @param dnsServers that the peer named
 * @param dnsDomains the only names to ask them for (RFC 8598); empty: all names
 * @param subnets networks that the peer says it protects
 */
public record Configured(
        List<IpAddress> localVips,
        List<IpAddress> remoteVips,
        List<IpAddress> dnsServers,
        List<String> dnsDomains,
        List<IpPrefix> subnets) {
    /** Nothing. */
    public static final Configured NOTHING =
            new Configured(List.of(), List.of(), List.of(), List.of(), List.of());

    public Configured {
        localVips = List.copyOf(localVips);
        remoteVips = List.copyOf(remoteVips);
        dnsServers = List.copyOf(dnsServers);
        dnsDomains = List.copyOf(dnsDomains);
        subnets = List.copyOf(subnets);
    }
}
