package dev.culvert.endpoint.daemon;

import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.EngineSnapshot.IkeState;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.EngineConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a new configuration means for SAs that are up: they stay, and some keep old settings. */
final class KeptSas {
    private KeptSas() {}

    /**
     * One line for each connection that has changed, or is gone, and has IKE SAs.
     *
     * @param before the configuration under which they were set up
     * @param now the new one
     * @param snapshot what is up
     */
    static List<String> describe(EngineConfig before, EngineConfig now, EngineSnapshot snapshot) {
        Map<String, List<Integer>> up = new LinkedHashMap<>();
        for (EngineSnapshot.IkeSa sa : snapshot.ikeSas()) {
            if (sa.state() == IkeState.ESTABLISHED) {
                up.computeIfAbsent(sa.connection(), _ -> new ArrayList<>()).add(sa.uniqueId());
            }
        }
        List<String> lines = new ArrayList<>();
        up.forEach((name, ids) ->
                find(before, name)
                        .flatMap(old -> describe(old, find(now, name)))
                        .ifPresent(what ->
                                lines.add(
                                        "connection " + name + " (" + numbers(ids) + ") " + what)));
        return lines;
    }

    private static Optional<String> describe(ConnectionConfig old, Optional<ConnectionConfig> now) {
        if (now.isEmpty()) {
            return Optional.of(
                    "is no longer configured: it stays until it ends; 'culvert down "
                            + old.name()
                            + "' ends it now");
        }
        if (now.get().equals(old)) {
            return Optional.empty();
        }
        return Optional.of(
                now.get().hasSameIkeAs(old)
                        ? "has other children now: child SAs that are up keep their settings until"
                                + " they end, new ones get the new settings"
                        : "has changed: what is up keeps its settings until it ends; 'culvert down "
                                + old.name()
                                + "' and 'culvert up "
                                + old.name()
                                + "' change it now");
    }

    private static Optional<ConnectionConfig> find(EngineConfig config, String name) {
        return config.connections().stream().filter(c -> c.name().equals(name)).findFirst();
    }

    private static String numbers(List<Integer> ids) {
        return ids.stream().map(id -> "IKE SA " + id).collect(Collectors.joining(", "));
    }
}
