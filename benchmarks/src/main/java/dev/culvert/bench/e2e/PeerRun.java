package dev.culvert.bench.e2e;

import dev.culvert.bench.e2e.lab.BenchException;
import dev.culvert.bench.e2e.lab.Network;
import dev.culvert.bench.e2e.lab.Side;
import dev.culvert.bench.e2e.lab.Task;
import dev.culvert.bench.e2e.lab.Usage;
import dev.culvert.bench.e2e.lab.Waiting;
import dev.culvert.bench.e2e.load.Ping;
import dev.culvert.bench.e2e.load.TcpLoad;
import dev.culvert.bench.e2e.peer.Peer;
import dev.culvert.bench.e2e.report.Metric;
import dev.culvert.bench.e2e.report.PeerResult;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** All measurements of one peer, in a network of its own. */
final class PeerRun {
    private final Peer peer;
    private final Options options;
    private final Network network;
    private final Map<Metric, Double> values = new EnumMap<>(Metric.class);
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
        TcpLoad.run(network, Side.LEFT, 1, seconds(3, 6));
        TcpLoad.run(network, Side.RIGHT, 1, seconds(2, 4));
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
            case UDP1300, UDP64, LATENCY, TRANSFER -> {}
            case IDLE -> measureAtRest();
        }
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
        TcpLoad.Outcome outcome = TcpLoad.run(network, from, streams, seconds(4, 10));
        put(metric, outcome.gigabitsPerSecond());
        return outcome;
    }

    private void measureAtRest() {
        if (tasks.isEmpty()) {
            return;
        }
        Waiting.seconds(1);
        double seconds = seconds(4, 10);
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
