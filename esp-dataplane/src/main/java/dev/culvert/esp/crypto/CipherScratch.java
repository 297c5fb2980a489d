package dev.culvert.esp.crypto;

/**
 * Arrays through which the JDK's ciphers work: they are fastest from {@code byte[]} to another
 * {@code byte[]}. Shared by all ciphers of one agent. They hold plaintext of the last packet, never
 * keys.
 */
final class CipherScratch {

    /** Room for the largest UDP payload. */
    static final int CAPACITY_BYTES = 1 << 16;

    /**
     * RFC 4106 5 and RFC 7634 2.1: SPI and sequence number, with its upper half in between when ESN
     * is on.
     */
    static final int MAX_AAD_BYTES = 12;

    final byte[] input = new byte[CAPACITY_BYTES];
    final byte[] output = new byte[CAPACITY_BYTES];
    final byte[] aad = new byte[MAX_AAD_BYTES];
    final byte[] tag = new byte[64];
}
