package dev.culvert.bench.e2e.report;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** All that can be measured of a peer. */
public enum Metric {
    TCP1_GBPS("tcp1_gbps", "TCP 1 stream", "Gb/s", 2, true),
    TCP1_BACK_GBPS("tcp1_back_gbps", "TCP 1 stream, back", "Gb/s", 2, true),
    TCP4_GBPS("tcp4_gbps", "TCP 4 streams", "Gb/s", 2, true),
    TCP4_BACK_GBPS("tcp4_back_gbps", "TCP 4 streams, back", "Gb/s", 2, true),
    UDP1300_GBPS("udp1300_gbps", "UDP 1300 B, loss \u2264 1 %", "Gb/s", 2, true),
    UDP64_KPPS("udp64_kpps", "UDP 64 B, loss \u2264 1 %", "kpps", 0, true),
    IDLE_P50_US("latency_idle_p50_us", "one-way, idle, p50", "\u00b5s", 0, false),
    IDLE_P90_US("latency_idle_p90_us", "one-way, idle, p90", "\u00b5s", 0, false),
    IDLE_P99_US("latency_idle_p99_us", "one-way, idle, p99", "\u00b5s", 0, false),
    IDLE_P999_US("latency_idle_p99.9_us", "one-way, idle, p99.9", "\u00b5s", 0, false),
    IDLE_MAX_US("latency_idle_max_us", "one-way, idle, max", "\u00b5s", 0, false),
    UDP_LOAD_P50_US("latency_udp_load_p50_us", "under 100 Mb/s of UDP, p50", "\u00b5s", 0, false),
    UDP_LOAD_P90_US("latency_udp_load_p90_us", "under 100 Mb/s of UDP, p90", "\u00b5s", 0, false),
    UDP_LOAD_P99_US("latency_udp_load_p99_us", "under 100 Mb/s of UDP, p99", "\u00b5s", 0, false),
    UDP_LOAD_P999_US(
            "latency_udp_load_p99.9_us", "under 100 Mb/s of UDP, p99.9", "\u00b5s", 0, false),
    UDP_LOAD_MAX_US("latency_udp_load_max_us", "under 100 Mb/s of UDP, max", "\u00b5s", 0, false),
    TCP_LOAD_P50_US("latency_tcp_load_p50_us", "under a TCP stream, p50", "\u00b5s", 0, false),
    TCP_LOAD_P90_US("latency_tcp_load_p90_us", "under a TCP stream, p90", "\u00b5s", 0, false),
    TCP_LOAD_P99_US("latency_tcp_load_p99_us", "under a TCP stream, p99", "\u00b5s", 0, false),
    TCP_LOAD_P999_US("latency_tcp_load_p99.9_us", "under a TCP stream, p99.9", "\u00b5s", 0, false),
    TCP_LOAD_MAX_US("latency_tcp_load_max_us", "under a TCP stream, max", "\u00b5s", 0, false),
    TCP_LOAD_LOST("latency_tcp_load_lost_percent", "probes lost under a TCP stream", "%", 1, false),
    VPN_CPU_S_PER_GB("cpu_vpn_s_per_gb", "CPU of both VPN processes", "s/GB", 2, false),
    MACHINE_CPU_S_PER_GB("cpu_machine_s_per_gb", "CPU of the machine", "s/GB", 2, false),
    RESIDENT_MB("resident_mb", "resident memory, one end", "MB", 0, false),
    IDLE_CPU_PERCENT("idle_cpu_percent", "CPU at rest, one end", "% of a core", 2, false),
    READY_SECONDS("ready_s", "start to first answer", "s", 1, false),
    CHECKED_GBPS("checked_gbps", "checked transfer", "Gb/s", 2, true),
    CHECKED_BACK_GBPS("checked_back_gbps", "checked transfer, back", "Gb/s", 2, true),
    STOLEN_PERCENT("stolen_percent", "taken by the host meanwhile", "% of the time", 1, false);

    /** Percentiles from p50 to the highest, at rest. */
    public static final List<Metric> IDLE =
            List.of(IDLE_P50_US, IDLE_P90_US, IDLE_P99_US, IDLE_P999_US, IDLE_MAX_US);

    /** The same beside a light load of UDP. */
    public static final List<Metric> UDP_LOAD =
            List.of(
                    UDP_LOAD_P50_US,
                    UDP_LOAD_P90_US,
                    UDP_LOAD_P99_US,
                    UDP_LOAD_P999_US,
                    UDP_LOAD_MAX_US);

    /** The same beside a TCP stream at full speed. */
    public static final List<Metric> TCP_LOAD =
            List.of(
                    TCP_LOAD_P50_US,
                    TCP_LOAD_P90_US,
                    TCP_LOAD_P99_US,
                    TCP_LOAD_P999_US,
                    TCP_LOAD_MAX_US);

    private static final Set<Metric> EXTREMES =
            EnumSet.of(IDLE_MAX_US, UDP_LOAD_MAX_US, TCP_LOAD_MAX_US);

    private final String key;
    private final String title;
    private final String unit;
    private final int digits;
    private final boolean moreIsBetter;

    Metric(String key, String title, String unit, int digits, boolean moreIsBetter) {
        this.key = key;
        this.title = title;
        this.unit = unit;
        this.digits = digits;
        this.moreIsBetter = moreIsBetter;
    }

    /** Name in JSON. */
    public String key() {
        return key;
    }

    public String title() {
        return title;
    }

    public String unit() {
        return unit;
    }

    public boolean moreIsBetter() {
        return moreIsBetter;
    }

    /**
     * One value for all rounds: the median, or for a maximum the highest; empty if there is none.
     */
    OptionalDouble ofRounds(List<Double> rounds) {
        if (rounds.isEmpty()) {
            return OptionalDouble.empty();
        }
        List<Double> sorted = rounds.stream().sorted().toList();
        if (EXTREMES.contains(this)) {
            return OptionalDouble.of(sorted.getLast());
        }
        double upper = sorted.get(sorted.size() / 2);
        double lower = sorted.get((sorted.size() - 1) / 2);
        return OptionalDouble.of((lower + upper) / 2);
    }

    /** A value as it is shown, without the unit. */
    public String format(double value) {
        return ("%,." + digits + "f").formatted(value);
    }

    /** The metric of that name in JSON. */
    public static Optional<Metric> ofKey(String key) {
        for (Metric metric : values()) {
            if (metric.key.equals(key)) {
                return Optional.of(metric);
            }
        }
        return Optional.empty();
    }
}
