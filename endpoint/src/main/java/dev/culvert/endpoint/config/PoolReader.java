package dev.culvert.endpoint.config;

import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.PoolConfig;
import dev.culvert.ike.message.ConfigAttribute;
import dev.culvert.ike.wire.Parsed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads {@code pools { … }}, and compares it with the connections that use it. */
final class PoolReader {
    private final Problems problems;

    PoolReader(Problems problems) {
        this.problems = problems;
    }

    List<PoolConfig> read(ConfigSection pools) {
        for (ConfigEntry entry : pools.entries().values()) {
            problems.error(
                    entry.keyPosition(),
                    "\"" + entry.key() + "\" belongs into a pool: pools { NAME { … } }");
        }
        List<PoolConfig> read = new ArrayList<>();
        for (ConfigSection section : pools.sections().values()) {
            pool(section)
                    .ifPresent(pool -> {
                        read.stream()
                                .filter(other -> overlap(other, pool))
                                .forEach(other ->
                                        problems.error(
                                                section.position(),
                                                section.path()
                                                        + ": it has addresses of the pool \""
                                                        + other.name()
                                                        + "\" too; make the two distinct"));
                        read.add(pool);
                    });
        }
        return read;
    }

    private static boolean overlap(PoolConfig one, PoolConfig other) {
        return one.contains(other.first()) || other.contains(one.first());
    }

    private Optional<PoolConfig> pool(ConfigSection section) {
        Rules.POOL.check(withoutNumbers(section), problems);
        SectionReader reader = new SectionReader(section, problems);
        if (!reader.has("addrs")) {
            problems.error(
                    section.position(),
                    section.path() + ": add addrs = …, a network or a range of addresses");
            return Optional.empty();
        }
        Optional<PoolParser.Addresses> range =
                reader.read(
                        "addrs",
                        Optional.empty(),
                        text -> PoolParser.addresses(text).then(r -> Parsed.ok(Optional.of(r))));
        List<ConfigAttribute> attributes = new ArrayList<>();
        for (String key : section.entries().keySet()) {
            if (PoolParser.isNumber(key) || PoolParser.attributeKeys().contains(key)) {
                attributes.addAll(
                        reader.list(key, List.of(), value -> PoolParser.attribute(key, value)));
            }
        }
        return range.map(
                r -> new PoolConfig(section.name(), r.base(), r.first(), r.last(), attributes));
    }

    /** The numbers of attributes are no keys that could be listed. */
    private static ConfigSection withoutNumbers(ConfigSection section) {
        Map<String, ConfigEntry> named = new LinkedHashMap<>(section.entries());
        named.keySet().removeIf(PoolParser::isNumber);
        return new ConfigSection(
                section.path(), section.name(), section.position(), named, section.sections());
    }

    /** Warns of pools that connections name and that are not there. */
    void check(
            List<ConnectionConfig> connections,
            Map<String, ConfigSection> connectionSections,
            List<PoolConfig> pools) {
        List<String> names = pools.stream().map(PoolConfig::name).toList();
        for (ConnectionConfig connection : connections) {
            for (String name : connection.virtualIps().pools()) {
                if (!names.contains(name)) {
                    ConfigSection section = connectionSections.get(connection.name());
                    new SectionReader(section, problems)
                            .warning(
                                    "pools",
                                    "there is no pool \""
                                            + name
                                            + "\"; add it to pools { … }, or load it with swanctl");
                }
            }
        }
    }
}
