package dev.culvert.bench.e2e.report;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What one peer measured.
 *
 * @param rival whether it is somebody else's VPN
 * @param rounds what each round measured, in order
 * @param failure why it stopped early, or empty
 */
public record PeerResult(
        String name,
        String description,
        String version,
        boolean rival,
        Map<Metric, List<Double>> rounds,
        String failure) {
    /** Copies the values. */
    public PeerResult {
        EnumMap<Metric, List<Double>> copy = new EnumMap<>(Metric.class);
        rounds.forEach((metric, values) -> copy.put(metric, List.copyOf(values)));
        rounds = Collections.unmodifiableMap(copy);
    }

    /** The value of all rounds together, if it was measured. */
    public OptionalDouble value(Metric metric) {
        return metric.ofRounds(rounds.getOrDefault(metric, List.of()));
    }

    /** The same peer, as if there had been only that round; without what was not measured then. */
    public PeerResult inRound(int round) {
        Map<Metric, List<Double>> one = new EnumMap<>(Metric.class);
        rounds.forEach((metric, values) -> {
            if (round < values.size()) {
                one.put(metric, List.of(values.get(round)));
            }
        });
        return new PeerResult(name, description, version, rival, one, failure);
    }
}
