package dev.culvert.ike.session;

/**
 * A bucket of tokens that fills with time: at most {@code burst} at once, and one more each {@code
 * intervalNs}.
 */
public final class RateLimiter {
    private final long burst;
    private final long intervalNs;
    private long tokens;
    private long filledNs;
    private boolean started;

    /** A full bucket. */
    public RateLimiter(long burst, long intervalNs) {
        this.burst = burst;
        this.intervalNs = intervalNs;
        this.tokens = burst;
    }

    /** Takes a token, if there is one. */
    public boolean tryTake(long nowNs) {
        if (!started) {
            started = true;
            filledNs = nowNs;
        }
        long fresh = (nowNs - filledNs) / intervalNs;
        if (fresh > 0) {
            tokens = Math.min(burst, tokens + fresh);
            filledNs += fresh * intervalNs;
        }
        if (tokens == 0) {
            return false;
        }
        tokens--;
        return true;
    }
}
