package dev.culvert.tun;

/**
 * What a UDP socket does about datagrams larger than the path ({@code IP_MTU_DISCOVER}, {@code
 * IPV6_MTU_DISCOVER}; the values of both are equal).
 */
public enum PathMtuDiscovery {
    /** Fragments when needed and never sets DF ({@code IP_PMTUDISC_DONT}). */
    NEVER_DF(0),
    /**
     * Sets DF on what fits the known path MTU and fragments what does not ({@code
     * IP_PMTUDISC_WANT}); the kernel's default.
     */
    FRAGMENT_TO_PATH_MTU(1),
    /** Sets DF; larger than the known path MTU fails with EMSGSIZE ({@code IP_PMTUDISC_DO}). */
    ALWAYS_DF(2),
    /**
     * Sets DF and ignores the known path MTU, so that a larger one can be probed; only larger than
     * the interface fails with EMSGSIZE ({@code IP_PMTUDISC_PROBE}).
     */
    PROBE(3);

    private final int value;

    PathMtuDiscovery(int value) {
        this.value = value;
    }

    int value() {
        return value;
    }
}
