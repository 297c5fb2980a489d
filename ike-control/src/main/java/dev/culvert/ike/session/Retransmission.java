package dev.culvert.ike.session;

import dev.culvert.ike.config.EngineSettings;

/** When a request is sent again (RFC 7296 section 2.1): back-off with jitter. */
public final class Retransmission {
    private Retransmission() {}

    /**
     * How long to wait for a response.
     *
     * @param sendings how often the request was sent, from 1
     * @param chance from 0 to 1, exclusive
     * @return the wait in nanoseconds
     */
    public static long waitNs(EngineSettings.Retransmit settings, int sendings, double chance) {
        double wait = settings.firstNs() * Math.pow(settings.factor(), sendings - 1.0);
        if (settings.limitNs() > 0) {
            wait = Math.min(wait, (double) settings.limitNs());
        }
        return (long) (wait * (1 - settings.jitter() * chance));
    }

    /** The longest that a request may take until its peer is given up, in nanoseconds. */
    public static long totalNs(EngineSettings.Retransmit settings) {
        long total = 0;
        for (int sendings = 1; sendings <= settings.tries() + 1; sendings++) {
            total += waitNs(settings, sendings, 0);
        }
        return total;
    }
}
