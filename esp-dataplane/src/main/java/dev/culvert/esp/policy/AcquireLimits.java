package dev.culvert.esp.policy;

/**
 * Bounds of the packets that wait for SAs.
 *
 * @param packetsPerPolicy at least 1
 * @param bytesPerPolicy at least 1
 * @param bytesTotal over all policies
 * @param holdNs how long a packet waits at most
 * @param repeatNs an acquire is raised again after this, while packets keep coming
 */
public record AcquireLimits(
        int packetsPerPolicy, int bytesPerPolicy, int bytesTotal, long holdNs, long repeatNs) {

    /** 64 packets or 96 KiB per policy, 4 MiB in all, for 10 s; an acquire per second. */
    public static final AcquireLimits DEFAULT =
            new AcquireLimits(64, 96 << 10, 4 << 20, 10_000_000_000L, 1_000_000_000L);

    /**
     * Checks ranges.
     *
     * @throws IllegalArgumentException when a limit is not positive
     */
    public AcquireLimits {
        if (packetsPerPolicy < 1
                || bytesPerPolicy < 1
                || bytesTotal < 1
                || holdNs < 1
                || repeatNs < 1) {
            throw new IllegalArgumentException("acquire limits must be positive");
        }
    }
}
