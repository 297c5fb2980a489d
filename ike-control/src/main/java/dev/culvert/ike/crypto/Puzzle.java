package dev.culvert.ike.crypto;

import dev.culvert.ike.proposal.PrfAlgorithm;
import dev.culvert.ike.wire.Bytes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Client puzzles (RFC 8019, section 5): four different keys, with each of which the PRF of a string
 * ends in a number of zero bits. Finding one takes two to the power of that number tries; checking
 * it takes one.
 */
public final class Puzzle {
    private static final int KEYS = 4;
    private static final int KEY_BYTES = 4;

    private Puzzle() {}

    /**
     * Looks for a solution.
     *
     * @param bits zero bits at the end
     * @param mostTries after how many tries to give up
     * @return the four keys one after the other, or nothing
     */
    public static Optional<Bytes> solve(PrfAlgorithm prf, int bits, Bytes string, long mostTries) {
        Prf function = new Prf(prf);
        byte[] data = string.toArray();
        List<Bytes> found = new ArrayList<>();
        for (long attempt = 0; attempt < mostTries && attempt <= 0xffff_ffffL; attempt++) {
            Bytes key = Bytes.ofInt((int) attempt);
            if (isOne(function, key, data, bits)) {
                found.add(key);
                if (found.size() == KEYS) {
                    byte[] keys = new byte[KEYS * KEY_BYTES];
                    for (int i = 0; i < KEYS; i++) {
                        found.get(i).copyTo(keys, i * KEY_BYTES);
                    }
                    return Optional.of(Bytes.of(keys));
                }
            }
        }
        return Optional.empty();
    }

    /** How many tries to expect for a puzzle, at most, with almost certain success. */
    public static long tries(int bits) {
        return (long) KEYS << Math.min(32, bits + 2);
    }

    /** Whether the keys solve a puzzle. */
    public static boolean isSolution(PrfAlgorithm prf, int bits, Bytes string, Bytes keys) {
        int keyBytes = keys.lengthBytes() / KEYS;
        if (keys.lengthBytes() == 0
                || keys.lengthBytes() % KEYS != 0
                || keyBytes > prf.outputBytes()) {
            return false;
        }
        Prf function = new Prf(prf);
        byte[] data = string.toArray();
        Set<Bytes> seen = new HashSet<>();
        for (int i = 0; i < KEYS; i++) {
            Bytes key = keys.slice(i * keyBytes, (i + 1) * keyBytes);
            if (!seen.add(key) || !isOne(function, key, data, bits)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isOne(Prf function, Bytes key, byte[] data, int bits) {
        byte[] output = function.compute(SecretBytes.takingOver(key.toArray()), data);
        int left = bits;
        for (int i = output.length - 1; i >= 0 && left > 0; i--) {
            int zeros = output[i] == 0 ? 8 : Integer.numberOfTrailingZeros(output[i]);
            if (zeros < Math.min(8, left)) {
                return false;
            }
            left -= 8;
        }
        return left <= 0;
    }
}
