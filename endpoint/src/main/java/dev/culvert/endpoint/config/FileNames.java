package dev.culvert.endpoint.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** File names as the configuration writes them. */
final class FileNames {
    private FileNames() {}

    /**
     * The path of that name; empty when this host cannot have one: a name with a NUL, or with
     * characters that the locale's encoding lacks (in the POSIX locale, all beyond ASCII).
     */
    static Optional<Path> path(String name) {
        try {
            return Optional.of(Path.of(name));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }
}
