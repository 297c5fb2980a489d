package dev.culvert.bench.e2e.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * The UDP load of one end: {@code LoadAgent LOCAL}. It reads a command per line and answers each
 * with one line.
 *
 * <pre>
 * send REMOTE PORT BYTES RATE MILLIS       sends that many packets per second: "sent N"
 * stamp REMOTE PORT BYTES MICROS MILLIS    sends stamped packets at that interval: "sent N"
 * open PORT count|stamped                  begins to receive: "open"
 * close                                    waits until nothing comes any more, and ends it:
 *                                          "received N P50 P90 P99 P99.9 MAX", times in ns
 * </pre>
 */
public final class LoadAgent {
    private final InetAddress local;
    private final List<UdpReceiver> receivers = new ArrayList<>();

    private LoadAgent(InetAddress local) {
        this.local = local;
    }

    public static void main(String[] arguments) throws Exception {
        LoadAgent agent = new LoadAgent(InetAddress.getByName(arguments[0]));
        BufferedReader in =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            System.out.println(agent.answer(line.split(" ", -1)));
            System.out.flush();
        }
        System.exit(0);
    }

    private String answer(String[] words) throws InterruptedException {
        try {
            return switch (words[0]) {
                case "send" -> send(words);
                case "stamp" -> stamp(words);
                case "open" -> open(words);
                case "close" -> close();
                default -> "unknown command " + words[0];
            };
        } catch (IOException e) {
            return "failed: " + e.getMessage();
        }
    }

    private String send(String[] words) throws IOException {
        try (UdpSender sender = sender(words)) {
            return "sent "
                    + sender.send(
                            Integer.parseInt(words[3]),
                            Double.parseDouble(words[4]),
                            Long.parseLong(words[5]) * 1_000_000);
        }
    }

    private String stamp(String[] words) throws IOException {
        try (UdpSender sender = sender(words)) {
            return "sent "
                    + sender.sendStamps(
                            Integer.parseInt(words[3]),
                            Long.parseLong(words[4]) * 1_000,
                            Long.parseLong(words[5]) * 1_000_000);
        }
    }

    private UdpSender sender(String[] words) throws IOException {
        return new UdpSender(
                local,
                new InetSocketAddress(InetAddress.getByName(words[1]), Integer.parseInt(words[2])));
    }

    private String open(String[] words) throws IOException {
        receivers.add(
                new UdpReceiver(local, Integer.parseInt(words[1]), words[2].equals("stamped")));
        return "open";
    }

    private String close() throws InterruptedException {
        UdpReceiver receiver = receivers.removeLast();
        long count = receiver.awaitQuiet();
        receiver.finish();
        Histogram delayNs = receiver.delayNs();
        return "received %d %d %d %d %d %d"
                .formatted(
                        count,
                        delayNs.getValueAtPercentile(50),
                        delayNs.getValueAtPercentile(90),
                        delayNs.getValueAtPercentile(99),
                        delayNs.getValueAtPercentile(99.9),
                        delayNs.getMaxValue());
    }
}
