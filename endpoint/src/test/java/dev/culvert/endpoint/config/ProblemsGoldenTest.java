package dev.culvert.endpoint.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The wording of problems, all of them of one file that has nearly every kind. */
class ProblemsGoldenTest {
    @TempDir Path directory;

    @Test
    void shouldReportEveryProblemWhenFileHasMany() throws IOException {
        Path file = directory.resolve("many-problems.conf");
        Files.writeString(file, resource("many-problems.conf"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        LoadResult result = new ConfigLoader().load(file);
        assertThat(result.configuration()).isEmpty();
        assertThat(
                        result.problems().stream()
                                .map(p -> p.toString().replace(directory + "/", ""))
                                .collect(Collectors.joining("\n", "", "\n")))
                .isEqualTo(resource("many-problems.expected"));
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = ProblemsGoldenTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
