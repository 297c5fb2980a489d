package dev.culvert.ike.testkit.sim;

/**
 * What a simulated network does to packets. Rates are in per mille of all packets.
 *
 * @param lossPerMille how many are lost
 * @param duplicatePerMille how many arrive twice
 * @param reorderPerMille how many are held back for up to three seconds
 * @param corruptPerMille how many arrive with a changed, added or missing byte
 * @param leastLatencyNs shortest time under way
 * @param mostLatencyNs longest, for packets that are not held back
 * @param mtuBytes larger payloads are lost
 */
public record Weather(
        int lossPerMille,
        int duplicatePerMille,
        int reorderPerMille,
        int corruptPerMille,
        long leastLatencyNs,
        long mostLatencyNs,
        int mtuBytes) {
    /** Nothing happens but 5 to 6 ms of latency. */
    public static final Weather FAIR = new Weather(0, 0, 0, 0, 5_000_000, 6_000_000, 65_535);

    /** A bad line. */
    public static final Weather FOUL =
            new Weather(150, 100, 100, 40, 1_000_000, 200_000_000, 65_535);

    /** No packet gets through. */
    public static final Weather OUTAGE = new Weather(1000, 0, 0, 0, 5_000_000, 6_000_000, 65_535);

    /** The same on another path. */
    public Weather withMtuBytes(int newMtuBytes) {
        return new Weather(
                lossPerMille,
                duplicatePerMille,
                reorderPerMille,
                corruptPerMille,
                leastLatencyNs,
                mostLatencyNs,
                newMtuBytes);
    }
}
