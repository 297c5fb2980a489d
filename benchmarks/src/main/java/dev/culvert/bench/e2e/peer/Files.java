package dev.culvert.bench.e2e.peer;

import dev.culvert.bench.e2e.lab.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Configuration files of the peers; only their owner can read them. */
final class Files {
    private Files() {}

    static Path write(Host host, String name, String text) {
        Path file = host.directory().resolve(name);
        try {
            java.nio.file.Files.writeString(file, text);
            java.nio.file.Files.setPosixFilePermissions(
                    file, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }
}
