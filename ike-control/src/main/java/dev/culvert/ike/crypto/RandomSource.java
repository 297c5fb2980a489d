package dev.culvert.ike.crypto;

/**
 * Where random bytes come from. The host passes a {@code SecureRandom}: {@code
 * secureRandom::nextBytes}.
 */
@FunctionalInterface
public interface RandomSource {
    /** Overwrites all of {@code target} with random bytes. */
    void fill(byte[] target);

    /** A new array of {@code count} random bytes. */
    default byte[] bytes(int count) {
        byte[] target = new byte[count];
        fill(target);
        return target;
    }

    /** 64 random bits. */
    default long nextLong() {
        long value = 0;
        for (byte b : bytes(8)) {
            value = value << 8 | (b & 0xff);
        }
        return value;
    }

    /**
     * A random SPI for an IKE SA: never zero, which stands for "not known yet" (RFC 7296, section
     * 3.1).
     */
    default long nextIkeSpi() {
        long spi = nextLong();
        return spi == 0 ? 1 : spi;
    }

    /**
     * A predictable sequence for tests and the simulator: the same seed gives the same bytes. Never
     * for real keys.
     *
     * @param seed start of the sequence
     */
    static RandomSource insecureSeeded(long seed) {
        return new SeededRandomSource(seed);
    }
}
