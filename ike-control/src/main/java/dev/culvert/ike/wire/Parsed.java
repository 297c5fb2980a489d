package dev.culvert.ike.wire;

import java.util.function.Function;

/**
 * The outcome of reading a text that a user wrote.
 *
 * @param <T> what the text means
 */
public sealed interface Parsed<T> {
    /**
     * The text has a meaning.
     *
     * @param value that meaning
     */
    record Ok<T>(T value) implements Parsed<T> {}

    /**
     * The text has no meaning.
     *
     * @param problem for the user: which part is wrong, and what is allowed there
     */
    record Failed<T>(String problem) implements Parsed<T> {}

    /** Shorthand for {@link Ok}. */
    static <T> Parsed<T> ok(T value) {
        return new Ok<>(value);
    }

    /** Shorthand for {@link Failed}. */
    static <T> Parsed<T> failed(String problem) {
        return new Failed<>(problem);
    }

    /** Applies {@code next} to a value, and passes a failure through. */
    default <U> Parsed<U> then(Function<T, Parsed<U>> next) {
        return switch (this) {
            case Ok<T>(T value) -> next.apply(value);
            case Failed<T>(String problem) -> failed(problem);
        };
    }

    /**
     * The value, for texts that the program itself wrote.
     *
     * @throws IllegalArgumentException with the problem, if this is a failure
     */
    default T orThrow() {
        return switch (this) {
            case Ok<T>(T value) -> value;
            case Failed<T>(String problem) -> throw new IllegalArgumentException(problem);
        };
    }
}
