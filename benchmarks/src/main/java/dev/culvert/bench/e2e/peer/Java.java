package dev.culvert.bench.e2e.peer;

import dev.culvert.bench.e2e.lab.BenchException;
import dev.culvert.bench.e2e.lab.Commands;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Command lines for classes of this build, with the options that the distribution has. */
public final class Java {
    private Java() {}

    /** A command line with the JDK, options and class path of this process. */
    public static List<String> command(Class<?> main, List<String> options, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("@" + home().resolve("endpoint/src/dist/lib/jvm.options"));
        command.addAll(options);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        return command;
    }

    /** The source tree, as the script says. */
    public static Path home() {
        String home = System.getenv("CULVERT_HOME");
        if (home == null) {
            throw new BenchException("start it with scripts/bench");
        }
        return Path.of(home);
    }

    /** The program of the distribution that the script has unpacked. */
    public static Path distribution() {
        String place = System.getenv("CULVERT_DISTRIBUTION");
        if (place == null) {
            throw new BenchException("start it with scripts/bench");
        }
        return Path.of(place, "bin", "culvert");
    }

    /** The JVM's version. */
    public static String version() {
        return System.getProperty("java.vm.vendor", "") + " " + Runtime.version();
    }

    /** The commit of the source tree, with a plus if it has changes. */
    public static String commit() {
        String home = home().toString();
        Commands.Outcome commit =
                Commands.tryRun(List.of("git", "-C", home, "rev-parse", "--short=10", "HEAD"));
        Commands.Outcome changes =
                Commands.tryRun(
                        List.of(
                                "git",
                                "-C",
                                home,
                                "status",
                                "--porcelain",
                                "-uno",
                                "--",
                                "*.java"));
        return commit.succeeded()
                ? commit.output().strip() + (changes.output().isBlank() ? "" : "+")
                : "unknown";
    }
}
