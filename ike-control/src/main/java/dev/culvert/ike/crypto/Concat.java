package dev.culvert.ike.crypto;

/** Byte strings one after the other. */
final class Concat {
    private Concat() {}

    static byte[] of(byte[]... parts) {
        int lengthBytes = 0;
        for (byte[] part : parts) {
            lengthBytes += part.length;
        }
        byte[] all = new byte[lengthBytes];
        int filled = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, filled, part.length);
            filled += part.length;
        }
        return all;
    }
}
