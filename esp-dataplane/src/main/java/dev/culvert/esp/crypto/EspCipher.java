package dev.culvert.esp.crypto;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * The cipher of one SA in one direction; used by one thread. Buffers may be on or off the heap; an
 * engine in native code takes {@link UnsafeBuffer#addressOffset()}.
 *
 * <p>Where the ESP packet is concerned, SPI and sequence number are already in its header when a
 * method is called, and "sequence" is the whole 64-bit number: with ESN its upper half takes part
 * in the authentication without being sent (RFC 4303 2.2.1).
 */
public interface EspCipher {

    /**
     * Encrypts a plaintext into an ESP packet and authenticates it: writes IV, ciphertext and ICV
     * behind the header.
     *
     * @param sequence the packet's number, never used before with this cipher: counter modes take
     *     their nonce from it
     * @param source holds the plaintext: payload, padding and trailer
     * @param sourceOffset where it starts
     * @param plaintextBytes its length, a multiple of the suite's alignment
     * @param esp gets the packet; must not overlap the plaintext
     * @param espOffset where the packet starts
     * @return false when the engine failed; nothing may be sent then, and the number is spent
     */
    boolean seal(
            long sequence,
            UnsafeBuffer source,
            int sourceOffset,
            int plaintextBytes,
            UnsafeBuffer esp,
            int espOffset);

    /**
     * Authenticates and decrypts an ESP packet.
     *
     * @param sequence the packet's number
     * @param esp holds the packet
     * @param espOffset where it starts
     * @param espBytes its length, ICV included; at least header, IV and ICV
     * @param target gets the plaintext; its content is undefined when this returns false
     * @param targetOffset where the plaintext goes
     * @return false when the integrity check failed
     */
    boolean open(
            long sequence,
            UnsafeBuffer esp,
            int espOffset,
            int espBytes,
            UnsafeBuffer target,
            int targetOffset);

    /** Forgets the keys. No other method may be called afterwards. */
    void destroy();
}
