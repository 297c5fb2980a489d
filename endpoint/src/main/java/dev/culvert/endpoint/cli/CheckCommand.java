package dev.culvert.endpoint.cli;

import dev.culvert.endpoint.config.ConfigLoader;
import dev.culvert.endpoint.config.Configuration;
import dev.culvert.endpoint.config.LoadResult;
import dev.culvert.ike.config.ConnectionConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code culvert check}. */
@Command(
        name = "check",
        description = {
            "Check a configuration without running it.",
            "Prints every problem as FILE:LINE:COLUMN: message; secrets are never shown."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:it can be used, perhaps with warnings", "1:it has errors"},
        footerHeading = "%nExample:%n",
        footer = "  culvert check /etc/culvert/culvert.conf")
final class CheckCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The configuration file.")
    private Path file;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        LoadResult result = new ConfigLoader().load(file);
        result.problems().forEach(out::println);
        String count =
                count(result.errors().size(), "error")
                        + ", "
                        + count(result.warnings().size(), "warning");
        Optional<Configuration> configuration = result.configuration();
        if (configuration.isEmpty()) {
            out.println(count);
            return ExitCode.FAILED;
        }
        if (!result.problems().isEmpty()) {
            out.println(count);
        }
        summarize(configuration.get(), out);
        return ExitCode.OK;
    }

    private void summarize(Configuration configuration, PrintWriter out) {
        out.println(
                file
                        + ": "
                        + count(configuration.engine().connections().size(), "connection")
                        + ", "
                        + count(configuration.engine().secrets().size(), "secret"));
        for (ConnectionConfig connection : configuration.engine().connections()) {
            out.println(
                    "  "
                            + connection.name()
                            + ": "
                            + String.join(
                                    ", ",
                                    connection.children().stream()
                                            .map(c ->
                                                    c.name()
                                                            + " ("
                                                            + c.mode()
                                                                    .name()
                                                                    .toLowerCase(Locale.ROOT)
                                                            + ")")
                                            .toList()));
        }
    }

    private static String count(int number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
