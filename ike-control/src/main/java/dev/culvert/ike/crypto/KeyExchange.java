package dev.culvert.ike.crypto;

import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.wire.Bytes;

/** One side of a key exchange: a private value, used once. May be handed to another thread. */
public interface KeyExchange {
    /**
     * Creates a private value and its public one.
     *
     * @param method a supported one
     * @param random source of the private value
     * @throws IllegalArgumentException if the method is not supported
     */
    static KeyExchange generate(KeyExchangeMethod method, RandomSource random) {
        return switch (method) {
            case MODP_2048, MODP_3072, MODP_4096, MODP_6144, MODP_8192 ->
                    ModpKeyExchange.generate(method, random);
            case ECP_256, ECP_384, ECP_521 -> EcpKeyExchange.generate(method, random);
            case CURVE_25519 -> X25519KeyExchange.generate(random);
            case NONE,
                    MODP_768,
                    MODP_1024,
                    MODP_1536,
                    MODP_1024_160,
                    MODP_2048_224,
                    MODP_2048_256,
                    ECP_192,
                    ECP_224,
                    ECP_224_BP,
                    ECP_256_BP,
                    ECP_384_BP,
                    ECP_512_BP,
                    CURVE_448,
                    GOST3410_2012_256,
                    GOST3410_2012_512,
                    ML_KEM_512,
                    ML_KEM_768,
                    ML_KEM_1024 ->
                    throw new IllegalArgumentException(method.displayName() + " is not supported");
        };
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
