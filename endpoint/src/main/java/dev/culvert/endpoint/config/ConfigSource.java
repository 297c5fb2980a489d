package dev.culvert.endpoint.config;

import java.nio.file.Path;
import java.util.List;

/** Where configuration files come from. */
interface ConfigSource {

    /** What came of reading a file. */
    sealed interface Reading {
        /** The file's text. */
        record Text(String text) implements Reading {}

        /**
         * It could not be read.
         *
         * @param reason as a phrase that completes "cannot read FILE: "
         */
        record Unreadable(String reason) implements Reading {}
    }

    /** Reads a file. */
    Reading read(Path file);

    /**
     * Files that match a shell pattern, sorted by name.
     *
     * @param pattern with {@code *}, {@code ?} and {@code [...]} in any of its parts
     */
    List<Path> glob(Path pattern);

    /** Tells one file from another, however it was named. */
    Path identity(Path file);

    /** Whether users other than the file's owner and group may read it. */
    boolean isReadableByOthers(Path file);
}
