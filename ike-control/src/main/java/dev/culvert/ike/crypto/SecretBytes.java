package dev.culvert.ike.crypto;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Objects;

/**
 * Key material: shown nowhere, compared in constant time, wiped by {@link #destroy()}. The owner
 * destroys it; who gets a copy owns the copy.
 */
public final class SecretBytes implements AutoCloseable {
    private final byte[] content;
    private boolean destroyed;

    private SecretBytes(byte[] content) {
        this.content = content;
    }

    /** A copy of {@code source}, which stays with the caller. */
    public static SecretBytes copyOf(byte[] source) {
        return new SecretBytes(source.clone());
    }

    /** Takes {@code source} over without a copy: the caller must not touch the array again. */
    public static SecretBytes takingOver(byte[] source) {
        return new SecretBytes(source);
    }

    /** Number of bytes; 0 is a valid length (an AEAD has no integrity key). */
    public int lengthBytes() {
        return content.length;
    }

    /**
     * A new array with the content, for the caller to wipe.
     *
     * @throws IllegalStateException after {@link #destroy()}
     */
    public byte[] toArray() {
        requireAlive();
        return content.clone();
    }

    /** An independent copy. */
    public SecretBytes copy() {
        return new SecretBytes(toArray());
    }

    /**
     * An independent copy of the bytes from {@code fromIndex} (inclusive) to {@code toIndex}
     * (exclusive).
     */
    public SecretBytes slice(int fromIndex, int toIndex) {
        requireAlive();
        Objects.checkFromToIndex(fromIndex, toIndex, content.length);
        return new SecretBytes(Arrays.copyOfRange(content, fromIndex, toIndex));
    }

    /**
     * Overwrites the content with zeros; afterwards only {@link #lengthBytes()} works. Repeating it
     * does nothing.
     */
    public void destroy() {
        Arrays.fill(content, (byte) 0);
        destroyed = true;
    }

    /** Whether {@link #destroy()} was called. */
    public boolean isDestroyed() {
        return destroyed;
    }

    /** The same as {@link #destroy()}. */
    @Override
    public void close() {
        destroy();
    }

    /**
     * Same content, in a time that depends on the lengths only; destroyed secrets equal only
     * themselves.
     */
    @Override
    public boolean equals(Object other) {
        if (this == other) {
            return true;
        }
        return other instanceof SecretBytes that
                && !destroyed
                && !that.destroyed
                && MessageDigest.isEqual(content, that.content);
    }

    /** Depends on the length only, so that it tells nothing about the content. */
    @Override
    public int hashCode() {
        return content.length;
    }

    /** The length, never the content. */
    @Override
    public String toString() {
        return "SecretBytes[" + content.length + " bytes" + (destroyed ? ", destroyed]" : "]");
    }

    /** The content itself, for this package's own computations. */
    byte[] borrow() {
        requireAlive();
        return content;
    }

    private void requireAlive() {
        if (destroyed) {
            throw new IllegalStateException("the secret was destroyed");
        }
    }
}
