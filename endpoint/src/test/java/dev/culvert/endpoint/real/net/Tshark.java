package dev.culvert.endpoint.real.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Wireshark's dissectors, with keys. The key files are those of a Wireshark profile: {@code
 * ikev2_decryption_table} and {@code esp_sa}.
 *
 * <p>Wireshark 4.0 checks the ICV of ESP packets only for algorithms that it knows well (AES-GCM:
 * not; HMAC-SHA-2: yes), but decrypting AES-GCM wrongly gives garbage inside, so the inner packet
 * is the proof. An IKE message with a wrong ICV has an expert note, {@code
 * isakmp.ikev2.integrity_checksum}.
 */
public final class Tshark {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Path profile;

    /** Takes the key files from {@code keyDirectory}. */
    public Tshark(Path keyDirectory, Path profile) {
        this.profile = profile;
        try {
            Files.createDirectories(profile);
            try (Stream<Path> files = Files.list(keyDirectory)) {
                for (Path file : files.toList()) {
                    Files.copy(file, profile.resolve(file.getFileName()));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Dissects a capture.
     *
     * @param filter a display filter
     * @param fields to show
     * @return for each packet that matches, the fields' values; empty where a packet lacks a field
     */
    public List<List<String>> fields(Capture capture, String filter, String... fields) {
        List<String> words = new ArrayList<>(List.of("tshark", "-n", "-r"));
        words.add(capture.file().toString());
        for (String preference :
                List.of(
                        "esp.enable_encryption_decode:TRUE",
                        "esp.enable_authentication_check:TRUE",
                        "esp.enable_null_encryption_decode_heuristic:FALSE")) {
            words.addAll(List.of("-o", preference));
        }
        words.addAll(List.of("-Y", filter, "-T", "fields", "-E", "separator=|"));
        for (String field : fields) {
            words.addAll(List.of("-e", field));
        }
        CommandResult result = runWithProfile(words).orThrow();
        return result.stdout().lines().map(line -> Arrays.asList(line.split("\\|", -1))).toList();
    }

    private CommandResult runWithProfile(List<String> words) {
        List<String> command = new ArrayList<>(List.of("env"));
        Map.of("WIRESHARK_CONFIG_DIR", profile.toString(), "HOME", profile.toString())
                .forEach((name, value) -> command.add(name + "=" + value));
        command.addAll(words);
        return Commands.run(LIMIT, command, Optional.empty());
    }
}
