package dev.culvert.ike.crypto;

import dev.culvert.ike.proposal.PrfAlgorithm;

/** A pseudorandom function and its expansion prf+ (RFC 7296, section 2.13). Stateless. */
@SuppressWarnings("DoNotCallSuggester")
public final class Prf {
    private final PrfAlgorithm algorithm;

    /**
     * A supported function.
     *
     * @throws IllegalArgumentException if the algorithm is not supported
     */
    public Prf(PrfAlgorithm algorithm) {
        if (!algorithm.supported()) {
            throw new IllegalArgumentException(algorithm.displayName() + " is not supported");
        }
        this.algorithm = algorithm;
    }

    /** Which function. */
    public PrfAlgorithm algorithm() {
        return algorithm;
    }

    /** prf(key, data parts one after the other). */
    public byte[] compute(SecretBytes key, byte[]... dataParts) {
        throw new UnsupportedOperationException("soon");
    }

    /**
     * prf+(key, seed parts one after the other).
     *
     * @param lengthBytes 0 to 255 times the output length
     */
    public SecretBytes plus(SecretBytes key, int lengthBytes, byte[]... seedParts) {
        throw new UnsupportedOperationException("soon");
    }
}
