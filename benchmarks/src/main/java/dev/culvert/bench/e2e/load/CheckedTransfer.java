package dev.culvert.bench.e2e.load;

import dev.culvert.bench.e2e.lab.BenchException;
import dev.culvert.bench.e2e.lab.Network;
import dev.culvert.bench.e2e.lab.Side;
import dev.culvert.bench.e2e.lab.Task;
import dev.culvert.bench.e2e.peer.Java;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Random bytes over TCP, whose checksum the receiver compares: {@code scripts/TcpTransfer}. */
public final class CheckedTransfer {
    private static final String PORT = "5001";
    private static final Pattern RATE = Pattern.compile(", (\\d+) Mbit/s, content checked");

    private CheckedTransfer() {}

    /**
     * Runs one.
     *
     * @return Gb/s
     * @throws BenchException if the content differs
     */
    public static double run(Network network, Side from, int seconds) {
        String to = from.other().inner();
        Task receiver =
                network.host(from.other()).start("transfer-receiver", command("receive", to, PORT));
        try (receiver) {
            String line =
                    network.host(from)
                            .start(
                                    "transfer-sender-" + System.nanoTime(),
                                    command(
                                            "send",
                                            from.inner(),
                                            to,
                                            PORT,
                                            String.valueOf(seconds)))
                            .await(seconds + 30);
            Matcher matcher = RATE.matcher(line);
            if (!matcher.find()) {
                throw new BenchException("the checked transfer says: " + line);
            }
            return Double.parseDouble(matcher.group(1)) / 1e3;
        }
    }

    private static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add(Java.home().resolve("scripts/TcpTransfer.java").toString());
        command.addAll(Arrays.asList(arguments));
        return command;
    }
}
