package dev.culvert.ike.crypto;

/** SplitMix64: short, well spread and the same on every platform. Predictable. */
final class SeededRandomSource implements RandomSource {
    private long state;

    SeededRandomSource(long seed) {
        this.state = seed;
    }

    @Override
    public void fill(byte[] target) {
        long word = 0;
        for (int i = 0; i < target.length; i++) {
            if (i % 8 == 0) {
                word = nextWord();
            }
            target[i] = (byte) (word >>> (8 * (i % 8)));
        }
    }

    private long nextWord() {
        state += 0x9E3779B97F4A7C15L;
        long z = state;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
