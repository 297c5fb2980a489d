package dev.culvert.endpoint.doctor;

import dev.culvert.endpoint.config.DaemonSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Looks at this host as the daemon would find it, without changing anything that lasts: a TUN
 * interface and some sockets are there for a moment.
 */
public final class Doctor {
    private static final Path DEFAULT_FILE = Path.of("/etc/culvert/culvert.conf");

    private Doctor() {}

    /**
     * What to look at.
     *
     * @param version of this program
     * @param configFile the configuration, if the user named one
     * @param socket the control socket, unless the configuration names another
     * @param environment variables of the process
     */
    public record Request(
            String version,
            Optional<Path> configFile,
            Path socket,
            Map<String, String> environment) {
        public Request {
            environment = Map.copyOf(environment);
        }
    }

    /** Looks. Takes some hundred milliseconds. */
    public static Report examine(Request request) {
        SetupChecks.Configured configured =
                SetupChecks.configuration(
                        request.configFile().orElse(DEFAULT_FILE),
                        request.configFile().isPresent());
        DaemonSettings settings = configured.settings();
        SetupChecks.Reached reached =
                SetupChecks.daemon(settings.viciSocket().orElse(request.socket()));
        HostFiles files = new HostFiles(Path.of("/"), request.environment());
        return new Report(
                request.version(),
                List.of(
                        new Report.Section(
                                "What it needs",
                                NeedChecks.examine(settings.listen(), reached.runs())),
                        new Report.Section("Speed", SpeedChecks.examine(settings, files)),
                        new Report.Section(
                                "Network", NetworkChecks.examine(settings, files, reached.runs())),
                        new Report.Section(
                                "Set-up", List.of(configured.finding(), reached.finding()))));
    }
}
