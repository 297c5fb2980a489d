package dev.culvert.ike.session;

import dev.culvert.ike.crypto.RandomSource;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Randomness for one job on another thread: a seed of the engine's own source, drawn at once so
 * that the order of draws does not depend on threads, and spread out with HMAC-SHA-512 over a
 * counter.
 */
final class ExpandedRandom implements RandomSource {
    private static final int SEED_BYTES = 64;

    private final Mac mac;
    private long counter;
    private byte[] block = {};
    private int used;

    ExpandedRandom(RandomSource source) {
        byte[] seed = source.bytes(SEED_BYTES);
        try {
            mac = Mac.getInstance("HmacSHA512");
            mac.init(new SecretKeySpec(seed, "HmacSHA512"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no HMAC-SHA-512", e);
        } finally {
            Arrays.fill(seed, (byte) 0);
        }
    }

    @Override
    public void fill(byte[] target) {
        for (int i = 0; i < target.length; i++) {
            if (used == block.length) {
                Arrays.fill(block, (byte) 0);
                mac.update((byte) (counter >>> 24));
                mac.update((byte) (counter >>> 16));
                mac.update((byte) (counter >>> 8));
                block = mac.doFinal(new byte[] {(byte) counter});
                counter++;
                used = 0;
            }
            target[i] = block[used];
            block[used] = 0;
            used++;
        }
    }
}
