package dev.culvert.ike.crypto;

import dev.culvert.ike.proposal.PrfAlgorithm;
import java.util.Arrays;

/** A pseudorandom function and its expansion prf+ (RFC 7296, section 2.13). Stateless. */
public final class Prf {
    private static final int MAX_ROUNDS = 255;

    private final PrfAlgorithm algorithm;
    private final String jdkName;

    /**
     * A supported function.
     *
     * @throws IllegalArgumentException if the algorithm is not supported
     */
    public Prf(PrfAlgorithm algorithm) {
        this.algorithm = algorithm;
        this.jdkName =
                switch (algorithm) {
                    case HMAC_SHA2_256 -> "HmacSHA256";
                    case HMAC_SHA2_384 -> "HmacSHA384";
                    case HMAC_SHA2_512 -> "HmacSHA512";
                    case HMAC_MD5,
                            HMAC_SHA1,
                            HMAC_TIGER,
                            AES128_XCBC,
                            AES128_CMAC,
                            HMAC_STREEBOG_512 ->
                            throw new IllegalArgumentException(
                                    algorithm.displayName() + " is not supported");
                };
    }

    /** Which function. */
    public PrfAlgorithm algorithm() {
        return algorithm;
    }

    /**
     * prf(key, data parts one after the other).
     *
     * @param key not empty
     */
    public byte[] compute(SecretBytes key, byte[]... dataParts) {
        return compute(key.borrow(), dataParts);
    }

    /**
     * prf+(key, seed parts one after the other).
     *
     * @param key not empty
     * @param lengthBytes 0 to 255 times the output length
     */
    public SecretBytes plus(SecretBytes key, int lengthBytes, byte[]... seedParts) {
        int outputBytes = algorithm.outputBytes();
        if (lengthBytes < 0 || lengthBytes > MAX_ROUNDS * outputBytes) {
            throw new IllegalArgumentException("prf+ cannot give " + lengthBytes + " bytes");
        }
        byte[] result = new byte[lengthBytes];
        byte[] block = new byte[0];
        byte[] seed = Concat.of(seedParts);
        for (int round = 1, filled = 0; filled < lengthBytes; round++) {
            byte[] previous = block;
            block = compute(key.borrow(), previous, seed, new byte[] {(byte) round});
            Arrays.fill(previous, (byte) 0);
            int take = Math.min(outputBytes, lengthBytes - filled);
            System.arraycopy(block, 0, result, filled, take);
            filled += take;
        }
        Arrays.fill(block, (byte) 0);
        Arrays.fill(seed, (byte) 0);
        return SecretBytes.takingOver(result);
    }

    private byte[] compute(byte[] key, byte[]... dataParts) {
        return Hmac.compute(jdkName, key, dataParts);
    }
}
