package dev.culvert.ike.session;

import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.SelectorSpec;
import dev.culvert.ike.ts.TrafficSelector;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What is known of the ways between two peers that both know MOBIKE (RFC 4555). An IKE SA and those
 * that replace it by rekeying share one.
 */
public final class Mobility {
    /** The peer's list may have as many addresses; more are left aside. */
    public static final int MOST_ADDRESSES = 16;

    /** A request goes over no more pairs of addresses than this, apart from the usual one. */
    private static final int MOST_PATHS = 8;

    private boolean agreed;
    private List<InetAddress> peerAddresses = List.of();
    private Optional<InetAddress> peerHome = Optional.empty();
    private List<InetAddress> told = List.of();
    private int changes;
    private int updatedOn;
    private Optional<Path> childPath = Optional.empty();
    private Optional<Bytes> seenByPeer = Optional.empty();
    private final List<Path> refused = new ArrayList<>();
    private List<Path> probed = List.of();
    private boolean lost;

    /** Notes that both sides announced MOBIKE. */
    public void agree() {
        agreed = true;
    }

    /** Whether both did. */
    public boolean isAgreed() {
        return agreed;
    }

    /** Where else the peer says it can be reached (RFC 4555 section 3.4). */
    public List<InetAddress> peerAddresses() {
        return peerAddresses;
    }

    /**
     * Puts another list in place of the peer's.
     *
     * @param home where the list came from, which is one of the peer's addresses, too
     */
    public void setPeerAddresses(InetAddress home, List<InetAddress> addresses) {
        peerHome = Optional.of(home);
        peerAddresses = List.copyOf(addresses);
    }

    /** All addresses that the peer may be at outside the tunnel, the one in use first. */
    private List<InetAddress> peerCandidates(Session session) {
        InetAddress used = session.path().remote().getAddress();
        List<InetAddress> all = new ArrayList<>();
        all.add(used);
        peerHome.filter(home -> !all.contains(home)).ifPresent(all::add);
        peerAddresses.stream()
                .filter(address -> !all.contains(address))
                .filter(address -> !isInner(session, ChildConfig::remoteSelectors, address, used))
                .forEach(all::add);
        return all;
    }

    /** The number of the IKE SA on which the last update came; 0 for none. */
    public int updatedOn() {
        return updatedOn;
    }

    /** Notes on which IKE SA an update came. */
    public void setUpdatedOn(int uniqueId) {
        updatedOn = uniqueId;
    }

    /** The additional addresses of this side that the peer was told last. */
    public List<InetAddress> told() {
        return told;
    }

    /** Notes what the peer is told. */
    public void setTold(List<InetAddress> addresses) {
        told = List.copyOf(addresses);
    }

    /** How often the path changed: an answer to a request from before a change says little. */
    public int changes() {
        return changes;
    }

    /** Notes that the path changes. */
    public void noteChange() {
        changes++;
        probed = List.of();
        lost = false;
    }

    /**
     * The path of the child SAs, while it is another one than that of the IKE SA: until the peer is
     * known to be where it says (RFC 4555 section 3.7).
     */
    public Optional<Path> childPath() {
        return childPath;
    }

    /** Leaves the child SAs on a path, unless they are kept on an older one already. */
    public void keepChildrenOn(Path path) {
        childPath = childPath.or(() -> Optional.of(path));
    }

    /** The child SAs use the path of the IKE SA. */
    public void releaseChildren() {
        childPath = Optional.empty();
    }

    /** How the peer sees this side's address: its NAT_DETECTION_DESTINATION_IP, told last. */
    public Optional<Bytes> seenByPeer() {
        return seenByPeer;
    }

    /** Notes how it does. */
    public void setSeenByPeer(Bytes hash) {
        seenByPeer = Optional.of(hash);
    }

    /** Notes that the peer does not accept a pair of addresses. */
    public void refuse(Path path) {
        if (refused.size() < MOST_ADDRESSES * MOST_ADDRESSES) {
            refused.add(path);
        }
    }

    /** Other addresses, other luck. */
    public void forgetRefusals() {
        refused.clear();
    }

    /** Whether there is no way to the peer as far as this host's routes tell. */
    public boolean isLost() {
        return lost;
    }

    /** Notes whether there is one. */
    public void setLost(boolean value) {
        lost = value;
    }

    /** Notes over which other paths the outstanding request went. */
    void setProbed(List<Path> paths) {
        probed = List.copyOf(paths);
    }

    /** Whether the outstanding request went over this pair of addresses, too. */
    public boolean wasProbed(InetSocketAddress local, InetSocketAddress remote) {
        return probed.stream().anyMatch(p -> isBetween(p, local, remote));
    }

    /** The outstanding request is answered. */
    public void endProbing() {
        probed = List.of();
    }

    /**
     * The other pairs of addresses of the two sides that may work, those with the peer's present
     * address first.
     */
    public List<Path> otherPaths(Session session) {
        Path now = session.path();
        List<Path> others = new ArrayList<>();
        for (InetAddress remote : peerCandidates(session)) {
            for (InetAddress local : outerAddresses(session)) {
                Path path =
                        now.withAddresses(
                                new InetSocketAddress(local, now.local().getPort()),
                                new InetSocketAddress(remote, now.remote().getPort()));
                boolean usable =
                        isSameFamily(local, remote)
                                && !isBetween(now, path.local(), path.remote())
                                && refused.stream()
                                        .noneMatch(r -> isBetween(r, path.local(), path.remote()))
                                && others.stream()
                                        .noneMatch(o -> isBetween(o, path.local(), path.remote()));
                if (usable && others.size() < MOST_PATHS) {
                    others.add(path);
                }
            }
        }
        return others;
    }

    /** This host's addresses that the connection may use. */
    public static List<InetAddress> allowedAddresses(Session session) {
        List<AddressSpec> allowed =
                session.connection().map(ConnectionConfig::localAddresses).orElse(List.of());
        return session.services().localAddresses().stream()
                .filter(address -> AddressSpec.allows(allowed, address))
                .toList();
    }

    /**
     * Those of them that the peer can be told: not too many, and none that is behind the tunnel.
     */
    public static List<InetAddress> outerAddresses(Session session) {
        InetAddress used = session.path().local().getAddress();
        return allowedAddresses(session).stream()
                .filter(address -> !isInner(session, ChildConfig::localSelectors, address, used))
                .limit(MOST_ADDRESSES)
                .toList();
    }

    /**
     * Whether an address belongs to what the children protect, while the one in use does not: then
     * it is reached through the tunnel, if at all.
     */
    private static boolean isInner(
            Session session,
            Function<ChildConfig, List<SelectorSpec>> side,
            InetAddress address,
            InetAddress used) {
        IpAddress ip = IpAddress.of(address);
        IpAddress outer = IpAddress.of(used);
        return session.connection().map(ConnectionConfig::children).orElse(List.of()).stream()
                .flatMap(child -> side.apply(child).stream())
                .anyMatch(spec ->
                        spec instanceof SelectorSpec.Fixed(TrafficSelector selector)
                                && selector.containsAddress(ip)
                                && !selector.containsAddress(outer));
    }

    /** Whether two addresses can talk to each other. */
    public static boolean isSameFamily(InetAddress one, InetAddress other) {
        return one instanceof Inet4Address == other instanceof Inet4Address;
    }

    private static boolean isBetween(Path path, InetSocketAddress local, InetSocketAddress remote) {
        return path.local().equals(local) && path.remote().equals(remote);
    }
}
