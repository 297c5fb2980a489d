package dev.culvert.endpoint.cli;

import dev.culvert.endpoint.doctor.Doctor;
import dev.culvert.endpoint.doctor.DoctorJson;
import dev.culvert.endpoint.doctor.DoctorText;
import dev.culvert.endpoint.doctor.Report;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code culvert doctor}. */
@Command(
        name = "doctor",
        description = {
            "Show what this host offers and lacks, and what to do about it.",
            "Nothing that lasts is changed: a TUN interface and some sockets are there for a moment."
                    + " Works as any user; what that user may not look at is marked with a question"
                    + " mark."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:an endpoint can run here, as this user", "1:it cannot"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  culvert doctor",
            "  culvert doctor -c /etc/culvert/culvert.conf",
            "  culvert doctor --json"
        })
final class DoctorCommand implements Callable<Integer> {
    private final Map<String, String> environment;

    @Mixin private RunDirectory runDirectory;
    @Spec private CommandSpec spec;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = {
                "The configuration file, whose settings count (default: /etc/culvert/culvert.conf,"
                        + " if it is there)."
            })
    private Optional<Path> file;

    @Option(names = "--json", description = "As one JSON object.")
    private boolean json;

    DoctorCommand(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        Report report =
                Doctor.examine(
                        new Doctor.Request(
                                VersionCommand.version(),
                                file,
                                runDirectory.path().resolve(DaemonRunner.SOCKET_NAME),
                                environment));
        if (json) {
            out.println(DoctorJson.render(report));
        } else {
            out.print(DoctorText.render(report));
        }
        return report.canRun() ? ExitCode.OK : ExitCode.FAILED;
    }
}
