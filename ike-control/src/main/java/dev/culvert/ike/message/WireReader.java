package dev.culvert.ike.message;

import dev.culvert.ike.wire.Bytes;

/**
 * A position in bytes. Callers ask {@link #has} first; the reads themselves check nothing but the
 * array's bounds.
 */
final class WireReader {
    private final byte[] data;
    private final int end;
    private int position;

    WireReader(byte[] data, int fromIndex, int toIndex) {
        this.data = data;
        this.position = fromIndex;
        this.end = toIndex;
    }

    boolean has(int bytes) {
        return bytes <= end - position;
    }

    int left() {
        return end - position;
    }

    int u8() {
        return data[position++] & 0xff;
    }

    int u16() {
        return u8() << 8 | u8();
    }

    void skip(int bytes) {
        position += bytes;
    }

    Bytes bytes(int count) {
        position += count;
        return Bytes.of(data, position - count, position);
    }

    Bytes rest() {
        return bytes(left());
    }

    /** The next {@code count} bytes as a reader of their own; this one continues behind them. */
    WireReader sub(int count) {
        position += count;
        return new WireReader(data, position - count, position);
    }
}
