package dev.culvert.bench.e2e.load;

import java.util.function.DoubleFunction;

/**
 * Looks for the highest rate at which at most a given share is lost: doubles the rate until more is
 * lost, then halves the interval between the last rate that was good and the first that was not. A
 * rate is bad when it fails twice in a row, since a single hiccup of a shared machine says little.
 */
public final class RateSearch {
    private static final double START_PPS = 20_000;
    private static final double LIMIT_PPS = 4_000_000;

    /** Below this, the sender was not able to offer the rate, and more makes no sense. */
    private static final double OFFERED_SHARE = 0.93;

    private final double maxLoss;
    private final double precision;
    private final DoubleFunction<UdpLoad.Trial> trial;
    private double bestPps;

    /**
     * Prepares a search.
     *
     * @param maxLoss 0 to 1
     * @param precision ratio between the bad and the good rate at which the search ends, above 1
     * @param trial runs a rate in packets per second
     */
    public RateSearch(double maxLoss, double precision, DoubleFunction<UdpLoad.Trial> trial) {
        this.maxLoss = maxLoss;
        this.precision = precision;
        this.trial = trial;
    }

    /** Packets per second that were received at the best rate; 0 if every rate loses too much. */
    public double run() {
        double good = 0;
        double bad = START_PPS;
        while (bad < LIMIT_PPS && isGood(bad)) {
            good = bad;
            bad *= 2;
        }
        if (good == 0) {
            good = START_PPS / 64;
        }
        while (bad / good > precision) {
            double middle = Math.sqrt(good * bad);
            if (isGood(middle)) {
                good = middle;
            } else {
                bad = middle;
            }
        }
        return bestPps;
    }

    private boolean isGood(double rate) {
        for (int attempt = 0; attempt < 2; attempt++) {
            UdpLoad.Trial outcome = trial.apply(rate);
            if (outcome.loss() <= maxLoss) {
                bestPps = Math.max(bestPps, outcome.receivedPerSecond());
                // What the sender cannot offer is no better than what it did offer.
                if (outcome.sentPerSecond() >= OFFERED_SHARE * rate) {
                    return true;
                }
            }
        }
        return false;
    }
}
