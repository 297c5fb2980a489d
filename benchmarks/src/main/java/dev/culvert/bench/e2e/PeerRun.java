package dev.culvert.bench.e2e;

import dev.culvert.bench.e2e.lab.BenchException;
import dev.culvert.bench.e2e.lab.Network;
import dev.culvert.bench.e2e.lab.Side;
import dev.culvert.bench.e2e.lab.Task;
import dev.culvert.bench.e2e.lab.Usage;
import dev.culvert.bench.e2e.lab.Waiting;
import dev.culvert.bench.e2e.load.CheckedTransfer;
import dev.culvert.bench.e2e.load.Ping;
import dev.culvert.bench.e2e.load.RateSearch;
import dev.culvert.bench.e2e.load.TcpLoad;
import dev.culvert.bench.e2e.load.UdpLoad;
import dev.culvert.bench.e2e.peer.CulvertPeer;
import dev.culvert.bench.e2e.peer.Peer;
import dev.culvert.bench.e2e.profile.Perf;
import dev.culvert.bench.e2e.profile.Profile;
import dev.culvert.bench.e2e.report.Metric;
import dev.culvert.bench.e2e.report.PeerResult;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All measurements of one peer, in a network of its own. */
final class PeerRun {
    private static final double MAX_LOSS = 0.01;
    private static final int STAMP_INTERVAL_MICROS = 1000;

    /** 100 Mb/s, which every peer can carry. */
    private static final int LOAD_BYTES = 1300;

    private static final double LOAD_PPS = 100e6 / 8 / LOAD_BYTES;

    private final Peer peer;
    private final Options options;
    private final Network network;
    private final Map<Metric, Double> values = new EnumMap<>(Metric.class);
    private final Map<String, Profile> profiles = new LinkedHashMap<>();
    private List<Task> tasks = List.of();

    PeerRun(Peer peer, Options options, Network network) {
        this.peer = peer;
        this.options = options;
        this.network = network;
    }

    PeerResult run() {
        String failure = "";
        try {
            start();
            for (Section section : Section.values()) {
                if (options.sections().contains(section)) {
                    measure(section);
                }
            }
        } catch (BenchException e) {
            failure = String.valueOf(e.getMessage()).strip();
            System.err.println("  " + peer.name() + " failed: " + failure);
        }
        return new PeerResult(
                peer.name(), peer.description(), peer.version(), peer.isRival(), values, failure);
    }

    private void start() {
        long startNs = System.nanoTime();
        tasks = peer.start(network);
        Ping.await(network, tasks);
        if (!tasks.isEmpty()) {
            put(Metric.READY_SECONDS, (System.nanoTime() - startNs) / 1e9);
        }
        // Whoever compiles or tunes while it runs shall have done so; the same for all.
        TcpLoad.run(network, Side.LEFT, 1, seconds(2, 4));
        TcpLoad.run(network, Side.RIGHT, 1, seconds(2, 3));
    }

    private void measure(Section section) {
        switch (section) {
            case TCP1 -> {
                measureTcpWithCpu();
                tcp(Side.RIGHT, 1, Metric.TCP1_BACK_GBPS);
            }
            case TCP4 -> {
                tcp(Side.LEFT, 4, Metric.TCP4_GBPS);
                tcp(Side.RIGHT, 4, Metric.TCP4_BACK_GBPS);
            }
            case UDP1300 -> put(Metric.UDP1300_GBPS, highestRate(1300) * 1300 * 8 / 1e9);
            case UDP64 -> put(Metric.UDP64_KPPS, highestRate(64) / 1e3);
            case LATENCY -> measureDelays();
            case TRANSFER -> {
                put(Metric.CHECKED_GBPS, transfer(Side.LEFT));
                put(Metric.CHECKED_BACK_GBPS, transfer(Side.RIGHT));
            }
            case IDLE -> measureAtRest();
            case PROFILE -> {
                if (peer instanceof CulvertPeer) {
                    profile();
                }
            }
        }
    }

    /** Where the time goes, at full speed with TCP, and with as many small packets as pass. */
    private void profile() {
        double seconds = seconds(5, 10);
        try (TcpLoad.Running stream = TcpLoad.start(network, Side.LEFT, 1, seconds + 2)) {
            Waiting.seconds(1);
            profiles.put("tcp", profile("TCP, 1 stream", seconds));
            stream.finish();
        }
        try (UdpLoad load = new UdpLoad(network)) {
            double rate = values.getOrDefault(Metric.UDP64_KPPS, 150.0) * 1e3;
            load.run(64, rate, 2);
            load.startBackground(64, rate, seconds + 2);
            Waiting.seconds(1);
            profiles.put("udp64", profile("UDP 64 B, %.0f kpps".formatted(rate / 1e3), seconds));
            load.finishBackground(seconds + 2);
        }
    }

