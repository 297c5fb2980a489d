package dev.culvert.endpoint.cli;

import dev.culvert.endpoint.config.ConfigLoader;
import dev.culvert.endpoint.config.Configuration;
import dev.culvert.endpoint.config.LoadResult;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code culvert run}. */
@Command(
        name = "run",
        description = {
            "Run the daemon in the foreground.",
            "It logs to standard error. SIGTERM and SIGINT delete the SAs at the peers, restore the"
                    + " host's routes and end the process."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:ended in an orderly way",
            "1:could not start, or failed; standard error says why",
            "2:the command line was not understood"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  culvert run -c /etc/culvert/culvert.conf",
            "  ip netns exec a culvert run -c a.conf --run-dir /run/culvert-a"
        })
final class RunCommand implements Callable<Integer> {
    private final DaemonRunner runner;

    @Mixin private RunDirectory runDirectory;
    @Spec private CommandSpec spec;

    @Option(
            names = {"-c", "--config"},
            required = true,
            paramLabel = "FILE",
            description = "The configuration file.")
    private Path file;

    @Option(
            names = "--key-log",
            paramLabel = "DIR",
            description =
                    "Write the keys of all SAs to files in DIR that Wireshark reads. For debugging"
                            + " only: whoever has them can read the traffic.")
    private Optional<Path> keyLog;

    RunCommand(DaemonRunner runner) {
        this.runner = runner;
    }

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        LoadResult result = new ConfigLoader().load(file);
        result.problems().forEach(err::println);
        err.flush();
        if (result.configuration().isEmpty()) {
            err.println("culvert: " + file + " has errors; nothing was started");
            return ExitCode.FAILED;
        }
        Configuration configuration = result.configuration().get();
        if (keyLog.isPresent()) {
            configuration =
                    new Configuration(
                            configuration.engine(),
                            configuration
                                    .daemon()
                                    .withKeyLogDirectory(keyLog.get().toAbsolutePath()));
        }
        return runner.run(
                new DaemonRunner.Options(
                        file.toAbsolutePath(), configuration, runDirectory.path()));
    }
}
