package dev.culvert.endpoint.cli;

import dev.culvert.endpoint.vici.ViciClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What commands that talk to the daemon share. */
final class ControlClient {
    @Mixin private RunDirectory runDirectory;

    @Option(
            names = "--socket",
            paramLabel = "FILE",
            description =
                    "The daemon's control socket, where culvert.vici.socket puts it elsewhere than"
                            + " into the run directory.")
    private Path socket;

    /** A command's work with the daemon. */
    @FunctionalInterface
    interface Work {
        /** Returns the exit code. */
        int with(ViciClient client) throws IOException;
    }

    /** A command's work with one thing that the daemon has. */
    @FunctionalInterface
    interface WorkOn {
        /** Returns the exit code. */
        int with(ViciClient client, Target target) throws IOException;
    }

    /** Connects, works, and reports what goes wrong with the connection. */
    int run(CommandSpec spec, Work work) {
        PrintWriter err = spec.commandLine().getErr();
        Path path = socket == null ? runDirectory.path().resolve(DaemonRunner.SOCKET_NAME) : socket;
        ViciClient client;
        try {
            client = ViciClient.connect(path);
        } catch (IOException e) {
            err.println("culvert: " + whyNot(path, e));
            return ExitCode.NOT_RUNNING;
        }
        try (client) {
            return work.with(client);
        } catch (IOException e) {
            err.println("culvert: the daemon stopped answering: " + e.getMessage());
            return ExitCode.FAILED;
        }
    }

    private static String whyNot(Path path, IOException e) {
        String hint =
                "; start one with 'culvert run', or name its run directory with "
                        + RunDirectory.OPTION;
        if (e instanceof AccessDeniedException || (Files.exists(path) && !Files.isWritable(path))) {
            return "no permission to use " + path + "; try again as the user that runs the daemon";
        }
        return Files.exists(path)
                ? "no daemon answers at " + path + hint
                : "no daemon runs here: there is no " + path + hint;
    }

    /** For commands. */
    static final class Base {
        @Mixin private ControlClient client;

        @Spec(Spec.Target.MIXEE)
        private CommandSpec spec;

        int run(Work work) {
            return client.run(spec, work);
        }

        /** As {@link #run}, on what a name stands for; says so when it stands for nothing. */
        int runOn(String name, WorkOn work) {
            return run(daemon ->
                    switch (Target.lookUp(daemon, name)) {
                        case Target.Lookup.Found(Target target) -> work.with(daemon, target);
                        case Target.Lookup.NotFound(String message) -> {
                            err().println("culvert: " + message);
                            yield ExitCode.FAILED;
                        }
                    });
        }

        PrintWriter out() {
            return spec.commandLine().getOut();
        }

        PrintWriter err() {
            return spec.commandLine().getErr();
        }
    }
}
