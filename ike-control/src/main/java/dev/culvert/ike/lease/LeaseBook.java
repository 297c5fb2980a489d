package dev.culvert.ike.lease;

import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.config.PoolConfig;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.message.ConfigAttribute;
import dev.culvert.ike.wire.IpAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * All pools and their leases. An owner is an IKE SA under the number that it and its successors
 * keep, so that rekeying does not touch a lease.
 */
public final class LeaseBook {
    private final Map<String, LeasePool> pools = new LinkedHashMap<>();
    private List<SavedLease> toRestore = List.of();
    private long version;

    /** No pools yet. */
    public LeaseBook() {}

    /**
     * Goes over to a new configuration. Leases stay where the new pool of the same name contains
     * their address; addresses in use stay in any case until they are released.
     */
    public void configure(List<PoolConfig> configs) {
        Set<String> names = configs.stream().map(PoolConfig::name).collect(Collectors.toSet());
        pools.forEach((name, pool) -> {
            if (!names.contains(name)) {
                pool.close();
            }
        });
        for (PoolConfig config : configs) {
            LeasePool pool = pools.get(config.name());
            if (pool == null) {
                pools.put(config.name(), new LeasePool(config));
            } else {
                pool.reconfigure(config);
            }
        }
        toRestore.forEach(lease ->
                Optional.ofNullable(pools.get(lease.pool()))
                        .ifPresent(pool -> pool.restore(lease.address(), lease.identity())));
        toRestore = List.of();
        version++;
        removeEmptyClosed();
    }

    /**
     * Has identities find the addresses again that they had in an earlier run. The next {@link
     * #configure} does it, for addresses that its pools contain; an address in use stays with its
     * user.
     *
     * @param leases those of identities that have been away for longest first
     */
    public void restore(List<SavedLease> leases) {
        toRestore = List.copyOf(leases);
    }

    /** A number that is another one when {@link #saved} may be. */
    public long version() {
        return version;
    }

    /**
     * All leases, to keep over a restart: those of identities that have been away for longest
     * first, and those in use at the end.
     */
    public List<SavedLease> saved() {
        List<SavedLease> saved = new ArrayList<>();
        pools.values().forEach(pool -> pool.addOffline(saved));
        pools.values().forEach(pool -> pool.addOnline(saved));
        return saved;
    }

    /**
     * Leases an address: the one that is asked for if it is the identity's own, else that of an IKE
     * SA which this one replaces, else the one that the identity had last, else one that nobody
     * had, else that of the identity that has been away for longest; each in the order of the
     * pools.
     *
     * @param owner number of the IKE SA
     * @param identity who it is for
     * @param predecessors older IKE SAs of the same client
     * @param wanted the address asked for, given where possible; 0.0.0.0 or :: for any
     * @param poolNames to take it from; unknown ones are passed over
     * @return empty when there is none left
     */
    public Optional<IpAddress> lease(
            int owner,
            Identity identity,
            Predecessors predecessors,
            IpAddress wanted,
            List<String> poolNames) {
        LeasePool.Request request = new LeasePool.Request(owner, identity, predecessors, wanted);
        List<BiFunction<LeasePool, LeasePool.Request, Optional<IpAddress>>> ways =
                List.of(
                        LeasePool::asked,
                        LeasePool::inherited,
                        LeasePool::existing,
                        LeasePool::fresh,
                        LeasePool::reassigned);
        for (BiFunction<LeasePool, LeasePool.Request, Optional<IpAddress>> way : ways) {
            for (String name : poolNames) {
                LeasePool pool = pools.get(name);
                Optional<IpAddress> address =
                        pool == null ? Optional.empty() : way.apply(pool, request);
                if (address.isPresent()) {
                    version++;
                    return address;
                }
            }
        }
        return Optional.empty();
    }

    /** What peers with these addresses are told, in the order of the pools. */
    public List<ConfigAttribute> attributes(List<String> poolNames, List<IpAddress> addresses) {
        List<ConfigAttribute> attributes = new ArrayList<>();
        for (String name : poolNames) {
            LeasePool pool = pools.get(name);
            if (pool != null && addresses.stream().anyMatch(pool.config()::contains)) {
                attributes.addAll(pool.config().attributes());
            }
        }
        return attributes;
    }

    /** An IKE SA no longer uses its addresses; they stay its identity's for when it comes back. */
    public void release(int owner) {
        for (LeasePool pool : pools.values()) {
            if (pool.release(owner)) {
                version++;
            }
        }
        removeEmptyClosed();
    }

    /** All pools, in the order of the configuration. */
    public List<EngineSnapshot.Pool> snapshot() {
        return pools.values().stream().map(LeasePool::snapshot).toList();
    }

    /** How many leases are held, for tests that bound memory. */
    public int size() {
        return pools.values().stream().mapToInt(LeasePool::size).sum();
    }

    private void removeEmptyClosed() {
        pools.values().removeIf(pool -> pool.isClosed() && pool.size() == 0);
    }
}
