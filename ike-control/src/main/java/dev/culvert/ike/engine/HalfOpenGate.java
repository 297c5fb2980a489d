package dev.culvert.ike.engine;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts half-open IKE SAs, in total and per source address, and decides whether another one may
 * begin (RFC 7296 section 2.6).
 *
 * <p>Below the limits a request goes through without a cookie. A source at its limit is asked for a
 * cookie rather than refused, so that nobody can lock out a peer by forging its address; only with
 * a valid cookie is the limit final.
 */
final class HalfOpenGate {
    /** What to do with a request for a new IKE SA. */
    enum Verdict {
        ADMIT,
        ASK_COOKIE,
        REFUSE_TOTAL,
        REFUSE_SOURCE
    }

    private static final class SourceCount {
        int all;
        int proven;
    }

    private final int cookieThreshold;
    private final int totalLimit;
    private final int perSourceLimit;
    private final Map<InetAddress, SourceCount> bySource = new HashMap<>();
    private int total;

    HalfOpenGate(int cookieThreshold, int totalLimit, int perSourceLimit) {
        this.cookieThreshold = cookieThreshold;
        this.totalLimit = totalLimit;
        this.perSourceLimit = perSourceLimit;
    }

    /**
     * Decides about a request.
     *
     * @param validCookie whether it carries a cookie that proves its source address
     */
    Verdict judge(InetAddress source, boolean validCookie) {
        SourceCount count = bySource.get(source);
        boolean sourceFull =
                count != null && (validCookie ? count.proven : count.all) >= perSourceLimit;
        if (!validCookie && (total >= cookieThreshold || sourceFull)) {
            return Verdict.ASK_COOKIE;
        }
        if (total >= totalLimit) {
            return Verdict.REFUSE_TOTAL;
        }
        return sourceFull ? Verdict.REFUSE_SOURCE : Verdict.ADMIT;
    }

    /** Counts a half-open IKE SA that begins. */
    void enter(InetAddress source, boolean proven) {
        SourceCount count = bySource.computeIfAbsent(source, _ -> new SourceCount());
        count.all++;
        if (proven) {
            count.proven++;
        }
        total++;
    }

    /** Counts one that is established or gone. */
    void leave(InetAddress source, boolean proven) {
        SourceCount count = bySource.get(source);
        if (count == null) {
            return;
        }
        count.all--;
        if (proven) {
            count.proven--;
        }
        total--;
        if (count.all == 0) {
            bySource.remove(source);
        }
    }

    int total() {
        return total;
    }

    int sources() {
        return bySource.size();
    }
}
