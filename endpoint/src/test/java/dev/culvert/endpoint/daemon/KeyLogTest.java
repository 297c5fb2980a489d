package dev.culvert.endpoint.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.EngineEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyLogTest {
    @TempDir private Path temporary;

    @Test
    void shouldWriteEachKindToItsFileForTheOwnerAlone() throws IOException {
        Path directory = temporary.resolve("keys");

        try (KeyLog log = KeyLog.open(directory)) {
            log.accept(keys(EngineEvent.KeyFile.IKEV2_DECRYPTION_TABLE, "ike line"));
            log.accept(keys(EngineEvent.KeyFile.ESP_SA, "esp line 1"));
            log.accept(keys(EngineEvent.KeyFile.ESP_SA, "esp line 2"));
        }

        Path esp = directory.resolve("esp_sa");
        assertThat(directory.resolve("ikev2_decryption_table")).hasContent("ike line\n");
        assertThat(esp).hasContent("esp line 1\nesp line 2\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(esp)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
    }

    @Test
    void shouldAppendToAndCloseUpAFileThatIsThere() throws IOException {
        Path esp = Files.writeString(temporary.resolve("esp_sa"), "before\n");
        Files.setPosixFilePermissions(esp, PosixFilePermissions.fromString("rw-r--r--"));

        try (KeyLog log = KeyLog.open(temporary)) {
            log.accept(keys(EngineEvent.KeyFile.ESP_SA, "after"));
        }

        assertThat(esp).hasContent("before\nafter\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(esp)))
                .isEqualTo("rw-------");
    }

    @Test
    void shouldIgnoreEventsWithoutKeys() throws IOException {
        try (KeyLog log = KeyLog.open(temporary)) {
            log.accept(new EngineEvent.Trace(Optional.empty(), Optional.empty(), "a step"));
        }

        assertThat(temporary.resolve("esp_sa")).isEmptyFile();
    }

    private static EngineEvent keys(EngineEvent.KeyFile kind, String line) {
        return new EngineEvent.KeyMaterial(Optional.of("gw"), kind, line);
    }
}
