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

    /**
     * Runs streams from one end to the other.
     *
     * @param from the end that sends
     */
    public static Outcome run(Network network, Side from, int streams, double seconds) {
        Host server = network.host(from.other());
        Task receiver =
                server.start(
                        "iperf3-server",
                        List.of("iperf3", "-s", "-1", "-p", port(), "-B", from.other().inner()));
        Waiting.until(
                () -> server.run("ss", "-Htln", "sport", "=", ":" + port()).contains(port()),
                5,
                () -> "iperf3 does not listen: " + receiver.output());
        try (receiver) {
            String json =
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
                                            "-J"))
                            .await(Math.round(seconds) + 20);
            FlatJson values = FlatJson.parse(json);
            return new Outcome(
                    values.number("end.sum_received.bits_per_second") / 1e9,
                    values.number("end.sum_received.bytes"));
        }
    }

    private static String port() {
        return String.valueOf(PORT);
    }
}
