package dev.culvert.bench.e2e.load;

import dev.culvert.bench.e2e.lab.Host;
import dev.culvert.bench.e2e.lab.Network;
import dev.culvert.bench.e2e.lab.Side;
import dev.culvert.bench.e2e.lab.Task;
import dev.culvert.bench.e2e.lab.Waiting;
import java.util.List;

/** iperf3's TCP streams. */
public final class TcpLoad {
    private static final int PORT = 5201;

    private TcpLoad() {}

    /**
     * What the receiver counted.
     *
     * @param bytes payload of all streams
     */
    public record Outcome(double gigabitsPerSecond, double bytes) {}

    /** Streams that run. */
    public static final class Running implements AutoCloseable {
        private final Task client;
        private final Task server;
        private final double seconds;

        private Running(Task client, Task server, double seconds) {
            this.client = client;
            this.server = server;
            this.seconds = seconds;
        }

        /** Waits for their end. */
        public Outcome finish() {
            FlatJson values = FlatJson.parse(client.await(Math.round(seconds) + 20));
            return new Outcome(
                    values.number("end.sum_received.bits_per_second") / 1e9,
                    values.number("end.sum_received.bytes"));
        }

        @Override
        public void close() {
            client.close();
            server.close();
        }
    }

    /**
     * Runs streams from one end to the other.
     *
     * @param from the end that sends
     */
    public static Outcome run(Network network, Side from, int streams, double seconds) {
        try (Running running = start(network, from, streams, seconds)) {
            return running.finish();
        }
    }

    /** Begins to run streams. */
    public static Running start(Network network, Side from, int streams, double seconds) {
        Host receiving = network.host(from.other());
        Task server =
                receiving.start(
                        "iperf3-server",
                        List.of("iperf3", "-s", "-1", "-p", port(), "-B", from.other().inner()));
        Waiting.until(
                () -> receiving.run("ss", "-Htln", "sport", "=", ":" + port()).contains(port()),
                5,
                () -> "iperf3 does not listen: " + server.output());
        Task client =
                network.host(from)
                        .start(
                                "iperf3-" + System.nanoTime(),
                                List.of(
                                        "iperf3",
                                        "-c",
                                        from.other().inner(),
                                        "-p",
                                        port(),
                                        "-B",
                                        from.inner(),
                                        "-P",
                                        String.valueOf(streams),
                                        "-t",
                                        String.valueOf(Math.round(seconds)),
                                        "-J"));
        return new Running(client, server, seconds);
    }

    private static String port() {
        return String.valueOf(PORT);
    }
}
