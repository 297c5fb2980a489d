package dev.culvert.bench.e2e.lab;

/** Something that ends the run of one peer; the message is for the user. */
public final class BenchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BenchException(String message) {
        super(message);
    }
}
