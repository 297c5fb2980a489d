package dev.culvert.endpoint.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A section as written; grows while files are read. */
final class RawSection {
    /**
     * A section named after a colon.
     *
     * @param path the absolute name, split at its dots
     * @param position where it is written
     */
    record Reference(List<String> path, SourcePosition position) {
        Reference {
            path = List.copyOf(path);
        }
    }

    final String name;
    final SourcePosition position;
    final Map<String, ConfigEntry> entries = new LinkedHashMap<>();
    final Map<String, RawSection> sections = new LinkedHashMap<>();
    final List<Reference> references = new ArrayList<>();

    RawSection(String name, SourcePosition position) {
        this.name = name;
        this.position = position;
    }
}
