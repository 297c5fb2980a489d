package dev.culvert.endpoint;

import dev.culvert.endpoint.cli.Cli;
import dev.culvert.endpoint.cli.DaemonRunner;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

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
        System.err.println("culvert: this build has no daemon yet");
        return 1;
    }

    private static PrintWriter writer(FileDescriptor descriptor) {
        return new PrintWriter(
                new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8),
                true);
    }
}
