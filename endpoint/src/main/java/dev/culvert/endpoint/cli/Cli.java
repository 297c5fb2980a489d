package dev.culvert.endpoint.cli;

import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine;

/** The command line as a whole. */
public final class Cli {
    private final Map<String, String> environment;
    private final DaemonRunner runner;
    private final PrintWriter out;
    private final PrintWriter err;

    /**
     * @param environment variables of the process
     * @param runner runs the daemon
     * @param out for results
     * @param err for problems
     */
    public Cli(
            Map<String, String> environment,
            DaemonRunner runner,
            PrintWriter out,
            PrintWriter err) {
        this.environment = Map.copyOf(environment);
        this.runner = runner;
        this.out = out;
        this.err = err;
    }

    /**
     * Carries out a command.
     *
     * @param args the command and its arguments
     * @return the process's exit code
     */
    public int execute(String... args) {
        CommandLine commandLine = new CommandLine(new CulvertCommand());
        commandLine.addSubcommand("run", new RunCommand(runner));
        commandLine.addSubcommand("status", new StatusCommand());
        commandLine.addSubcommand("up", new UpCommand());
        commandLine.addSubcommand("down", new DownCommand());
        commandLine.addSubcommand("reload", new ReloadCommand());
        commandLine.addSubcommand("check", new CheckCommand());
        commandLine.addSubcommand("doctor", new DoctorCommand(environment));
        commandLine.addSubcommand("version", new VersionCommand());
        commandLine.addMixin("help", new Help());
        commandLine.getSubcommands().values().forEach(c -> c.addMixin("help", new Help()));
        commandLine
                .getCommandSpec()
                .addOption(
                        CommandLine.Model.OptionSpec.builder("-V", "--version")
                                .versionHelp(true)
                                .description("Print the version and exit.")
                                .build());
        commandLine.setOut(out);
        commandLine.setErr(err);
        commandLine.setDefaultValueProvider(this::defaultValue);
        commandLine.setParameterExceptionHandler(Cli::usageError);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        int code = commandLine.execute(args);
        out.flush();
        err.flush();
        return code;
    }

    private String defaultValue(CommandLine.Model.ArgSpec spec) {
        boolean isRunDirectory =
                spec instanceof CommandLine.Model.OptionSpec option
                        && option.longestName().equals(RunDirectory.OPTION);
        return isRunDirectory
                ? environment.getOrDefault(RunDirectory.VARIABLE, RunDirectory.DEFAULT)
                : spec.defaultValue();
    }

    private static int usageError(CommandLine.ParameterException e, String... args) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("culvert: " + e.getMessage());
        if (!CommandLine.UnmatchedArgumentException.printSuggestions(e, err)) {
            err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        }
        return ExitCode.USAGE;
    }
}
