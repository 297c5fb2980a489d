package dev.culvert.endpoint.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code culvert} without a command. */
@Command(
        name = "culvert",
        description = "An IPsec VPN endpoint that runs in user space.",
        versionProvider = VersionCommand.Provider.class,
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:failed; standard error says why",
            "2:the command line was not understood",
            "3:no daemon runs with that run directory"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  culvert check /etc/culvert/culvert.conf",
            "  culvert run -c /etc/culvert/culvert.conf",
            "  culvert up office",
            "  culvert status",
            "",
            "swanctl works too: swanctl --list-sas --uri unix:///run/culvert/culvert.vici"
        })
final class CulvertCommand implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(),
                "expected a command, such as run, status, up, down, check or doctor");
    }
}
