package dev.culvert.ike.wire;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * An immutable sequence of bytes that compares by content. Not for secrets: its content shows in
 * {@link #toString()}, and its comparison takes a time that depends on the content; use {@code
 * SecretBytes} there.
 */
public final class Bytes {
    /** No bytes. */
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] content;

    private Bytes(byte[] content) {
        this.content = content;
    }

    /** A copy of all of {@code source}. */
    public static Bytes of(byte[] source) {
        return source.length == 0 ? EMPTY : new Bytes(source.clone());
    }

    /**
     * A copy of a part of {@code source}.
     *
     * @param fromIndex first byte, inclusive
     * @param toIndex last byte, exclusive
     * @throws IndexOutOfBoundsException if the range is not inside {@code source}
     */
    public static Bytes of(byte[] source, int fromIndex, int toIndex) {
        java.util.Objects.checkFromToIndex(fromIndex, toIndex, source.length);
        return fromIndex == toIndex
                ? EMPTY
                : new Bytes(Arrays.copyOfRange(source, fromIndex, toIndex));
    }

    /**
     * From hexadecimal digits, without prefix or separators.
     *
     * @throws IllegalArgumentException if {@code hex} is anything else
     */
    public static Bytes ofHex(String hex) {
        return of(HexFormat.of().parseHex(hex));
    }

    /** The lower 32 bits of {@code value}, big-endian: the form of an ESP SPI. */
    public static Bytes ofInt(int value) {
        return new Bytes(
                new byte[] {
                    (byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value
                });
    }

    /** The 64 bits of {@code value}, big-endian: the form of an IKE SPI. */
    public static Bytes ofLong(long value) {
        byte[] bytes = new byte[8];
        for (int i = 0; i < 8; i++) {
            bytes[i] = (byte) (value >>> (56 - 8 * i));
        }
        return new Bytes(bytes);
    }

    /** Number of bytes. */
    public int lengthBytes() {
        return content.length;
    }

    /** Whether there are no bytes. */
    public boolean isEmpty() {
        return content.length == 0;
    }

    /** The byte at {@code index} as 0 to 255. */
    public int at(int index) {
        return content[index] & 0xff;
    }

    /** A new array with the content. */
    public byte[] toArray() {
        return content.clone();
    }

    /** The bytes from {@code fromIndex} (inclusive) to {@code toIndex} (exclusive). */
    public Bytes slice(int fromIndex, int toIndex) {
        return of(content, fromIndex, toIndex);
    }

    /** Copies all of the content into {@code target}, from {@code offset} on. */
    public void copyTo(byte[] target, int offset) {
        System.arraycopy(content, 0, target, offset, content.length);
    }

    /** Up to eight bytes as a big-endian unsigned number. */
    public long toUnsignedLong() {
        if (content.length > 8) {
            throw new IllegalStateException("more than 8 bytes");
        }
        long value = 0;
        for (byte b : content) {
            value = value << 8 | (b & 0xff);
        }
        return value;
    }

    /** Lower-case hexadecimal digits without separators. */
    public String toHex() {
        return HexFormat.of().formatHex(content);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes that && Arrays.equals(content, that.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    /** Length and up to 64 bytes of the content in hexadecimal. */
    @Override
    public String toString() {
        int shown = Math.min(content.length, 64);
        String hex = HexFormat.of().formatHex(content, 0, shown);
        return content.length + " bytes " + hex + (shown < content.length ? "…" : "");
    }
}
