package dev.culvert.ike.message;

import dev.culvert.ike.wire.Bytes;
import java.util.Arrays;

/** Bytes that grow at the end. */
final class WireWriter {
    private byte[] data = new byte[512];
    private int length;

    int position() {
        return length;
    }

    void u8(int value) {
        reserve(1);
        data[length++] = (byte) value;
    }

    void u16(int value) {
        u8(value >>> 8);
        u8(value);
    }

    void u32(long value) {
        u16((int) (value >>> 16));
        u16((int) value);
    }

    void u64(long value) {
        u32(value >>> 32);
        u32(value);
    }

    void zeros(int count) {
        reserve(count);
        length += count;
    }

    void bytes(byte[] bytes) {
        reserve(bytes.length);
        System.arraycopy(bytes, 0, data, length, bytes.length);
        length += bytes.length;
    }

    void bytes(Bytes bytes) {
        reserve(bytes.lengthBytes());
        bytes.copyTo(data, length);
        length += bytes.lengthBytes();
    }

    /** Writes the count of bytes since {@code start} as two bytes at {@code at}. */
    void patchLength16(int at, int start, String what) {
        int lengthBytes = length - start;
        if (lengthBytes > 0xffff) {
            throw new IllegalArgumentException(
                    what + " has " + lengthBytes + " bytes; at most 65535 can be sent");
        }
        data[at] = (byte) (lengthBytes >>> 8);
        data[at + 1] = (byte) lengthBytes;
    }

    /** Overwrites four bytes. */
    void patch32(int at, int value) {
        Bytes.ofInt(value).copyTo(data, at);
    }

    void patch8(int at, int value) {
        data[at] = (byte) value;
    }

    byte[] toArray() {
        return Arrays.copyOf(data, length);
    }

    private void reserve(int more) {
        if (length + more > data.length) {
            // Doubles, so that writing stays linear.
            data = Arrays.copyOf(data, Math.max(2 * data.length, length + more));
        }
    }
}
