package dev.culvert.endpoint.config;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A section with everything that it inherits, in order: its own entries and sections first, then
 * those of the sections that it refers to.
 *
 * @param path absolute dotted name; empty for the root
 * @param name last part of the path
 * @param position where the section is first opened
 * @param entries by key
 * @param sections by name
 */
record ConfigSection(
        String path,
        String name,
        SourcePosition position,
        Map<String, ConfigEntry> entries,
        Map<String, ConfigSection> sections) {

    ConfigSection {
        entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        sections = Collections.unmodifiableMap(new LinkedHashMap<>(sections));
    }

    /** The entry of a key, unless it is missing or cleared. */
    Optional<ConfigEntry> entry(String key) {
        return Optional.ofNullable(entries.get(key)).filter(e -> !e.isCleared());
    }

    Optional<ConfigSection> section(String sectionName) {
        return Optional.ofNullable(sections.get(sectionName));
    }

    /** The sections within a section of this one; none when it is missing. */
    Collection<ConfigSection> sectionsOf(String sectionName) {
        return section(sectionName).map(s -> s.sections().values()).orElse(java.util.List.of());
    }
}
