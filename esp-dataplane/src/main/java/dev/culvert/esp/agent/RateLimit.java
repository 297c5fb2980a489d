package dev.culvert.esp.agent;

/** A token bucket. */
final class RateLimit {

    private final long nsPerToken;
    private final long burst;
    private long tokens;
    private long filledNs;

    /** Full at the start. */
    RateLimit(int perSecond, int burst, long nowNs) {
        nsPerToken = 1_000_000_000L / perSecond;
        this.burst = burst;
        tokens = burst;
        filledNs = nowNs;
    }

    /** Takes a token, if there is one. */
    boolean tryTake(long nowNs) {
        final long gained = (nowNs - filledNs) / nsPerToken;
        if (gained > 0) {
            tokens = Math.min(burst, tokens + gained);
            filledNs += gained * nsPerToken;
        }
        if (tokens == 0) {
            return false;
        }
        tokens--;
        return true;
    }
}
