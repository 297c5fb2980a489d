package dev.culvert.esp.sa;

import dev.culvert.esp.crypto.EspCipher;
import java.util.List;

/**
 * The ciphers of one SA: one for each thread that seals or opens for it, since a cipher is for one
 * thread. Place 0 is the agent's own.
 */
public final class SaCiphers {

    private final EspCipher[] ciphers;

    /**
     * Takes them over.
     *
     * @param ciphers by place, at least the agent's
     */
    public SaCiphers(List<EspCipher> ciphers) {
        this.ciphers = ciphers.toArray(EspCipher[]::new);
    }

    /** The cipher of a place. */
    public EspCipher at(int place) {
        return ciphers[place];
    }

    /** Forgets the keys. Nobody may be using them. */
    public void destroy() {
        for (final EspCipher cipher : ciphers) {
            cipher.destroy();
        }
    }
}
