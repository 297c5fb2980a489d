package dev.culvert.endpoint.vici;

import dev.culvert.endpoint.config.PoolParser;
import dev.culvert.endpoint.vici.DaemonControl.Outcome;
import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.config.PoolConfig;
import dev.culvert.ike.wire.Parsed;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The commands about pools of virtual addresses. */
final class PoolCommands {
    /** A message of vici is bounded. Leases in use come first. */
    private static final int MOST_LEASES = 4000;

    private final DaemonControl daemon;

    PoolCommands(DaemonControl daemon) {
        this.daemon = daemon;
    }

    /** {@code get-pools}: sections named after the pools. */
    ViciSection get(ViciSection request) {
        boolean leases = request.value("leases").filter("yes"::equals).isPresent();
        Optional<String> name = request.value("name").filter(n -> !n.isEmpty());
        return ViciSection.of(b -> {
            for (EngineSnapshot.Pool pool : daemon.status().engine().pools()) {
                if (name.isEmpty() || name.get().equals(pool.name())) {
                    b.section(pool.name(), pool(pool, leases));
                }
            }
        });
    }

    private static ViciSection pool(EngineSnapshot.Pool pool, boolean leases) {
        return ViciSection.of(b -> {
            b.put("base", pool.base().toString());
            b.put("size", pool.size());
            b.put("online", pool.online());
            b.put("offline", pool.offline());
            if (leases) {
                b.section(
                        "leases",
                        leases(
                                pool.leases().stream()
                                        .sorted(Comparator.comparing(l -> !l.online()))
                                        .limit(MOST_LEASES)
                                        .toList()));
            }
        });
    }

    private static ViciSection leases(List<EngineSnapshot.Lease> leases) {
        return ViciSection.of(b -> {
            for (int i = 0; i < leases.size(); i++) {
                EngineSnapshot.Lease lease = leases.get(i);
                b.section(
                        Integer.toString(i),
                        ViciSection.of(l -> {
                            l.put("address", lease.address().toString());
                            l.put("identity", Printable.ascii(lease.identity().text()));
                            l.put("status", lease.online() ? "online" : "offline");
                        }));
            }
        });
    }

    /** {@code load-pool}: one section, named after the pool. */
    Outcome load(ViciSection request) {
        if (request.subs().size() != 1) {
            return Outcome.failed("expected one section, named after the pool");
        }
        ViciSection.Sub pool = request.subs().getFirst();
        Optional<String> addrs = pool.content().value("addrs");
        if (addrs.isEmpty()) {
            return Outcome.failed("missing addrs for pool '" + pool.name() + "'");
        }
        Map<String, List<String>> attributes = new LinkedHashMap<>();
        pool.content().lists().forEach(list -> attributes.put(list.name(), list.items()));
        return switch (PoolParser.parse(pool.name(), addrs.get(), attributes)) {
            case Parsed.Ok<PoolConfig>(PoolConfig config) -> daemon.loadPool(config);
            case Parsed.Failed<PoolConfig>(String problem) ->
                    Outcome.failed("pool '" + pool.name() + "': " + problem);
        };
    }

    /** {@code unload-pool}: by name. */
    Outcome unload(ViciSection request) {
        return request.value("name")
                .map(daemon::unloadPool)
                .orElse(Outcome.failed("missing pool name to unload"));
    }
}
