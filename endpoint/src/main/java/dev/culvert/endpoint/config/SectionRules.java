package dev.culvert.endpoint.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The keys and sections that a section may have.
 *
 * @param kind what to call it in messages, such as "a connection"
 * @param keys exact names of keys; one that ends in {@code *} stands for all with that prefix
 * @param sections likewise names of sections
 * @param elsewhere keys that strongswan.conf has, and what they are called here
 */
record SectionRules(
        String kind,
        Map<String, KeyRule> keys,
        Map<String, KeyRule> sections,
        Map<String, String> elsewhere) {

    SectionRules {
        keys = Collections.unmodifiableMap(new LinkedHashMap<>(keys));
        sections = Collections.unmodifiableMap(new LinkedHashMap<>(sections));
        elsewhere = Map.copyOf(elsewhere);
    }

    /** Reports every key and section that is unknown or not supported. */
    void check(ConfigSection section, Problems problems) {
        section.entries().values().forEach(entry -> checkKey(section, entry, problems));
        section.sections().values().forEach(child -> checkSection(section, child, problems));
    }

    private void checkKey(ConfigSection section, ConfigEntry entry, Problems problems) {
        Optional<KeyRule> rule = find(keys, entry.key());
        if (rule.isEmpty()) {
            problems.error(entry.keyPosition(), unknownKey(section, entry.key()));
            return;
        }
        if (entry.isCleared()) {
            return;
        }
        switch (rule.get()) {
            case KeyRule.Supported() -> {
                // its reader checks the value
            }
            case KeyRule.Only(List<String> accepted, String instead) -> {
                if (!accepted.contains(entry.value())) {
                    problems.error(
                            entry.valuePosition(),
                            nameOf(section, entry.key())
                                    + " = "
                                    + Show.value(entry.value())
                                    + ": "
                                    + instead
                                    + " not supported yet; write "
                                    + Show.choices(accepted)
                                    + ", or leave the key out");
                }
            }
            case KeyRule.Unsupported(String what) ->
                    problems.error(
                            entry.keyPosition(),
                            nameOf(section, entry.key())
                                    + ": "
                                    + what
                                    + " not supported yet; remove the key");
        }
    }

    private void checkSection(ConfigSection parent, ConfigSection section, Problems problems) {
        Optional<KeyRule> rule = find(sections, section.name());
        if (rule.isEmpty()) {
            problems.error(section.position(), unknownSection(parent, section.name()));
        } else if (rule.get() instanceof KeyRule.Unsupported(String what)) {
            problems.error(
                    section.position(),
                    "section "
                            + section.path()
                            + ": "
                            + what
                            + " not supported yet; remove the section");
        }
    }

    private String unknownKey(ConfigSection section, String key) {
        Optional<String> near = Suggestions.nearest(key, keys.keySet());
        if (near.isEmpty() && find(sections, key).isPresent()) {
            return "\"" + key + "\" is a section: write " + key + " { … }";
        }
        return "unknown key "
                + shown(section, key)
                + "in "
                + where(section)
                + "."
                + (elsewhere.containsKey(key)
                        ? " It is called \"" + elsewhere.get(key) + "\" here."
                        : near.map(n -> " Did you mean \"" + n + "\"?").orElse(""));
    }

    private String unknownSection(ConfigSection parent, String name) {
        if (find(keys, name).isPresent()) {
            return "\"" + name + "\" is a key: write " + name + " = …";
        }
        return "unknown section "
                + shown(parent, name)
                + "in "
                + where(parent)
                + "."
                + Suggestions.didYouMean(
                        name,
                        new TreeSet<>(
                                sections.keySet().stream().map(s -> s.replace("*", "")).toList()));
    }

    /**
     * An unknown word among the secrets may be part of one, such as the second line of its Base64.
     */
    private static String shown(ConfigSection section, String word) {
        return section.path().startsWith("secrets") ? "" : "\"" + word + "\" ";
    }

    private String where(ConfigSection section) {
        return section.path().isEmpty() ? kind : kind + " (" + section.path() + ")";
    }

    private static String nameOf(ConfigSection section, String key) {
        return section.path() + "." + key;
    }

    private static Optional<KeyRule> find(Map<String, KeyRule> rules, String name) {
        KeyRule exact = rules.get(name);
        if (exact != null) {
            return Optional.of(exact);
        }
        return rules.entrySet().stream()
                .filter(e -> e.getKey().endsWith("*"))
                .filter(e -> name.startsWith(e.getKey().substring(0, e.getKey().length() - 1)))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    /** Collects rules. */
    static final class Builder {
        private final String kind;
        private final Map<String, KeyRule> keys = new LinkedHashMap<>();
        private final Map<String, KeyRule> sections = new LinkedHashMap<>();
        private final Map<String, String> elsewhere = new LinkedHashMap<>();

        Builder(String kind) {
            this.kind = kind;
        }

        Builder keys(String... names) {
            for (String name : names) {
                keys.put(name, new KeyRule.Supported());
            }
            return this;
        }

        Builder called(String inStrongswanConf, String here) {
            elsewhere.put(inStrongswanConf, here);
            return this;
        }

        Builder sections(String... names) {
            for (String name : names) {
                sections.put(name, new KeyRule.Supported());
            }
            return this;
        }

        Builder only(String name, String instead, String... accepted) {
            keys.put(name, new KeyRule.Only(List.of(accepted), instead));
            return this;
        }

        Builder notYet(String what, String... names) {
            for (String name : names) {
                keys.put(name, new KeyRule.Unsupported(what));
            }
            return this;
        }

        Builder sectionNotYet(String what, String... names) {
            for (String name : names) {
                sections.put(name, new KeyRule.Unsupported(what));
            }
            return this;
        }

        SectionRules build() {
            return new SectionRules(kind, keys, sections, elsewhere);
        }
    }
}
