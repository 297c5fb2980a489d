package dev.culvert.endpoint.cli;

import dev.culvert.endpoint.vici.ViciClient;
import dev.culvert.endpoint.vici.ViciSection;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code culvert up}. */
@Command(
        name = "up",
        description = {
            "Set up a connection with all its children, or one child.",
            "Waits until it is up or has failed, and says why it failed."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:it is up",
            "1:it failed, or the time was over",
            "2:the command line was not understood",
            "3:no daemon runs with that run directory"
        },
        footerHeading = "%nExamples:%n",
        footer = {"  culvert up office", "  culvert up office.lan --timeout 30 --verbose"})
final class UpCommand implements Callable<Integer> {
    @Mixin private ControlClient.Base control;

    @Parameters(paramLabel = "NAME", description = "A connection, a child, or CONNECTION.CHILD.")
    private String name;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "0",
            description = "Wait this long (default: until it is up or has failed).")
    private int timeoutSeconds;

    @Option(
            names = {"-v", "--verbose"},
            description = "Show each step.")
    private boolean verbose;

    @Override
    public Integer call() {
        return control.runOn(name, this::up);
    }

    private int up(ViciClient client, Target target) throws IOException {
        ViciSection request =
                target.request()
                        .put("timeout", TimeUnit.SECONDS.toMillis(Math.max(0, timeoutSeconds)))
                        .put("loglevel", 1)
                        .build();
        ViciSection answer =
                client.stream(
                        "initiate",
                        request,
                        "control-log",
                        event -> {
                            if (verbose) {
                                control.out().println(event.value("msg").orElse(""));
                                control.out().flush();
                            }
                        });
        int code = Answer.report(answer, control);
        if (code == ExitCode.OK) {
            control.out().println(target.qualifiedName() + " is up");
        }
        return code;
    }
}
