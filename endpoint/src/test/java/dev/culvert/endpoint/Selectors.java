package dev.culvert.endpoint;

import dev.culvert.ike.ts.TrafficSelector;
import java.util.List;
import java.util.stream.Stream;

/** Traffic selectors for tests. */
public final class Selectors {
    private Selectors() {}

    /** Reads selectors as the configuration has them. */
    public static List<TrafficSelector> of(String... texts) {
        return Stream.of(texts).map(text -> TrafficSelector.parse(text).orThrow()).toList();
    }
}
