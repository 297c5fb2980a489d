package dev.culvert.endpoint.doctor;

import dev.culvert.endpoint.config.ConfigLoader;
import dev.culvert.endpoint.config.DaemonSettings;
import dev.culvert.endpoint.config.LoadResult;
import dev.culvert.endpoint.vici.ViciClient;
import dev.culvert.endpoint.vici.ViciSection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The configuration file, and a daemon that runs already. */
final class SetupChecks {
    static final String CONFIGURATION = "configuration";
    static final String DAEMON = "daemon";

    private SetupChecks() {}

    /**
     * A finding, and what was found.
     *
     * @param finding for the report
     * @param settings of the file, or the defaults without a usable one
     */
    record Configured(Finding finding, DaemonSettings settings) {}

    /**
     * A finding, and what was found.
     *
     * @param finding for the report
     * @param runs whether a daemon runs, reachable or not
     */
    record Reached(Finding finding, boolean runs) {}

    /**
     * Reads the configuration.
     *
     * @param file where it is
     * @param named whether the user named it; if not, it may be missing
     */
    static Configured configuration(Path file, boolean named) {
        DaemonSettings defaults = DaemonSettings.defaults();
        if (!Files.exists(file)) {
            Finding finding =
                    named
                            ? Finding.fault(CONFIGURATION, file + " does not exist", "create it")
                            : Finding.note(
                                    CONFIGURATION, "no " + file + "; name yours with --config");
            return new Configured(finding, defaults);
        }
        if (!Files.isReadable(file)) {
            return new Configured(
                    Finding.unknown(CONFIGURATION, "no permission to read " + file), defaults);
        }
        LoadResult result = new ConfigLoader().load(file);
        String advice = "culvert check " + file;
        if (result.configuration().isEmpty()) {
            return new Configured(
                    Finding.fault(
                            CONFIGURATION, file + ": errors: " + result.errors().size(), advice),
                    defaults);
        }
        DaemonSettings settings = result.configuration().get().daemon();
        int connections = result.configuration().get().engine().connections().size();
        return new Configured(
                result.warnings().isEmpty()
                        ? Finding.ok(CONFIGURATION, file + ": connections: " + connections)
                        : Finding.warning(
                                CONFIGURATION,
                                file + ": warnings: " + result.warnings().size(),
                                advice),
                settings);
    }

    /** Looks for a daemon behind a control socket. */
    static Reached daemon(Path socket) {
        try (ViciClient client = ViciClient.connect(socket)) {
            ViciSection status = client.call("culvert-status", ViciSection.EMPTY);
            Optional<String> version = status.value("version");
            return new Reached(
                    Finding.ok(DAEMON, "culvert " + version.orElse("") + " answers at " + socket),
                    true);
        } catch (IOException e) {
            if (!Files.exists(socket)) {
                return new Reached(Finding.note(DAEMON, "none at " + socket), false);
            }
            return Files.isWritable(socket)
                    ? new Reached(
                            Finding.note(DAEMON, "one that runs no more left " + socket), false)
                    : new Reached(Finding.unknown(DAEMON, "no permission to use " + socket), true);
        }
    }
}
