package dev.culvert.bench.e2e.report;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** What Culvert wants to reach, as ratios in one run, and whether it did. */
public final class Target {
    private static final String CULVERT = "culvert-native";
    private static final double IDLE_CPU_LIMIT_PERCENT = 1;

    private Target() {}

    /**
     * One target.
     *
     * @param what in words
     * @param ratio what was reached, or empty if a peer is missing
     * @param wanted the ratio that was wanted
     * @param atLeast whether the ratio must be at least that, and not at most
     */
    public record Verdict(String what, OptionalDouble ratio, double wanted, boolean atLeast) {
        public boolean isMet() {
            return ratio.isPresent()
                    && (atLeast ? ratio.getAsDouble() >= wanted : ratio.getAsDouble() <= wanted);
        }

        /** "met", "not met" or "not measured". */
        public String word() {
            if (ratio.isEmpty()) {
                return "not measured";
            }
            return isMet() ? "met" : "not met";
        }

        /** One line. */
        public String line() {
            String reached = ratio.isPresent() ? "%.2f".formatted(ratio.getAsDouble()) : "\u2013";
            return "%-60s wanted %s %5.2f, is %6s: %s"
                    .formatted(what, atLeast ? "\u2265" : "\u2264", wanted, reached, word());
        }

        /** One row of a Markdown table. */
        public String markdown() {
            String reached = ratio.isPresent() ? "%.2f".formatted(ratio.getAsDouble()) : "\u2013";
            return "| %s | %s %.2f | %s | %s |"
                    .formatted(what, atLeast ? "\u2265" : "\u2264", wanted, reached, word());
        }
    }

    /** All targets, compared with the results. */
    public static List<Verdict> verdicts(Results results) {
        List<Verdict> verdicts = new ArrayList<>();
        verdicts.add(
                atLeast(
                        results,
                        Metric.TCP1_GBPS,
                        "TCP 1 stream / wireguard-go",
                        "wireguard-go",
                        3));
        verdicts.add(
                atLeast(results, Metric.TCP1_GBPS, "TCP 1 stream / no-crypto probe", "probe", 0.6));
        verdicts.add(
                atLeast(
                        results,
                        Metric.TCP1_GBPS,
                        "TCP 1 stream / strongSwan kernel-libipsec",
                        "strongswan",
                        20));
        verdicts.add(rival(results, Metric.UDP1300_GBPS, "UDP 1300 B / best other VPN", 1.3, true));
        verdicts.add(rival(results, Metric.UDP64_KPPS, "UDP 64 B / best other VPN", 1.3, true));
        verdicts.add(
                rival(results, Metric.IDLE_P50_US, "one-way p50, idle / best other VPN", 1, false));
        verdicts.add(
                atMost(
                        results,
                        Metric.TCP_LOAD_P999_US,
                        "one-way p99.9 under a TCP stream / wireguard-go",
                        "wireguard-go"));
        verdicts.add(
                atMost(
                        results,
                        Metric.UDP_LOAD_P999_US,
                        "one-way p99.9 under 100 Mb/s of UDP / wireguard-go",
                        "wireguard-go"));
        verdicts.add(
                new Verdict(
                        "CPU at rest, % of a core",
                        results.value(CULVERT, Metric.IDLE_CPU_PERCENT),
                        IDLE_CPU_LIMIT_PERCENT,
                        false));
        return verdicts;
    }

    private static Verdict atLeast(
            Results results, Metric metric, String what, String peer, double wanted) {
        return new Verdict(what, ratio(results, metric, results.value(peer, metric)), wanted, true);
    }

    private static Verdict atMost(Results results, Metric metric, String what, String peer) {
        return new Verdict(what, ratio(results, metric, results.value(peer, metric)), 1, false);
    }

    private static Verdict rival(
            Results results, Metric metric, String what, double wanted, boolean atLeast) {
        return new Verdict(
                what, ratio(results, metric, results.bestRival(metric)), wanted, atLeast);
    }

    private static OptionalDouble ratio(Results results, Metric metric, OptionalDouble other) {
        OptionalDouble ours = results.value(CULVERT, metric);
        return ours.isPresent() && other.isPresent() && other.getAsDouble() > 0
                ? OptionalDouble.of(ours.getAsDouble() / other.getAsDouble())
                : OptionalDouble.empty();
    }
}
