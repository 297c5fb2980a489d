package dev.culvert.ike.config;

/**
 * When an SA is renewed and when it ends, in one unit (nanoseconds, bytes or packets).
 *
 * @param soft where renewing begins, before {@code random} is taken off; 0 for never
 * @param hard where it ends; 0 for never
 * @param random the most that is taken off {@code soft}, chosen afresh for each SA
 */
public record Lifetime(long soft, long hard, long random) {
    /** No limits. */
    public static final Lifetime UNLIMITED = new Lifetime(0, 0, 0);

    public Lifetime {
        if (soft < 0 || hard < 0 || random < 0 || (hard != 0 && soft > hard)) {
            throw new IllegalArgumentException(
                    "lifetime out of order: soft "
                            + soft
                            + ", hard "
                            + hard
                            + ", random "
                            + random);
        }
    }
}
