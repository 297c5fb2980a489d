package dev.culvert.endpoint.config;

/**
 * Something wrong, or odd, about a configuration. The message says what was found, what is allowed,
 * and never contains a secret.
 *
 * @param severity whether the configuration can be used all the same
 * @param position where
 * @param message one sentence or two
 */
public record Problem(Severity severity, SourcePosition position, String message) {

    /** How bad it is. */
    public enum Severity {
        /** The configuration cannot be used. */
        ERROR,
        /** It can be used, but may not do what its author thinks. */
        WARNING
    }

    static Problem error(SourcePosition position, String message) {
        return new Problem(Severity.ERROR, position, message);
    }

    static Problem warning(SourcePosition position, String message) {
        return new Problem(Severity.WARNING, position, message);
    }

    /** Whether it is an error. */
    public boolean isError() {
        return severity == Severity.ERROR;
    }

    @Override
    public String toString() {
        return position + ": " + (isError() ? "error: " : "warning: ") + message;
    }
}
