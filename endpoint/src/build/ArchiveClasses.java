import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Build step, run from source: an archive of the classes that a daemon loads while it starts, loaded and checked beforehand (class
 * data sharing), for the bundled runtime. It holds nothing but what the class list names; a name that is no longer there is left out.
 *
 * <p>The virtual machine compares names, lengths and times of the jars with those that it was made from, and ignores it where they
 * differ. So it is made from copies with the time that files in the distribution have. The path is relative, so that the archive is
 * the same wherever it is built; the virtual machine leaves out what paths begin with.
 *
 * <p>It also compares options that concern modules, and makes the modules anew where they differ; so it runs with the options of a daemon.
 *
 * <p>Arguments: runtime directory, file of the daemon's options, class list, archive, time of all files, our jar, class path.
 */
final class ArchiveClasses {
    /** distribution.xml leaves it out. */
    private static final Pattern NOT_DISTRIBUTED = Pattern.compile("/jffi-[^/]*-native\\.jar$");

    private ArchiveClasses() {}

    public static void main(String[] args) throws IOException {
        Path runtime = Path.of(args[0]).toAbsolutePath();
        Path options = Path.of(args[1]).toAbsolutePath();
        Path list = Path.of(args[2]).toAbsolutePath();
        Path archive = Path.of(args[3]).toAbsolutePath();
        FileTime time = FileTime.from(Instant.parse(args[4]));
        Path place = archive.resolveSibling("archived");
        Path jars = Files.createDirectories(place.resolve("lib"));

        copy(Path.of(args[5]), jars.resolve("culvert.jar"), time);
        for (String entry : args[6].split(":")) {
            Path jar = Path.of(entry);
            if (Files.isRegularFile(jar) && !NOT_DISTRIBUTED.matcher(entry).find()) {
                copy(jar, jars.resolve(jar.getFileName()), time);
            }
        }
        Files.deleteIfExists(archive);
        dump(runtime, options, list, archive, place);
        delete(jars);
        Files.delete(place);
    }

    private static void copy(Path from, Path to, FileTime time) throws IOException {
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
        Files.setLastModifiedTime(to, time);
    }

    private static void dump(Path runtime, Path options, Path list, Path archive, Path place) throws IOException {
        Process process = new ProcessBuilder(
                        runtime.resolve("bin/java").toString(),
                        "@" + options,
                        "-Xshare:dump",
                        "-XX:SharedClassListFile=" + list,
                        "-XX:SharedArchiveFile=" + archive,
                        "-Xlog:disable",
                        "-cp",
                        "lib/culvert.jar")
                .directory(place.toFile())
                .inheritIO()
                .start();
        try {
            if (process.waitFor() != 0 || !Files.exists(archive)) {
                throw new IllegalStateException("java -Xshare:dump ended with status " + process.exitValue());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
