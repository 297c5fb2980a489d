package dev.culvert.endpoint.real.net;

import dev.culvert.endpoint.Main;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How to start Culvert in a JVM of its own: with the class path of the tests and the options of the
 * distribution. As there, the JVM finds the classes of a start in an archive (class data sharing),
 * which takes a quarter of the processor time off it.
 */
final class CulvertJvm implements AutoCloseable {

    private static final Duration DUMP_LIMIT = Duration.ofSeconds(60);

    private static final String OPTIONS =
            "@" + Path.of("src/dist/lib/jvm.options").toAbsolutePath();

    private final Path archive;
    private final List<String> classes;

    /** Makes the archive, which serves until this is closed. */
    CulvertJvm() {
        try {
            archive = Files.createTempFile("culvert-classes", ".jsa");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        // An archive has classes of jars only. Without a jar there is none: Maven makes it before
        // it runs these tests, other tools may not.
        classes = mainIsInJar() ? archived() : List.of("-cp", classPath());
    }

    private List<String> archived() {
        String jars =
                String.join(
                        File.pathSeparator,
                        Arrays.stream(classPath().split(File.pathSeparator, -1))
                                .filter(entry -> entry.endsWith(".jar"))
                                .toList());
        List<String> use = List.of("-XX:SharedArchiveFile=" + archive, "-cp", jars);
        // With the options of a run, or the JVM does not take the modules out of it.
        List<String> dump = new ArrayList<>(List.of(java(), OPTIONS, "-Xshare:dump"));
        dump.add("-XX:SharedClassListFile=" + Path.of("src/build/classes.list").toAbsolutePath());
        dump.addAll(use);
        Commands.run(DUMP_LIMIT, dump, Optional.empty()).orThrow();
        return use;
    }

    /**
     * A command.
     *
     * @param options of the JVM, after those of the distribution
     * @param words of Culvert's command line
     */
    String[] command(List<String> options, String... words) {
        List<String> command = new ArrayList<>();
        command.add(java());
        command.add(OPTIONS);
        command.addAll(options);
        command.addAll(classes);
        command.add(Main.class.getName());
        command.addAll(List.of(words));
        return command.toArray(String[]::new);
    }

    private static boolean mainIsInJar() {
        try {
            return Files.isRegularFile(
                    Path.of(
                            Main.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation()
                                    .toURI()));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String classPath() {
        return System.getProperty("java.class.path");
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(archive);
    }
}
