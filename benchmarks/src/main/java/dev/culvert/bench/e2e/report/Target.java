package dev.culvert.bench.e2e.report;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * What Culvert wants to reach, as ratios in one run, and whether it did.
 *
 * @param what in words
 * @param atLeast whether the ratio must be at least what is wanted, and not at most
 */
public record Target(
        String what, double wanted, boolean atLeast, Function<Results, OptionalDouble> ratio) {
    private static final String CULVERT = "culvert-native";

    private static final List<Target> ALL =
            List.of(
                    new Target(
                            "TCP 1 stream / wireguard-go",
                            3,
                            true,
                            results -> toPeer(results, Metric.TCP1_GBPS, "wireguard-go")),
                    new Target(
                            "TCP 1 stream / no-crypto probe",
                            0.6,
                            true,
                            results -> toPeer(results, Metric.TCP1_GBPS, "probe")),
                    new Target(
                            "TCP 1 stream / strongSwan kernel-libipsec",
                            20,
                            true,
                            results -> toPeer(results, Metric.TCP1_GBPS, "strongswan")),
                    new Target(
                            "UDP 1300 B / best other VPN",
                            1.3,
                            true,
                            results -> toBestRival(results, Metric.UDP1300_GBPS)),
                    new Target(
                            "UDP 64 B / best other VPN",
                            1.3,
                            true,
                            results -> toBestRival(results, Metric.UDP64_KPPS)),
                    new Target(
                            "one-way p50, idle / best other VPN",
                            1,
                            false,
                            results -> toBestRival(results, Metric.IDLE_P50_US)),
                    new Target(
                            "one-way p99.9 under a TCP stream / wireguard-go",
                            1,
                            false,
                            results -> toPeer(results, Metric.TCP_LOAD_P999_US, "wireguard-go")),
                    new Target(
                            "one-way p99.9 under 100 Mb/s of UDP / wireguard-go",
                            1,
                            false,
                            results -> toPeer(results, Metric.UDP_LOAD_P999_US, "wireguard-go")),
                    new Target(
                            "CPU at rest, % of a core",
                            1, false, results -> results.value(CULVERT, Metric.IDLE_CPU_PERCENT)));

    /**
     * A target compared with a run.
     *
     * @param reached the ratio of the values of all rounds, or empty if a peer is missing
     * @param lowest the lowest ratio within a round; the same as {@code reached} in a single round
     * @param highest the highest within a round
     */
    public record Verdict(Target target, OptionalDouble reached, double lowest, double highest) {
        public boolean isMet() {
            return reached.isPresent()
                    && (target.atLeast
                            ? reached.getAsDouble() >= target.wanted
                            : reached.getAsDouble() <= target.wanted);
        }

        /** "met", "not met" or "not measured". */
        public String word() {
            if (reached.isEmpty()) {
                return "not measured";
            }
            return isMet() ? "met" : "not met";
        }

        /** One line. */
        public String line() {
            return "%-52s wanted %s %5.2f, is %6s (%s): %s"
                    .formatted(target.what, sign(), target.wanted, ratio(), range(), word());
        }

        /** One row of a Markdown table. */
        public String markdown() {
            return "| %s | %s %.2f | %s | %s | %s |"
                    .formatted(target.what, sign(), target.wanted, ratio(), range(), word());
        }

        private String sign() {
            return target.atLeast ? "≥" : "≤";
        }

        private String ratio() {
            return reached.isPresent() ? "%.2f".formatted(reached.getAsDouble()) : "–";
        }

        private String range() {
            return reached.isPresent() ? "%.2f to %.2f".formatted(lowest, highest) : "–";
        }
    }

    /** All targets, compared with the results. */
    public static List<Verdict> verdicts(Results results) {
        return ALL.stream().map(target -> target.verdict(results)).toList();
    }

    private Verdict verdict(Results results) {
        OptionalDouble reached = ratio.apply(results);
        double[] rounds =
                IntStream.range(0, results.rounds())
                        .mapToObj(round -> ratio.apply(results.inRound(round)))
                        .flatMapToDouble(OptionalDouble::stream)
                        .sorted()
                        .toArray();
        return rounds.length == 0
                ? new Verdict(this, OptionalDouble.empty(), 0, 0)
                : new Verdict(this, reached, rounds[0], rounds[rounds.length - 1]);
    }

    private static OptionalDouble toPeer(Results results, Metric metric, String peer) {
        return ratio(results, metric, results.value(peer, metric));
    }

    private static OptionalDouble toBestRival(Results results, Metric metric) {
        return ratio(results, metric, results.bestRival(metric));
    }

    private static OptionalDouble ratio(Results results, Metric metric, OptionalDouble other) {
        OptionalDouble ours = results.value(CULVERT, metric);
        return ours.isPresent() && other.isPresent() && other.getAsDouble() > 0
                ? OptionalDouble.of(ours.getAsDouble() / other.getAsDouble())
                : OptionalDouble.empty();
    }
}
