package dev.culvert.endpoint.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code culvert status}. */
@Command(
        name = "status",
        description = {
            "Show connections, their SAs and their traffic.",
            "Connections that are configured but down are shown too. The fields of the JSON form are"
                    + " described in docs/command-line.md and stay as they are."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  culvert status",
            "  culvert status --json",
            "  culvert status --run-dir /run/culvert-a"
        })
final class StatusCommand implements Callable<Integer> {
    @Mixin private ControlClient.Base control;

    @Option(names = "--json", description = "As one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        return control.run(client -> {
            StatusModel model = StatusReader.read(client);
            if (json) {
                control.out().println(StatusJson.render(model));
            } else {
                control.out().print(StatusText.render(model));
            }
            return ExitCode.OK;
        });
    }
}
