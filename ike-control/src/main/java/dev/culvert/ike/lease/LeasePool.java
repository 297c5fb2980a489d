package dev.culvert.ike.lease;

import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.config.PoolConfig;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
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

    /** Addresses of identities that are away, the longest first, as with those of each. */
    private final Map<Identity, LinkedHashSet<IpAddress>> offline = new LinkedHashMap<>();

    private final Map<Integer, Set<IpAddress>> addressesByOwner = new HashMap<>();
    private int offlineCount;
    private PoolConfig config;
    private Optional<IpAddress> nextUnused;
    private boolean closed;

    /** An address with the identity that it belongs to and the IKE SAs that use it now. */
    private static final class Lease {
        private final Identity identity;
        private final Set<Integer> owners = new HashSet<>();

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
            if (!lease.owners.isEmpty()) {
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

    /** The very address that is asked for, if the identity had it or shares it with itself. */
    Optional<IpAddress> asked(Request request) {
        if (!serves(request)) {
            return Optional.empty();
        }
        Set<IpAddress> own = offline.get(request.identity());
        boolean away = own != null && own.contains(request.wanted());
        return away || mayShare(request.wanted(), request, request.predecessors().all())
                ? Optional.of(take(request.wanted(), request))
                : Optional.empty();
    }

    /** The address of the IKE SA that the new one replaces. */
    Optional<IpAddress> inherited(Request request) {
        if (!serves(request)) {
            return Optional.empty();
        }
        return request.predecessors().replaced().stream()
                .flatMap(owner -> addressesByOwner.getOrDefault(owner, Set.of()).stream())
                .filter(a -> mayShare(a, request, request.predecessors().replaced()))
                .findFirst()
                .map(address -> take(address, request));
    }

    /** The address that this identity had last. */
    Optional<IpAddress> existing(Request request) {
        LinkedHashSet<IpAddress> own = offline.get(request.identity());
        return serves(request) && own != null
                ? Optional.of(take(own.getLast(), request))
                : Optional.empty();
    }

    /** Whether an address in use is the same client's, on an older IKE SA. */
    private boolean mayShare(IpAddress address, Request request, List<Integer> owners) {
        Lease lease = leases.get(address);
        return lease != null
                && lease.identity.equals(request.identity())
                && !lease.owners.contains(request.owner())
                && owners.stream().anyMatch(lease.owners::contains)
                && config.contains(address);
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
        lease.owners.add(request.owner());
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
            lease.owners.remove(owner);
            if (!lease.owners.isEmpty()) {
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
            if (entry.getValue().owners.isEmpty() && which.test(entry.getKey())) {
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
                                address, lease.identity, !lease.owners.isEmpty())));
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
     * @param predecessors older IKE SAs of the same client
     * @param wanted the address that is wished for; 0.0.0.0 or :: for any
     */
    record Request(int owner, Identity identity, Predecessors predecessors, IpAddress wanted) {}
}
