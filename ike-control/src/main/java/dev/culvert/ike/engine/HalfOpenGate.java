package dev.culvert.ike.engine;

import dev.culvert.ike.config.EngineSettings;
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

    /** Cookies are asked for at least this long. */
    private static final long CALM_NS = 10_000_000_000L;

    private final EngineSettings settings;
    private final Map<InetAddress, SourceCount> bySource = new HashMap<>();
    private int total;
    private int proven;
    private boolean asking;
    private boolean puzzling;
    private long windowStartNs;
    private int unanswered;

    HalfOpenGate(EngineSettings settings) {
        this.settings = settings;
    }

    /**
     * Decides about a request.
     *
     * @param validCookie whether it carries a cookie that proves its source address
     */
    Verdict judge(InetAddress source, boolean validCookie, long nowNs) {
        SourceCount count = bySource.get(source);
        boolean sourceFull =
                count != null
                        && (validCookie ? count.proven : count.all)
                                >= settings.halfOpenPerSourceLimit();
        if (validCookie) {
            unanswered = Math.max(0, unanswered - 1);
        } else if (asksCookies(nowNs) || sourceFull) {
            unanswered++;
            return Verdict.ASK_COOKIE;
        }
        if (total >= settings.halfOpenLimit()) {
            return Verdict.REFUSE_TOTAL;
        }
        return sourceFull ? Verdict.REFUSE_SOURCE : Verdict.ADMIT;
    }

    /**
     * Whether everybody is asked for a cookie: from the threshold on, and until there are half as
     * many half-open IKE SAs and the cookies of the last seconds came back, so that it does not
     * flutter.
     */
    boolean asksCookies(long nowNs) {
        if (total >= settings.cookieThreshold()) {
            asking = true;
            windowStartNs = nowNs;
        } else if (asking && nowNs - windowStartNs >= CALM_NS) {
            boolean answered =
                    unanswered < settings.cookieThreshold() || nowNs - windowStartNs >= 2 * CALM_NS;
            asking = !answered || total > settings.cookieThreshold() / 2;
            windowStartNs = nowNs;
            unanswered = 0;
        }
        return asking;
    }

    /**
     * How hard the puzzles are that peers with a valid cookie have to solve; 0 for none. They get
     * harder as their half-open IKE SAs near the limit.
     */
    int puzzleBits() {
        EngineSettings.Floods floods = settings.floods();
        int threshold = floods.puzzleThreshold();
        if (threshold == 0) {
            return 0;
        }
        puzzling = proven >= threshold || (puzzling && proven > threshold / 2);
        if (!puzzling) {
            return 0;
        }
        int room = Math.max(1, settings.halfOpenLimit() - threshold);
        int used = Math.clamp((long) proven - threshold, 0, room);
        return floods.puzzleBits()
                + (int) ((long) (floods.puzzleMostBits() - floods.puzzleBits()) * used / room);
    }

    /** Whether a source has half-open IKE SAs. */
    boolean knows(InetAddress source) {
        return bySource.containsKey(source);
    }

    /** Counts a half-open IKE SA that begins. */
    void enter(InetAddress source, boolean isProven) {
        SourceCount count = bySource.computeIfAbsent(source, _ -> new SourceCount());
        count.all++;
        if (isProven) {
            count.proven++;
            proven++;
        }
        total++;
    }

    /** Counts one that is established or gone. */
    void leave(InetAddress source, boolean isProven) {
        SourceCount count = bySource.get(source);
        if (count == null) {
            return;
        }
        count.all--;
        if (isProven) {
            count.proven--;
            proven--;
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
