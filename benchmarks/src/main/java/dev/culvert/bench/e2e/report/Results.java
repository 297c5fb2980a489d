package dev.culvert.bench.e2e.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A run.
 *
 * @param machine description of the machine and of what ran, in order
 * @param peers in the order of the tables
 */
public record Results(Map<String, String> machine, List<PeerResult> peers) {
    /** Copies the peers. */
    public Results {
        machine = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(machine));
        peers = List.copyOf(peers);
    }

    /** These and one more, which replaces one of the same name. */
    public Results with(PeerResult result) {
        List<PeerResult> more = new ArrayList<>(peers);
        more.removeIf(peer -> peer.name().equals(result.name()));
        more.add(result);
        return new Results(machine, more);
    }

    /** What there would be if there had been only that round, counted from 0. */
    public Results inRound(int round) {
        return new Results(machine, peers.stream().map(peer -> peer.inRound(round)).toList());
    }

    /** The number of rounds, of the peer that has most. */
    public int rounds() {
        return peers.stream()
                .flatMap(peer -> peer.rounds().values().stream())
                .mapToInt(List::size)
                .max()
                .orElse(0);
    }

    public Optional<PeerResult> peer(String name) {
        return peers.stream().filter(peer -> peer.name().equals(name)).findFirst();
    }

    /** A value of a peer, if that peer ran and has it. */
    public OptionalDouble value(String name, Metric metric) {
        return peer(name).map(peer -> peer.value(metric)).orElse(OptionalDouble.empty());
    }

    /** The best value of somebody else's VPNs. */
    public OptionalDouble bestRival(Metric metric) {
        var values =
                peers.stream()
                        .filter(PeerResult::rival)
                        .flatMapToDouble(peer -> peer.value(metric).stream());
        return metric.moreIsBetter() ? values.max() : values.min();
    }
}
