package dev.culvert.endpoint.config;

/**
 * A place in a configuration file.
 *
 * @param file the file's name, as the user gave it or as it was found from there
 * @param line from 1
 * @param column from 1, in characters
 */
public record SourcePosition(String file, int line, int column) {

    @Override
    public String toString() {
        return file + ":" + line + ":" + column;
    }

    /** File and line, for pointing at another place in a message. */
    public String fileAndLine() {
        return file + ":" + line;
    }
}
