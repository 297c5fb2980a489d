package dev.culvert.ike.crypto;

import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.wire.Bytes;

/** One side of a key exchange: a private value, used once. May be handed to another thread. */
@SuppressWarnings("DoNotCallSuggester")
public interface KeyExchange {
    /**
     * Creates a private value and its public one.
     *
     * @param method a supported one
     * @param random source of the private value
     * @throws IllegalArgumentException if the method is not supported
     */
    static KeyExchange generate(KeyExchangeMethod method, RandomSource random) {
        throw new UnsupportedOperationException("soon");
    }

    /** Which method. */
    KeyExchangeMethod method();

    /** Our public value, as in the KE payload. */
    Bytes publicValue();

    /** Checks the peer's public value and computes the secret. */
    Result agree(Bytes peerPublicValue);

    /** Wipes the private value as far as the platform allows; afterwards {@link #agree} throws. */
    void destroy();

    /** What came of it. */
    sealed interface Result {
        /**
         * Both sides now have the same secret.
         *
         * @param sharedSecret as it enters key derivation; the caller's to destroy
         */
        record Agreed(SecretBytes sharedSecret) implements Result {}

        /**
         * The peer's public value is not acceptable: wrong length, not in the group, of small
         * order. Answered with INVALID_SYNTAX.
         *
         * @param problem what is wrong
         */
        record Invalid(String problem) implements Result {}
    }
}
