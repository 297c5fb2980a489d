package dev.culvert.ike.config;

/**
 * What stays the same while the engine runs ({@code culvert { … }}).
 *
 * @param ikePort the port without a non-ESP marker, 500 by default
 * @param nattPort the port with it, 4500 by default
 * @param retransmit when requests are sent again
 * @param natKeepaliveNs interval of NAT keep-alives in nanoseconds; 0 for none
 * @param cookieThreshold half-open IKE SAs from which on cookies are asked for
 * @param halfOpenLimit most half-open IKE SAs in total
 * @param halfOpenPerSourceLimit most of them from one source address
 * @param halfOpenTimeoutNs how long a peer has to finish IKE_AUTH, in nanoseconds
 * @param ikeSaLimit most IKE SAs in total
 * @param exportKeys whether the keys of all SAs are told in {@link
 *     dev.culvert.ike.EngineEvent.KeyMaterial}
 */
public record EngineSettings(
        int ikePort,
        int nattPort,
        Retransmit retransmit,
        long natKeepaliveNs,
        int cookieThreshold,
        int halfOpenLimit,
        int halfOpenPerSourceLimit,
        long halfOpenTimeoutNs,
        int ikeSaLimit,
        boolean exportKeys) {

    /** The defaults. */
    public static EngineSettings defaults() {
        return new EngineSettings(
                500,
                4500,
                Retransmit.defaults(),
                20_000_000_000L,
                30,
                1000,
                3,
                30_000_000_000L,
                50_000,
                false);
    }

    /**
     * Back-off of retransmissions: try {@code n} waits {@code firstNs * factor^n}, less a random
     * part of up to {@code jitter}.
     *
     * @param firstNs wait after the first sending, in nanoseconds
     * @param factor what each wait is multiplied by
     * @param tries how many retransmissions before the peer is given up
     * @param limitNs longest wait, in nanoseconds; 0 for no limit
     * @param jitter part of the wait that chance may take off, 0 to 1
     */
    public record Retransmit(long firstNs, double factor, int tries, long limitNs, double jitter) {
        /** First after 4 s, factor 1.8, 5 tries, a tenth of jitter. */
        public static Retransmit defaults() {
            return new Retransmit(4_000_000_000L, 1.8, 5, 0, 0.1);
        }
    }
}
