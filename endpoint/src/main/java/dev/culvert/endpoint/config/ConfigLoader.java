package dev.culvert.endpoint.config;

import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.EngineConfig;
import dev.culvert.ike.config.PoolConfig;
import dev.culvert.ike.config.SharedSecret;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads configuration files. */
public final class ConfigLoader {
    private static final Set<String> OF_STRONGSWAN_CONF =
            Set.of("charon", "charon-systemd", "libstrongswan", "libtls", "swanctl", "starter");

    private final ConfigSource source;

    /** Reads from the host's file system. */
    public ConfigLoader() {
        this(new FileSource());
    }

    ConfigLoader(ConfigSource source) {
        this.source = source;
    }

    /**
     * Reads a file and all that it includes, and checks everything.
     *
     * @param file such as /etc/culvert/culvert.conf
     * @return the configuration, unless there are errors, and all problems; never throws because of
     *     what the file contains
     */
    public LoadResult load(Path file) {
        Problems problems = new Problems();
        ConfigParser parser = new ConfigParser(source, problems);
        RawSection raw = parser.parse(file);
        ReferenceResolver resolver = new ReferenceResolver(raw, problems);
        ConfigSection root = resolver.resolve();
        Optional<Configuration> configuration = Optional.empty();
        if (!problems.structureIsLost()) {
            checkRoot(root, resolver, problems);
            configuration = Optional.of(map(root, problems));
        }
        return new LoadResult(
                problems.hasErrors() ? Optional.empty() : configuration,
                problems.sorted(parser.filesInOrder()),
                List.copyOf(parser.filesInOrder()));
    }

    private static void checkRoot(
            ConfigSection root, ReferenceResolver resolver, Problems problems) {
        for (ConfigEntry entry : root.entries().values()) {
            problems.error(
                    entry.keyPosition(),
                    "the key \""
                            + entry.key()
                            + "\" stands outside of every section; expected sections such as"
                            + " connections { … } and secrets { … }");
        }
        for (ConfigSection section : root.sections().values()) {
            if (Rules.ROOT.sections().containsKey(section.name())
                    || resolver.isTemplate(section.name())) {
                continue;
            }
            String hint =
                    OF_STRONGSWAN_CONF.contains(section.name())
                            ? " It belongs into strongswan.conf; what Culvert has of it is in"
                                    + " culvert { … }."
                            : Suggestions.didYouMean(
                                    section.name(), Rules.ROOT.sections().keySet());
            problems.error(
                    section.position(),
                    "unknown section \""
                            + section.name()
                            + "\", and no other section refers to it."
                            + hint);
        }
        root.section("authorities").ifPresent(s -> Rules.AUTHORITIES.check(s, problems));
    }

    private Configuration map(ConfigSection root, Problems problems) {
        ConfigSection culvert = sectionOrEmpty(root, "culvert");
        ConfigSection connections = sectionOrEmpty(root, "connections");
        ConfigSection secretsSection = sectionOrEmpty(root, "secrets");
        CulvertReader culvertReader = new CulvertReader(culvert, problems);
        DaemonSettings settings = culvertReader.read();
        for (ConfigEntry entry : connections.entries().values()) {
            problems.error(
                    entry.keyPosition(),
                    "\""
                            + entry.key()
                            + "\" belongs into a connection: connections { NAME { … } }");
        }
        ConnectionReader connectionReader =
                new ConnectionReader(settings, culvertReader.replayWindowPackets(), problems);
        List<ConnectionConfig> connectionConfigs =
                connections.sections().values().stream().map(connectionReader::read).toList();
        List<SharedSecret> secrets = new SecretReader(source, problems).read(secretsSection);
        new CrossChecks(connections.sections(), secretsSection.sections(), problems)
                .check(connectionConfigs, secrets);
        PoolReader poolReader = new PoolReader(problems);
        List<PoolConfig> pools = poolReader.read(sectionOrEmpty(root, "pools"));
        poolReader.check(connectionConfigs, connections.sections(), pools);
        return new Configuration(new EngineConfig(connectionConfigs, secrets, pools), settings);
    }

    private static ConfigSection sectionOrEmpty(ConfigSection root, String name) {
        return root.section(name)
                .orElseGet(
                        () -> new ConfigSection(name, name, root.position(), Map.of(), Map.of()));
    }
}
