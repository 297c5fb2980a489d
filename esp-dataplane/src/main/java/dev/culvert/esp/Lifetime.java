package dev.culvert.esp;

/**
 * Limits in volume (time limits belong to the control plane). 0 means no limit.
 *
 * @param softBytes inner bytes after which a {@link DataplaneEvent.SoftLimit} is raised
 * @param hardBytes inner bytes after which the SA carries nothing more
 * @param softPackets packets after which a {@link DataplaneEvent.SoftLimit} is raised
 * @param hardPackets packets after which the SA carries nothing more
 */
public record Lifetime(long softBytes, long hardBytes, long softPackets, long hardPackets) {

    /** No limits but the sequence number's own. */
    public static final Lifetime UNLIMITED = new Lifetime(0, 0, 0, 0);

    /**
     * Checks signs.
     *
     * @throws IllegalArgumentException when a limit is negative
     */
    public Lifetime {
        if ((softBytes | hardBytes | softPackets | hardPackets) < 0) {
            throw new IllegalArgumentException("negative lifetime");
        }
    }
}
