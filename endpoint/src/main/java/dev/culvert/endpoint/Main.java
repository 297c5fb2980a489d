package dev.culvert.endpoint;

import dev.culvert.endpoint.cli.Cli;
import dev.culvert.endpoint.cli.DaemonRunner;
import dev.culvert.endpoint.config.ConfigLoader;
import dev.culvert.endpoint.daemon.Daemon;
import dev.culvert.endpoint.daemon.DaemonSpec;
import dev.culvert.endpoint.daemon.StartException;
import dev.culvert.endpoint.logging.LogSetup;
import dev.culvert.ike.engine.DefaultIkeEngine;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Optional;

/** The program's entry point. */
public final class Main {
    private Main() {}

    /**
     * Runs the command line.
     *
     * @param args the command and its arguments
     */
    public static void main(String[] args) {
        PrintWriter out = writer(FileDescriptor.out);
        PrintWriter err = writer(FileDescriptor.err);
        System.exit(new Cli(System.getenv(), Main::runDaemon, out, err).execute(args));
    }

    private static int runDaemon(DaemonRunner.Options options) {
        LogSetup.apply(options.configuration().daemon().log());
        DaemonSpec spec =
                new DaemonSpec(
                        options.configuration(),
                        () -> new ConfigLoader().load(options.configFile()),
                        options.viciSocket(),
                        version());
        try {
            SecureRandom random = new SecureRandom();
            Daemon.run(spec, settings -> new DefaultIkeEngine(settings, random::nextBytes));
            return 0;
        } catch (StartException e) {
            System.err.println("culvert: " + e.getMessage());
            return 1;
        }
    }

    private static String version() {
        return Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
                .orElse("(development)");
    }

    private static PrintWriter writer(FileDescriptor descriptor) {
        return new PrintWriter(
                new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8),
                true);
    }
}
