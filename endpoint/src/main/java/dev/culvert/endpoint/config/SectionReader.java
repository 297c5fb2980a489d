package dev.culvert.endpoint.config;

import dev.culvert.ike.wire.Parsed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Reads the values of one section. A bad value is reported and its default returned, so that
 * reading goes on and finds the other faults.
 */
final class SectionReader {
    /** As strongSwan reads them. */
    private static final List<String> YES = List.of("yes", "true", "enabled", "1");

    private static final List<String> NO = List.of("no", "false", "disabled", "0");

    private final ConfigSection section;
    private final Problems problems;

    SectionReader(ConfigSection section, Problems problems) {
        this.section = section;
        this.problems = problems;
    }

    ConfigSection section() {
        return section;
    }

    boolean has(String key) {
        return section.entry(key).isPresent();
    }

    /** Where a key is; where the section is when it is missing. */
    SourcePosition position(String key) {
        return section.entry(key).map(ConfigEntry::keyPosition).orElse(section.position());
    }

    Optional<String> text(String key) {
        return section.entry(key).map(ConfigEntry::value);
    }

    boolean yesNo(String key, boolean byDefault) {
        return read(
                key,
                byDefault,
                value -> {
                    if (YES.contains(value)) {
                        return Parsed.ok(true);
                    }
                    return NO.contains(value)
                            ? Parsed.ok(false)
                            : Parsed.failed("expected \"yes\" or \"no\"");
                });
    }

    <T> T choice(String key, T byDefault, Map<String, T> choices) {
        return read(
                key,
                byDefault,
                value ->
                        choices.containsKey(value)
                                ? Parsed.ok(choices.get(value))
                                : Parsed.failed("expected " + Show.choices(choices.keySet())));
    }

    int integer(String key, int byDefault, int least, int most) {
        return read(key, byDefault, value -> Quantities.integer(value, least, most));
    }

    double decimal(String key, double byDefault, double least, double most) {
        return read(key, byDefault, value -> Quantities.decimal(value, least, most));
    }

    long timeNs(String key, long byDefaultNs) {
        return read(key, byDefaultNs, Quantities::timeNs);
    }

    long bytes(String key, long byDefault) {
        return read(key, byDefault, value -> Quantities.bytes(value, Long.MAX_VALUE / 4));
    }

    int bytes(String key, int byDefault, int most) {
        return read(
                key,
                byDefault,
                value ->
                        Quantities.bytes(value, most)
                                .then(bytes -> Parsed.ok(Math.toIntExact(bytes))));
    }

    long count(String key, long byDefault) {
        return read(key, byDefault, value -> Quantities.count(value, Long.MAX_VALUE / 4));
    }

    /** A list separated by commas; entries that cannot be read are reported and left out. */
    <T> List<T> list(String key, List<T> byDefault, Function<String, Parsed<T>> parser) {
        Optional<ConfigEntry> entry = section.entry(key);
        if (entry.isEmpty()) {
            return byDefault;
        }
        List<T> values = new ArrayList<>();
        for (String part : parts(entry.get().value())) {
            switch (parser.apply(part)) {
                case Parsed.Ok<T>(T value) -> values.add(value);
                case Parsed.Failed<T>(String problem) -> report(entry.get(), part, problem);
            }
        }
        return values.isEmpty() ? byDefault : List.copyOf(values);
    }

    <T> T read(String key, T byDefault, Function<String, Parsed<T>> parser) {
        Optional<ConfigEntry> entry = section.entry(key);
        if (entry.isEmpty()) {
            return byDefault;
        }
        return switch (parser.apply(entry.get().value())) {
            case Parsed.Ok<T>(T value) -> value;
            case Parsed.Failed<T>(String problem) -> {
                report(entry.get(), entry.get().value(), problem);
                yield byDefault;
            }
        };
    }

    void error(String key, String message) {
        problems.error(position(key), section.path() + "." + key + ": " + message);
    }

    void warning(String key, String message) {
        problems.warning(position(key), section.path() + "." + key + ": " + message);
    }

    /** The parts of a list, without empty ones. */
    static List<String> parts(String list) {
        return Arrays.stream(list.split(",", -1))
                .map(String::strip)
                .filter(s -> !s.isEmpty())
                .toList();
    }

    private void report(ConfigEntry entry, String value, String problem) {
        problems.error(
                entry.valuePosition(),
                section.path() + "." + entry.key() + " = " + Show.value(value) + ": " + problem);
    }
}
