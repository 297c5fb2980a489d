package dev.culvert.bench.e2e.report;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What one peer measured.
 *
 * @param rival whether it is somebody else's VPN
 * @param failure why it stopped early, or empty
 */
public record PeerResult(
        String name,
        String description,
        String version,
        boolean rival,
        Map<Metric, Double> values,
        String failure) {
    /** Copies the values. */
    public PeerResult {
        EnumMap<Metric, Double> copy = new EnumMap<>(Metric.class);
        copy.putAll(values);
        values = Collections.unmodifiableMap(copy);
    }

    /** A value, if it was measured. */
    public OptionalDouble value(Metric metric) {
        Double value = values.get(metric);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
}
