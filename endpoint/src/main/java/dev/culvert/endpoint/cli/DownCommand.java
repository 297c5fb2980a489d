package dev.culvert.endpoint.cli;

import dev.culvert.endpoint.vici.ViciClient;
import dev.culvert.endpoint.vici.ViciSection;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code culvert down}. */
@Command(
        name = "down",
        description = {
            "Delete the SAs of a connection, or of one child.",
            "Policies of start_action = trap stay: the next packet sets the child up again."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:it is down",
            "1:it was not up, or could not be deleted",
            "2:the command line was not understood",
            "3:no daemon runs with that run directory"
        },
        footerHeading = "%nExamples:%n",
        footer = {"  culvert down office", "  culvert down office.lan --force"})
final class DownCommand implements Callable<Integer> {
    @Mixin private ControlClient.Base control;

    @Parameters(paramLabel = "NAME", description = "A connection, a child, or CONNECTION.CHILD.")
    private String name;

    @Option(names = "--force", description = "Do not wait for the peer's answer.")
    private boolean force;

    @Override
    public Integer call() {
        return control.runOn(name, this::down);
    }

    private int down(ViciClient client, Target target) throws IOException {
        ViciSection request = target.request().putIf(force, "force").put("timeout", 0).build();
        ViciSection answer = client.call("terminate", request);
        if (answer.value("matches").filter("0"::equals).isPresent()) {
            control.err().println("culvert: " + target.qualifiedName() + " is not up");
            return ExitCode.FAILED;
        }
        int code = Answer.report(answer, control);
        if (code == ExitCode.OK) {
            control.out().println(target.qualifiedName() + " is down");
        }
        return code;
    }
}
