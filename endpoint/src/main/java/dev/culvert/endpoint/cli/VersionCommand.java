package dev.culvert.endpoint.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code culvert version}. */
@Command(
        name = "version",
        description = "Print the version.",
        footerHeading = "%nExample:%n",
        footer = "  culvert version")
final class VersionCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    /** Of this build. */
    static String version() {
        return Optional.ofNullable(VersionCommand.class.getPackage().getImplementationVersion())
                .orElse("(build tree)");
    }

    @Override
    public Integer call() {
        spec.commandLine().getOut().println("culvert " + version());
        return ExitCode.OK;
    }

    /** For {@code culvert --version}. */
    static final class Provider implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"culvert " + version()};
        }
    }
}
