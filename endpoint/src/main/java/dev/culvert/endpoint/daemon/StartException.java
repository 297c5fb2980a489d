package dev.culvert.endpoint.daemon;

/** The daemon cannot run here. The message is one line that says what to do. */
public final class StartException extends Exception {
    private static final long serialVersionUID = 1L;

    StartException(String message) {
        super(message);
    }

    StartException(String message, Throwable cause) {
        super(message, cause);
    }
}
