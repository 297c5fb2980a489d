package dev.culvert.tun;

/** Ports {@code first} to {@code last}, both included, 1 to 65534 (as policy rules allow). */
public record PortRange(int first, int last) {
    /**
     * Checks the range.
     *
     * @throws IllegalArgumentException if outside 1 to 65534, or the wrong way round
     */
    public PortRange {
        if (first < 1 || last > 65534 || first > last) {
            throw new IllegalArgumentException(
                    "port range must lie within 1 to 65534, is " + first + "-" + last);
        }
    }

    public static PortRange single(int port) {
        return new PortRange(port, port);
    }
}
