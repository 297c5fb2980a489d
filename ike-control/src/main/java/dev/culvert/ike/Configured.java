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
 * @param trustAnchors DNSSEC trust anchors for some of the domains (RFC 8598): the domain, and what
 *     a DS record has (RFC 4034 section 5.3), such as {@code corp.example 12345 8 2 01AB}
 * @param subnets networks that the peer says it protects
 */
public record Configured(
        List<IpAddress> localVips,
        List<IpAddress> remoteVips,
        List<IpAddress> dnsServers,
        List<String> dnsDomains,
        List<String> trustAnchors,
        List<IpPrefix> subnets) {
    /** Nothing. */
    public static final Configured NOTHING =
            new Configured(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

    public Configured {
        localVips = List.copyOf(localVips);
        remoteVips = List.copyOf(remoteVips);
        dnsServers = List.copyOf(dnsServers);
        dnsDomains = List.copyOf(dnsDomains);
        trustAnchors = List.copyOf(trustAnchors);
        subnets = List.copyOf(subnets);
    }

    /** What a responder assigned, and nothing else. */
    public static Configured assigned(List<IpAddress> remoteVips) {
        return new Configured(List.of(), remoteVips, List.of(), List.of(), List.of(), List.of());
    }
}
