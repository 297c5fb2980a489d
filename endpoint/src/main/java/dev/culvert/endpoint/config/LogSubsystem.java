package dev.culvert.endpoint.config;

import java.util.Locale;

/** Parts of the daemon that log on their own; the names are those of strongSwan's log groups. */
public enum LogSubsystem {
    /** The daemon itself: start, stop, settings. */
    DMN,
    /** Configuration, loaded and reloaded. */
    CFG,
    /** IKE SAs: negotiation, authentication, liveness. */
    IKE,
    /** Child SAs. */
    CHD,
    /** Sockets. */
    NET,
    /** The ESP dataplane. */
    ESP,
    /** What is asked of the host's kernel: TUN, addresses, routes, rules. */
    KNL,
    /** The control socket. */
    VICI;

    /** As in the configuration and in log lines. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
