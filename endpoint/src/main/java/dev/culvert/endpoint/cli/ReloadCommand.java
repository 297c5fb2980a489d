package dev.culvert.endpoint.cli;

import dev.culvert.endpoint.vici.ViciSection;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code culvert reload}. */
@Command(
        name = "reload",
        description = {
            "Have the daemon read its configuration file again.",
            "A file with errors changes nothing. The section culvert { … } takes effect at the next"
                    + " start only."
        },
        footerHeading = "%nExample:%n",
        footer = "  culvert check /etc/culvert/culvert.conf && culvert reload")
final class ReloadCommand implements Callable<Integer> {
    @Mixin private ControlClient.Base control;

    @Override
    public Integer call() {
        return control.run(client ->
                Answer.report(client.call("reload-settings", ViciSection.EMPTY), control));
    }
}
