package dev.culvert.endpoint.real.net;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The stock {@code swanctl}, which drives strongSwan and, being a vici client, Culvert too. */
final class Swanctl {

    private static final Duration LIMIT = Duration.ofSeconds(40);

    private Swanctl() {}

    /** Runs a command against the daemon behind a socket. */
    static CommandResult run(Namespace namespace, Path socket, String... words) {
        List<String> command = new ArrayList<>(List.of("swanctl"));
        command.addAll(List.of(words));
        command.addAll(List.of("--uri", "unix://" + socket));
        return namespace.run(LIMIT, command.toArray(String[]::new));
    }
}
