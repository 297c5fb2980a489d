package dev.culvert.ike.lease;

import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.config.PoolConfig;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.wire.IpAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The leases of one pool. An address belongs to the identity that had it last, until all others are
 * given away too: then the identity that has been away for longest loses its address.
 */
final class LeasePool {
    /** So that the many addresses of an IPv6 pool do not mean that all peers are kept for ever. */
    private static final int MOST_OFFLINE = 1 << 20;

    private final Map<IpAddress, Lease> leases = new LinkedHashMap<>();

    /** Addresses of identities that are away, the longest first. */
    private final Map<Identity, Set<IpAddress>> offline = new LinkedHashMap<>();

    private final Map<Integer, Set<IpAddress>> addressesByOwner = new HashMap<>();
    private int offlineCount;
    private PoolConfig config;
    private Optional<IpAddress> nextUnused;
    private boolean closed;

    /** An address with the identity that it belongs to and the IKE SAs that use it now. */
    private static final class Lease {
        private final Identity identity;
        private final Map<Integer, InetSocketAddress> peersByOwner = new HashMap<>();

        private Lease(Identity identity) {
            this.identity = identity;
        }
    }

    LeasePool(PoolConfig config) {
        this.config = config;
        this.nextUnused = Optional.of(config.first());
    }

    PoolConfig config() {
        return config;
    }

    /** Goes over to a new range or other attributes; leases inside the new range stay. */
    void reconfigure(PoolConfig newConfig) {
        boolean moved =
                !newConfig.first().equals(config.first())
                        || !newConfig.last().equals(config.last());
        config = newConfig;
        closed = false;
        if (moved) {
            nextUnused = Optional.of(newConfig.first());
            forgetOffline(address -> !newConfig.contains(address));
        }
    }

    /** Has an identity find an address again, unless the address is not in the pool, or taken. */
    void restore(IpAddress address, Identity identity) {
        if (config.contains(address) && !leases.containsKey(address)) {
            leases.put(address, new Lease(identity));
            addOffline(identity, address);
        }
    }

    /** Adds the leases of identities that are away, the longest first. */
    void addOffline(List<SavedLease> to) {
        offline.forEach((identity, addresses) ->
                addresses.forEach(
                        address -> to.add(new SavedLease(config.name(), address, identity))));
    }

    /** Adds the leases in use. */
    void addOnline(List<SavedLease> to) {
        leases.forEach((address, lease) -> {
            if (!lease.peersByOwner.isEmpty()) {
                to.add(new SavedLease(config.name(), address, lease.identity));
            }
        });
    }

    /** Leases nothing more; what is in use stays until it is released. */
    void close() {
        closed = true;
        forgetOffline(address -> true);
    }

    boolean isClosed() {
        return closed;
    }

    /** The address that this identity had, or has at this moment with this very peer. */
    Optional<IpAddress> existing(Request request) {
        if (!serves(request)) {
            return Optional.empty();
        }
        Set<IpAddress> own = offline.getOrDefault(request.identity(), Set.of());
        Optional<IpAddress> free =
                own.contains(request.wanted())
                        ? Optional.of(request.wanted())
                        : own.stream().findFirst();
        if (free.isPresent()) {
            return Optional.of(take(free.get(), request));
        }
        Lease online = leases.get(request.wanted());
        // Make-before-break: the same client reauthenticates while its first IKE SA is still up.
        boolean same =
                online != null
                        && online.identity.equals(request.identity())
                        && online.peersByOwner.containsValue(request.peer());
        return same ? Optional.of(take(request.wanted(), request)) : Optional.empty();
    }

    /** An address that nobody had before. */
    Optional<IpAddress> fresh(Request request) {
        if (!serves(request)) {
            return Optional.empty();
        }
        if (config.contains(request.wanted()) && !leases.containsKey(request.wanted())) {
            return Optional.of(take(request.wanted(), request));
        }
        while (nextUnused.isPresent() && config.contains(nextUnused.get())) {
            IpAddress candidate = nextUnused.get();
            nextUnused = candidate.next();
            if (!leases.containsKey(candidate)) {
                return Optional.of(take(candidate, request));
            }
        }
        return Optional.empty();
    }

    /** The address of an identity that is away. */
    Optional<IpAddress> reassigned(Request request) {
        if (!serves(request) || offline.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(take(longestAway(), request));
    }

    private boolean serves(Request request) {
        return !closed && request.wanted().version() == config.first().version();
    }

    private IpAddress take(IpAddress address, Request request) {
        Lease lease = leases.get(address);
        if (lease == null || !lease.identity.equals(request.identity())) {
            if (lease != null) {
                removeOffline(lease.identity, address);
            }
            lease = new Lease(request.identity());
            leases.put(address, lease);
        }
        removeOffline(request.identity(), address);
        lease.peersByOwner.put(request.owner(), request.peer());
        addressesByOwner.computeIfAbsent(request.owner(), _ -> new LinkedHashSet<>()).add(address);
        return address;
    }

    /**
     * An IKE SA no longer uses its address.
     *
     * @return false if it never did
     */
    boolean release(int owner) {
        Set<IpAddress> addresses = addressesByOwner.remove(owner);
        if (addresses == null) {
            return false;
        }
        for (IpAddress address : addresses) {
            Lease lease = leases.get(address);
            lease.peersByOwner.remove(owner);
            if (!lease.peersByOwner.isEmpty()) {
                continue;
            }
            if (closed || !config.contains(address)) {
                leases.remove(address);
            } else {
                addOffline(lease.identity, address);
            }
        }
        return true;
    }

    private void addOffline(Identity identity, IpAddress address) {
        if (offlineCount >= MOST_OFFLINE) {
            IpAddress oldest = longestAway();
            removeOffline(leases.get(oldest).identity, oldest);
            leases.remove(oldest);
        }
        if (offline.computeIfAbsent(identity, _ -> new LinkedHashSet<>()).add(address)) {
            offlineCount++;
        }
    }

    private IpAddress longestAway() {
        return offline.values().iterator().next().iterator().next();
    }

    private void removeOffline(Identity identity, IpAddress address) {
        Set<IpAddress> addresses = offline.get(identity);
        if (addresses != null && addresses.remove(address)) {
            offlineCount--;
            if (addresses.isEmpty()) {
                offline.remove(identity);
            }
        }
    }

    private void forgetOffline(Predicate<IpAddress> which) {
        for (Map.Entry<IpAddress, Lease> entry : List.copyOf(leases.entrySet())) {
            if (entry.getValue().peersByOwner.isEmpty() && which.test(entry.getKey())) {
                removeOffline(entry.getValue().identity, entry.getKey());
                leases.remove(entry.getKey());
            }
        }
    }

    int online() {
        return leases.size() - offlineCount;
    }

    EngineSnapshot.Pool snapshot() {
        List<EngineSnapshot.Lease> all = new ArrayList<>();
        leases.forEach((address, lease) ->
                all.add(
                        new EngineSnapshot.Lease(
                                address, lease.identity, !lease.peersByOwner.isEmpty())));
        return new EngineSnapshot.Pool(
                config.name(), config.base(), config.size(), online(), offlineCount, all);
    }

    /** How many entries are held, for tests that bound memory. */
    int size() {
        return leases.size();
    }

    /**
     * A wish for an address.
     *
     * @param owner number of the IKE SA that it is for
     * @param identity who asks
     * @param peer from where
     * @param wanted the address that is wished for; 0.0.0.0 or :: for any
     */
    record Request(int owner, Identity identity, InetSocketAddress peer, IpAddress wanted) {}
}
