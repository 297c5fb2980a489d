package dev.culvert.esp.crypto;

import dev.culvert.esp.EspKeys;
import dev.culvert.esp.EspSuite;

/**
 * Makes ciphers. One per agent: what it makes may share scratch memory and belongs to that agent's
 * thread.
 */
public interface EspCipherProvider {

    /** Name for status and logs, such as {@code "jdk"}. */
    String name();

    /**
     * A cipher that seals.
     *
     * @param suite the algorithms
     * @param keys copied, not destroyed
     * @param esn true with extended sequence numbers
     * @return the cipher
     * @throws IllegalStateException when the engine lacks the algorithm; the message names both
     */
    EspCipher sealing(EspSuite suite, EspKeys keys, boolean esn);

    /**
     * A cipher that opens.
     *
     * @param suite the algorithms
     * @param keys copied, not destroyed
     * @param esn true with extended sequence numbers
     * @return the cipher
     * @throws IllegalStateException when the engine lacks the algorithm; the message names both
     */
    EspCipher opening(EspSuite suite, EspKeys keys, boolean esn);
}