    private Profile profile(String title, double seconds) {
        return Perf.start(network.host(Side.LEFT), peer.name() + ": " + title, tasks, seconds)
                .finish();
    }

    /** By name of the load. */
    Map<String, Profile> profiles() {
        return Collections.unmodifiableMap(profiles);
    }

    private void measureTcpWithCpu() {
        double vpnBefore = Usage.cpuSeconds(pids());
        double machineBefore = Usage.machineBusySeconds();
        TcpLoad.Outcome outcome = tcp(Side.LEFT, 1, Metric.TCP1_GBPS);
        double gigabytes = outcome.bytes() / 1e9;
        put(Metric.MACHINE_CPU_S_PER_GB, (Usage.machineBusySeconds() - machineBefore) / gigabytes);
        if (!tasks.isEmpty()) {
            put(Metric.VPN_CPU_S_PER_GB, (Usage.cpuSeconds(pids()) - vpnBefore) / gigabytes);
            put(Metric.RESIDENT_MB, Usage.residentMegabytes(pids()) / tasks.size());
        }
    }

    private TcpLoad.Outcome tcp(Side from, int streams, Metric metric) {
        TcpLoad.Outcome outcome = TcpLoad.run(network, from, streams, seconds(3, 8));
        put(metric, outcome.gigabitsPerSecond());
        return outcome;
    }

    private double highestRate(int payloadBytes) {
        try (UdpLoad load = new UdpLoad(network)) {
            // Whoever compiles while it runs shall have seen this kind of packet.
            load.run(payloadBytes, 20_000, seconds(1, 2));
            load.run(payloadBytes, 80_000, seconds(1, 2));
            return new RateSearch(
                            MAX_LOSS,
                            seconds(1.15, 1.05),
                            rate -> load.run(payloadBytes, rate, seconds(0.6, 1.5)))
                    .run();
        }
    }

    private void measureDelays() {
        try (UdpLoad load = new UdpLoad(network)) {
            double seconds = seconds(3, 10);
            load.measureDelays(1, STAMP_INTERVAL_MICROS);
            put(load.measureDelays(seconds, STAMP_INTERVAL_MICROS), Metric.IDLE);

            double loadSeconds = seconds + 2.5;
            load.startBackground(LOAD_BYTES, LOAD_PPS, loadSeconds);
            Waiting.seconds(0.7);
            put(load.measureDelays(seconds, STAMP_INTERVAL_MICROS), Metric.UDP_LOAD);
            load.finishBackground(loadSeconds);

            try (TcpLoad.Running stream = TcpLoad.start(network, Side.LEFT, 1, loadSeconds)) {
                Waiting.seconds(0.7);
                UdpLoad.Delays delays = load.measureDelays(seconds, STAMP_INTERVAL_MICROS);
                put(delays, Metric.TCP_LOAD);
                put(Metric.TCP_LOAD_LOST, 100 * delays.lost());
                stream.finish();
            }
        }
    }

    private void put(UdpLoad.Delays delays, List<Metric> metrics) {
        put(metrics.get(0), delays.p50Us());
        put(metrics.get(1), delays.p90Us());
        put(metrics.get(2), delays.p99Us());
        put(metrics.get(3), delays.p999Us());
        put(metrics.get(4), delays.maxUs());
    }

    private double transfer(Side from) {
        return CheckedTransfer.run(network, from, (int) seconds(2, 4));
    }

    private void measureAtRest() {
        if (tasks.isEmpty()) {
            return;
        }
        Waiting.seconds(1);
        double seconds = seconds(3, 10);
        double before = Usage.cpuSeconds(pids());
        Waiting.seconds(seconds);
        double used = Usage.cpuSeconds(pids()) - before;
        put(Metric.IDLE_CPU_PERCENT, 100 * used / seconds / tasks.size());
    }

    private List<Long> pids() {
        return tasks.stream().map(Task::pid).toList();
    }

    private double seconds(double quick, double full) {
        return options.quick() ? quick : full;
    }

    private void put(Metric metric, double value) {
        values.put(metric, value);
        System.err.printf("  %-32s %10s %s%n", metric.title(), metric.format(value), metric.unit());
    }
}
