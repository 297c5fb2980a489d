package dev.culvert.endpoint.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigParserTest {
    @TempDir Path directory;

    private final Problems problems = new Problems();

    @Test
    void shouldReadSectionsAndValuesWhenWellFormed() {
        ConfigSection root =
                parse(
                        """
                        # a comment
                        a { # another
                            key = some   text  # not text
                            empty =
                            b { inner = x }
                            quoted = "two
                        lines \\"here\\"\\tand\\nmore \\
                        joined"
                        }
                        c
                        {
                            one=1
                        }
                        """);
        assertThat(messages()).isEmpty();
        ConfigSection a = root.section("a").orElseThrow();
        assertThat(a.entry("key").orElseThrow().value()).isEqualTo("some text");
        assertThat(a.entry("empty")).isEmpty();
        assertThat(a.section("b").orElseThrow().entry("inner").orElseThrow().value())
                .isEqualTo("x");
        assertThat(a.entry("quoted").orElseThrow().value())
                .isEqualTo("two\nlines \"here\"\tand\nmore joined");
        assertThat(root.section("c").orElseThrow().entry("one").orElseThrow().value())
                .isEqualTo("1");
    }

    @Test
    void shouldRememberPositionsWhenReading() {
        ConfigSection root = parse("a {\n  key = value\n}\n");
        ConfigEntry entry = root.section("a").orElseThrow().entry("key").orElseThrow();
        assertThat(entry.keyPosition()).isEqualTo(at("main.conf", 2, 3));
        assertThat(entry.valuePosition()).isEqualTo(at("main.conf", 2, 9));
    }

    @Test
    void shouldEndValueWhenBraceFollows() {
        ConfigSection root = parse("a { b { key = value } other = x }");
        assertThat(messages()).isEmpty();
        assertThat(root.section("a").orElseThrow().entry("other")).isPresent();
    }

    @Test
    void shouldJoinPartsWithOneBlankWhenWordsAndStringsMix() {
        ConfigSection root = parse("a { key = one \"two  three\"   four }");
        assertThat(root.section("a").orElseThrow().entry("key").orElseThrow().value())
                .isEqualTo("one two  three four");
    }

    @Test
    void shouldReportEveryFaultWhenThereAreSeveral() {
        parse(
                """
                = 1
                a {
                    key value
                    other = "never closed
                """);
        assertThat(messages())
                .containsExactly(
                        "main.conf:1:1: error: expected the name of a key or a section, found '='",
                        "main.conf:2:3: error: the section that begins here is never closed: expected a '}'",
                        "main.conf:3:9: error: expected '=', '{' or ':' after a name, found a word",
                        "main.conf:4:13: error: the quoted string that begins here never ends:"
                                + " expected a '\"'");
    }

    @Test
    void shouldGoOnInsideWhenSectionHeaderIsFaulty() {
        parse("a b {\n  x y\n}\nc d\n}\n");
        assertThat(messages())
                .containsExactly(
                        "main.conf:1:3: error: expected '=', '{' or ':' after a name, found a word",
                        "main.conf:2:5: error: expected '=', '{' or ':' after a name, found a word",
                        "main.conf:4:3: error: expected '=', '{' or ':' after a name, found a word",
                        "main.conf:5:1: error: '}' closes no section; one brace too many?");
    }

    @Test
    void shouldReportOnceWhenLineEndsAfterName() {
        parse("a {\n  key\n  other = x\n}\n");
        assertThat(messages())
                .containsExactly(
                        "main.conf:2:6: error: expected '=', '{' or ':' after a name, found the"
                                + " end of the line");
    }

    @Test
    void shouldWarnWhenKeyOrSectionIsRepeated() {
        ConfigSection root = parse("a {\n  key = 1\n  key = 2\n  b { }\n  b { x = y }\n}\n");
        assertThat(root.section("a").orElseThrow().entry("key").orElseThrow().value())
                .isEqualTo("2");
        assertThat(messages())
                .containsExactly(
                        "main.conf:3:3: warning: this key is set twice in its section; this"
                                + " replaces the value of line 2",
                        "main.conf:5:3: warning: this section was already opened on line 4;"
                                + " what is in here is added to it");
    }

    @Test
    void shouldInheritWhenSectionsReferToOthers() {
        ConfigSection root =
                parse(
                        """
                        connections {
                            gw : defaults, more {
                                own = 1
                                both = own
                                cleared =
                                sub { in_own = 1 }
                            }
                            copy : connections.gw { }
                        }
                        defaults {
                            both = defaults
                            cleared = not
                            from_defaults = 1
                            sub { in_defaults = 1 }
                        }
                        more : base { from_defaults = no }
                        base { from_base = 1 }
                        """);
        assertThat(messages()).isEmpty();
        for (String name : List.of("gw", "copy")) {
            ConfigSection gw =
                    root.section("connections").orElseThrow().section(name).orElseThrow();
            assertThat(gw.entry("own")).isPresent();
            assertThat(gw.entry("both").orElseThrow().value()).isEqualTo("own");
            assertThat(gw.entry("cleared")).isEmpty();
            assertThat(gw.entry("from_defaults").orElseThrow().value()).isEqualTo("1");
            assertThat(gw.entry("from_base")).isPresent();
            assertThat(gw.section("sub").orElseThrow().entries())
                    .containsOnlyKeys("in_own", "in_defaults");
        }
    }

    @Test
    void shouldFindInheritedSectionWhenReferenceGoesThroughAReference() {
        ConfigSection root =
                parse(
                        """
                        template { children { net { x = 1 } } }
                        connections { gw : template { } }
                        user : connections.gw.children.net { }
                        """);
        assertThat(messages()).isEmpty();
        assertThat(root.section("user").orElseThrow().entry("x")).isPresent();
    }

    @Test
    void shouldReportWhenReferenceHasNoTarget() {
        parse("a : b, c.d {\n}\n");
        assertThat(messages())
                .containsExactly(
                        "main.conf:1:5: error: there is no section of this name to refer to; references"
                                + " are absolute names, with a dot between sections",
                        "main.conf:1:8: error: there is no section of this name to refer to; references"
                                + " are absolute names, with a dot between sections");
    }

    @Test
    void shouldReportWhenReferencesGoInCircles() {
        parse("a : b { }\nb : a { }\nc : c { }\nd { e : d { } }\n");
        assertThat(messages())
                .allMatch(m -> m.contains("leads back to the section it is in"))
                .hasSize(4);
    }

    @Test
    void shouldStopWhenReferencesMultiply() {
        StringBuilder text = new StringBuilder("s0 { }\n");
        for (int i = 1; i < 25; i++) {
            text.append("s%d { x : s%d { } y : s%d { } }%n".formatted(i, i - 1, i - 1));
        }
        parse(text.toString());
        assertThat(messages()).anyMatch(m -> m.contains("references multiply"));
    }

    @Test
    void shouldExtendSectionWhenFilesAreIncluded() throws IOException {
        Files.createDirectory(directory.resolve("conf.d"));
        write("conf.d/1.conf", "key = first\nadded = 1\n");
        write("conf.d/2.conf", "key = second\nsub { x = 1 }\n");
        write("conf.d/.hidden.conf", "}}}}");
        ConfigSection root =
                parse(
                        """
                        a {
                            key = main
                            include conf.d/*.conf
                        }
                        include none/*.conf
                        """);
        assertThat(messages()).isEmpty();
        ConfigSection a = root.section("a").orElseThrow();
        assertThat(a.entry("key").orElseThrow().value()).isEqualTo("second");
        assertThat(a.entry("key").orElseThrow().keyPosition()).isEqualTo(at("conf.d/2.conf", 1, 1));
        assertThat(a.entry("added")).isPresent();
        assertThat(a.section("sub")).isPresent();
    }

    @Test
    void shouldReportWhenIncludeFails() throws IOException {
        write("loop.conf", "include main.conf\n");
        parse("include missing.conf\n  include loop.conf\ninclude\n");
        assertThat(messages())
                .containsExactly(
                        "main.conf:1:9: error: cannot include "
                                + directory.resolve("missing.conf")
                                + ": there is no such file",
                        "main.conf:3:8: error: expected '=', '{' or ':' after a name, found"
                                + " the end of the line",
                        "loop.conf:1:9: error: \""
                                + directory.resolve("main.conf")
                                + "\" includes itself, directly or through others");
    }

    @Test
    void shouldReportWhenSectionsAreTooDeep() {
        parse("a{".repeat(5000));
        assertThat(messages()).anyMatch(m -> m.contains("nested more than 32 deep"));
    }

    private ConfigSection parse(String text) {
        try {
            write("main.conf", text);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        parser = new ConfigParser(new FileSource(), problems);
        RawSection raw = parser.parse(directory.resolve("main.conf"));
        return new ReferenceResolver(raw, problems).resolve();
    }

    private ConfigParser parser;

    private List<String> messages() {
        return problems.sorted(parser.filesInOrder()).stream()
                .map(p -> p.toString().replaceFirst("^" + directory + "/", ""))
                .toList();
    }

    private SourcePosition at(String file, int line, int column) {
        return new SourcePosition(directory.resolve(file).toString(), line, column);
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name), text);
    }
}
