package dev.culvert.endpoint.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds what was probably meant. */
final class Suggestions {
    private static final int LONGEST = 64;

    private Suggestions() {}

    /** A sentence to add to a message, with a blank in front; empty when nothing is near. */
    static String didYouMean(String written, Collection<String> known) {
        return nearest(written, known).map(k -> " Did you mean \"" + k + "\"?").orElse("");
    }

    static Optional<String> nearest(String written, Collection<String> known) {
        if (written.length() > LONGEST) {
            return Optional.empty();
        }
        String word = written.toLowerCase(Locale.ROOT).replace('-', '_');
        int most = Math.max(1, word.length() / 3);
        return known.stream()
                .filter(k -> distance(word, k) <= most)
                .min(
                        Comparator.comparingInt((String k) -> distance(word, k))
                                .thenComparing(k -> k));
    }

    /**
     * Insertions, deletions, replacements and swaps of neighbours that lead from one to the other.
     */
    static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            d[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++) {
            d[0][j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] =
                        Math.min(
                                Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1),
                                d[i - 1][j - 1] + change);
                if (i > 1
                        && j > 1
                        && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
