package dev.culvert.endpoint.config;

import dev.culvert.ike.config.SharedSecret;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.wire.Parsed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads {@code secrets { … }}. No message of it contains a secret. */
final class SecretReader {
    private final ConfigSource source;
    private final Problems problems;
    private final Set<String> exposedFiles = new HashSet<>();

    SecretReader(ConfigSource source, Problems problems) {
        this.source = source;
        this.problems = problems;
    }

    List<SharedSecret> read(ConfigSection secrets) {
        Rules.SECRETS.check(secrets, problems);
        List<SharedSecret> keys = new ArrayList<>();
        for (ConfigSection section : secrets.sections().values()) {
            if (section.name().startsWith("ike")) {
                readKey(section).ifPresent(keys::add);
            }
        }
        return List.copyOf(keys);
    }

    private Optional<SharedSecret> readKey(ConfigSection section) {
        Rules.IKE_SECRET.check(section, problems);
        List<Identity> owners = new ArrayList<>();
        for (ConfigEntry entry : section.entries().values()) {
            if (entry.key().startsWith("id") && !entry.isCleared()) {
                switch (Identity.parse(entry.value())) {
                    case Parsed.Ok<Identity>(Identity owner) -> owners.add(owner);
                    case Parsed.Failed<Identity>(String problem) ->
                            problems.error(
                                    entry.valuePosition(),
                                    section.path()
                                            + "."
                                            + entry.key()
                                            + " = "
                                            + Show.value(entry.value())
                                            + ": "
                                            + problem);
                }
            }
        }
        Optional<ConfigEntry> entry = section.entry("secret");
        if (entry.isEmpty()) {
            problems.error(
                    section.position(),
                    section.path() + ": the key \"secret\" is missing; add secret = \"…\"");
            return Optional.empty();
        }
        warnIfExposed(entry.get());
        return switch (SecretText.parse(entry.get().value())) {
            case Parsed.Ok<SecretBytes>(SecretBytes secret) ->
                    Optional.of(new SharedSecret(section.name(), owners, secret));
            case Parsed.Failed<SecretBytes>(String problem) -> {
                problems.error(entry.get().valuePosition(), section.path() + ".secret: " + problem);
                yield Optional.empty();
            }
        };
    }

    private void warnIfExposed(ConfigEntry secret) {
        String file = secret.keyPosition().file();
        if (source.isReadableByOthers(Path.of(file)) && exposedFiles.add(file)) {
            problems.warning(
                    secret.keyPosition(),
                    "this file has secrets and every user of the host may read it; run: chmod 600 "
                            + file);
        }
    }
}
