package dev.culvert.ike.config;

import dev.culvert.ike.id.Identity;
import dev.culvert.ike.proposal.Proposal;
import java.util.List;
import java.util.Optional;

/**
 * A connection ({@code connections.NAME}).
 *
 * @param name unique
 * @param localAddresses {@code local_addrs}
 * @param remoteAddresses {@code remote_addrs}
 * @param localPort the port to send from, 500 by default
 * @param remotePort the port to send to, 500 by default
 * @param proposals IKE proposals, in order of preference
 * @param localId this side's identity; empty: its address
 * @param remoteId pattern of the peer's identity
 * @param encap force UDP encapsulation by pretending to be behind a NAT; a userspace dataplane
 *     needs it
 * @param dpdDelayNs check liveness after this long without traffic from the peer, in nanoseconds; 0
 *     for never
 * @param rekeyNs soft and hard life of the IKE SA, in nanoseconds
 * @param reauthNs likewise for reauthentication
 * @param keyingTries how many rounds of retransmissions to try when initiating; 0 for ever
 * @param unique what to do about another IKE SA of the same identities
 * @param dscp of the IKE packets, 0 to 63
 * @param fragmentation of IKE messages
 * @param childless whether IKE SAs come up without a child SA
 * @param children in the order of the configuration file
 * @param virtualIps to ask for, or to lease
 * @param mobike whether the two sides may move to other addresses (RFC 4555)
 */
public record ConnectionConfig(
        String name,
        List<AddressSpec> localAddresses,
        List<AddressSpec> remoteAddresses,
        int localPort,
        int remotePort,
        List<Proposal> proposals,
        Optional<Identity> localId,
        Identity remoteId,
        boolean encap,
        long dpdDelayNs,
        Lifetime rekeyNs,
        Lifetime reauthNs,
        int keyingTries,
        Unique unique,
        int dscp,
        Fragmentation fragmentation,
        Childless childless,
        List<ChildConfig> children,
        VirtualIps virtualIps,
        boolean mobike) {
    public ConnectionConfig {
        localAddresses = List.copyOf(localAddresses);
        remoteAddresses = List.copyOf(remoteAddresses);
        proposals = List.copyOf(proposals);
        children = List.copyOf(children);
    }

    /** The same with other children. */
    public ConnectionConfig withChildren(List<ChildConfig> newChildren) {
        return with(remotePort, newChildren);
    }

    /** The same with another port of the peer. */
    public ConnectionConfig withRemotePort(int newPort) {
        return with(newPort, children);
    }

    private ConnectionConfig with(int newRemotePort, List<ChildConfig> newChildren) {
        return new ConnectionConfig(
                name,
                localAddresses,
                remoteAddresses,
                localPort,
                newRemotePort,
                proposals,
                localId,
                remoteId,
                encap,
                dpdDelayNs,
                rekeyNs,
                reauthNs,
                keyingTries,
                unique,
                dscp,
                fragmentation,
                childless,
                newChildren,
                virtualIps,
                mobike);
    }

    /** Whether it differs from another in nothing but its children. */
    public boolean hasSameIkeAs(ConnectionConfig other) {
        return withChildren(other.children()).equals(other);
    }

    /** {@code fragmentation}: whether IKE messages are cut into fragments (RFC 7383). */
    public enum Fragmentation {
        /** Not announced, and not used. */
        NO,
        /** Announced, but not used for what this side sends. */
        ACCEPT,
        /** Used with peers that announce it, too. */
        YES;

        /** Whether this side tells its peer that it takes fragments. */
        public boolean isAnnounced() {
            return this != NO;
        }
    }

    /** {@code childless}: whether IKE SAs come up without a child SA (RFC 6023). */
    public enum Childless {
        /** Neither accepted nor used. */
        NEVER,
        /** Accepted from peers; this side brings its first child SA along. */
        ALLOW,
        /** Accepted, and used with peers that know it. */
        PREFER,
        /**
         * Used with every peer; one that does not know it, or wants a child at once, is refused.
         */
        FORCE
    }

    /** {@code unique}: what happens when a peer connects again. */
    public enum Unique {
        /** Keep all, and ignore INITIAL_CONTACT. */
        NEVER,
        /** Keep all, unless the peer sends INITIAL_CONTACT. */
        NO,
        /** The new one replaces the old. */
        REPLACE,
        /** The old one stays, the new one is refused. */
        KEEP
    }
}
