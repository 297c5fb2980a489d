package dev.culvert.endpoint.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * docs/configuration.md against the code: the same keys, and the defaults that it names are the
 * defaults.
 */
class ConfigurationDocTest {
    private static final Path DOC = Path.of("../docs/configuration.md");
    private static final Pattern ROW = Pattern.compile("\\| `([^`]+)` \\| ([^|]+) \\|.*");

    private static final Map<String, SectionRules> SECTIONS =
            Map.ofEntries(
                    Map.entry("connections.NAME", Rules.CONNECTION),
                    Map.entry("local*", Rules.LOCAL),
                    Map.entry("remote*", Rules.REMOTE),
                    Map.entry("connections.NAME.children.NAME", Rules.CHILD),
                    Map.entry("secrets.ike*", Rules.IKE_SECRET),
                    Map.entry("pools.NAME", Rules.POOL),
                    Map.entry("culvert", Rules.CULVERT),
                    Map.entry("culvert.tun", Rules.TUN),
                    Map.entry("culvert.offload", Rules.OFFLOAD),
                    Map.entry("culvert.limits", Rules.LIMITS),
                    Map.entry("culvert.retransmit", Rules.RETRANSMIT),
                    Map.entry("culvert.redirect", Rules.REDIRECT),
                    Map.entry("culvert.vici", Rules.VICI),
                    Map.entry("culvert.log", Rules.LOG));

    @TempDir Path directory;

    @Test
    void shouldDescribeEveryKeyWhenCodeKnowsIt() throws IOException {
        Map<String, Map<String, String>> tables = tables();
        assertThat(tables.keySet()).isEqualTo(SECTIONS.keySet());
        SECTIONS.forEach((heading, rules) ->
                assertThat(tables.get(heading).keySet())
                        .as(heading)
                        .containsExactlyInAnyOrderElementsOf(rules.keys().keySet()));
    }

    @Test
    void shouldNameSectionsWhenCodeKnowsThem() throws IOException {
        String text = Files.readString(DOC);
        Rules.SECRETS.sections().keySet().stream()
                .map(name -> name.replace("*", ""))
                .forEach(name -> assertThat(text).contains(name));
        Rules.ROOT.sections().keySet().forEach(name -> assertThat(text).contains(name));
    }

    @Test
    void shouldMeanTheSameWhenDocumentedDefaultsAreWritten() throws IOException {
        Map<String, Map<String, String>> tables = tables();
        Configuration bare = load("", "", "");
        Configuration written =
                load(
                        body(tables.get("connections.NAME")),
                        body(tables.get("connections.NAME.children.NAME")),
                        body(tables.get("culvert"))
                                + List.of("tun", "limits", "retransmit", "redirect", "vici", "log")
                                        .stream()
                                        .map(s ->
                                                s
                                                        + " {\n"
                                                        + body(tables.get("culvert." + s))
                                                        + "}\n")
                                        .collect(Collectors.joining()));
        assertThat(written.engine().connections()).isEqualTo(bare.engine().connections());
        assertThat(written.daemon()).isEqualTo(bare.daemon()).isEqualTo(DaemonSettings.defaults());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "two-hosts-a.conf",
                "two-hosts-b.conf",
                "road-warrior-client.conf",
                "road-warrior-gateway.conf",
                "with-strongswan-culvert.conf",
                "with-strongswan-strongswan.conf"
            })
    void shouldHaveNoProblemWhenFileIsAnExample(String name) throws IOException {
        Path file = directory.resolve(name);
        Files.copy(Path.of("src/dist/examples", name), file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertThat(new ConfigLoader().load(file).problems()).isEmpty();
    }

    /** Keys with the defaults that are values, and not explanations. */
    private static String body(Map<String, String> table) {
        return table.entrySet().stream()
                .filter(e -> !e.getValue().contains(" ") && !e.getValue().equals("–"))
                .map(e -> e.getKey() + " = " + e.getValue() + "\n")
                .collect(Collectors.joining());
    }

    /** Keys and defaults of the tables, by heading. */
    private static Map<String, Map<String, String>> tables() throws IOException {
        Map<String, Map<String, String>> tables = new LinkedHashMap<>();
        String heading = "";
        for (String line : Files.readAllLines(DOC)) {
            if (line.startsWith("#")) {
                heading = line.replaceFirst("#+ ", "");
            }
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                tables.computeIfAbsent(heading, h -> new LinkedHashMap<>())
                        .put(row.group(1), row.group(2).strip());
            }
        }
        return tables;
    }

    private Configuration load(String connection, String child, String culvert) throws IOException {
        Path file = directory.resolve("test.conf");
        Files.writeString(
                file,
                "culvert {\n"
                        + culvert
                        + "}\nconnections {\ngw {\n"
                        + connection
                        + "local {\nauth = psk\n}\nremote {\nauth = psk\n}\nchildren {\nc {\n"
                        + child
                        + "}\n}\n}\n}\nsecrets {\nike {\nsecret = x\n}\n}\n");
        LoadResult result = new ConfigLoader().load(file);
        assertThat(result.errors()).isEmpty();
        return result.configuration().orElseThrow();
    }
}
