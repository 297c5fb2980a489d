import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * Build step, run from source: links the bundled runtime with the JDK that executes this file, and unpacks JNR's native
 * library beside it, so that the program needs neither a JDK nor a writable, executable temporary directory.
 *
 * <p>Arguments: runtime directory, native directory, comma-separated JDK modules, class path. Both directories are left
 * alone when a stamp says that they were made from the same JDK and modules.
 */
final class MakeRuntime {
    private static final String STUB = "libjffi-1.2.so";
    private static final String ARCHIVE = "-Xshare:dump";

    private MakeRuntime() {}

    public static void main(String[] args) throws IOException {
        Path runtime = Path.of(args[0]);
        Path nativeDir = Path.of(args[1]);
        String modules = args[2];
        Path stubJar = findStubJar(args[3]);

        String wanted = String.join("\n", System.getProperty("java.runtime.version"), modules, stubJar.toString(), ARCHIVE);
        Path stamp = nativeDir.resolveSibling("runtime.stamp");
        if (Files.exists(stamp) && Files.readString(stamp).equals(wanted) && Files.isDirectory(runtime)) {
            return;
        }
        Files.deleteIfExists(stamp);
        unpackStub(stubJar, nativeDir);
        link(runtime, modules);
        Files.writeString(stamp, wanted);
    }

    private static Path findStubJar(String classPath) {
        List<Path> jars = Stream.of(classPath.split(":"))
                .map(Path::of)
                .filter(jar -> jar.getFileName().toString().matches("jffi-.*-native\\.jar"))
                .toList();
        if (jars.size() != 1) {
            throw new IllegalStateException("expected one jffi-*-native.jar on the class path, found " + jars);
        }
        return jars.getFirst();
    }

    private static void unpackStub(Path stubJar, Path nativeDir) throws IOException {
        String cpu = switch (System.getProperty("os.arch")) {
            case "amd64" -> "x86_64";
            case String other -> other;
        };
        Files.createDirectories(nativeDir);
        try (FileSystem jar = FileSystems.newFileSystem(URI.create("jar:" + stubJar.toUri()), Map.of())) {
            Path stub = jar.getPath("jni", cpu + "-Linux", STUB);
            Files.copy(stub, nativeDir.resolve(STUB), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void link(Path runtime, String modules) throws IOException {
        deleteTree(runtime);
        ToolProvider jlink = ToolProvider.findFirst("jlink").orElseThrow(() -> new IllegalStateException(
                "this JDK has no jlink: " + System.getProperty("java.home")));
        int status = jlink.run(System.out, System.err,
                "--add-modules", modules,
                "--strip-debug", "--no-header-files", "--no-man-pages",
                "--compress", "zip-6",
                "--output", runtime.toString());
        if (status != 0) {
            throw new IllegalStateException("jlink ended with status " + status);
        }
        archiveClasses(runtime);
    }

    /** The JDK's classes, loaded and checked beforehand, make the start a fifth faster; jlink's own option makes two archives. */
    private static void archiveClasses(Path runtime) throws IOException {
        Process process = new ProcessBuilder(runtime.resolve("bin/java").toString(), ARCHIVE, "-XX:+UseSerialGC", "-Xlog:disable")
                .inheritIO()
                .start();
        try {
            if (process.waitFor() != 0) {
                throw new IllegalStateException("java " + ARCHIVE + " ended with status " + process.exitValue());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(root)) {
            paths = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.delete(path);
        }
    }
}
