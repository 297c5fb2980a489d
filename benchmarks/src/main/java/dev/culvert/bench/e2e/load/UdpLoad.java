package dev.culvert.bench.e2e.load;

import dev.culvert.bench.e2e.lab.Network;
import dev.culvert.bench.e2e.lab.Side;
import java.util.Locale;

/** UDP from the left end to the right one: rates with loss, and times on the way. */
public final class UdpLoad implements AutoCloseable {
    private static final int LOAD_PORT = 6001;
    private static final int STAMP_PORT = 6002;
    private static final int STAMP_BYTES = 100;

    private final Dialogue sender;
    private final Dialogue receiver;
    private final Dialogue stampSender;
    private final Dialogue stampReceiver;

    /** Starts the load generators at both ends. */
    public UdpLoad(Network network) {
        sender = Dialogue.start(network.host(Side.LEFT), "load-sender");
        receiver = Dialogue.start(network.host(Side.RIGHT), "load-receiver");
        stampSender = Dialogue.start(network.host(Side.LEFT), "stamp-sender");
        stampReceiver = Dialogue.start(network.host(Side.RIGHT), "stamp-receiver");
    }

    /**
     * One trial.
     *
     * @param sent packets that the sender's kernel took
     * @param received packets that the receiver read
     */
    public record Trial(long sent, long received, double seconds) {
        /** Share that was lost, 0 to 1. */
        public double loss() {
            return sent == 0 ? 0 : Math.max(0, 1 - (double) received / sent);
        }

        public double receivedPerSecond() {
            return received / seconds;
        }

        public double sentPerSecond() {
            return sent / seconds;
        }
    }

    /**
     * Times on the way.
     *
     * @param lost share of the stamped packets that did not arrive, 0 to 1
     */
    public record Delays(
            double p50Us, double p90Us, double p99Us, double p999Us, double maxUs, double lost) {}

    /** Sends at a rate, and counts. */
    public Trial run(int payloadBytes, double packetsPerSecond, double seconds) {
        receiver.ask("open " + LOAD_PORT + " count", "open");
        long sent = sender.ask(sendCommand(payloadBytes, packetsPerSecond, seconds), "sent")[0];
        long received = receiver.ask("close", "received")[0];
        return new Trial(sent, received, seconds);
    }

    /** Begins a load in the background; {@link #finishBackground} must follow. */
    public void startBackground(int payloadBytes, double packetsPerSecond, double seconds) {
        receiver.ask("open " + LOAD_PORT + " count", "open");
        sender.tell(sendCommand(payloadBytes, packetsPerSecond, seconds));
    }

    /** Waits for the load in the background. */
    public Trial finishBackground(double seconds) {
        long sent = sender.answer("sent")[0];
        long received = receiver.ask("close", "received")[0];
        return new Trial(sent, received, seconds);
    }

    /** Measures the way from left to right, besides whatever load there is. */
    public Delays measureDelays(double seconds, int intervalMicros) {
        stampReceiver.ask("open " + STAMP_PORT + " stamped", "open");
        long sent =
                stampSender
                        .ask(
                                "stamp %s %d %d %d %d"
                                        .formatted(
                                                Side.RIGHT.inner(),
                                                STAMP_PORT,
                                                STAMP_BYTES,
                                                intervalMicros,
                                                Math.round(seconds * 1000)),
                                "sent")[0];
        long[] received = stampReceiver.ask("close", "received");
        return new Delays(
                received[1] / 1e3,
                received[2] / 1e3,
                received[3] / 1e3,
                received[4] / 1e3,
                received[5] / 1e3,
                sent == 0 ? 0 : 1 - (double) received[0] / sent);
    }

    @Override
    public void close() {
        sender.close();
        receiver.close();
        stampSender.close();
        stampReceiver.close();
    }

    private static String sendCommand(int payloadBytes, double packetsPerSecond, double seconds) {
        return String.format(
                Locale.ROOT,
                "send %s %d %d %.1f %d",
                Side.RIGHT.inner(),
                LOAD_PORT,
                payloadBytes,
                packetsPerSecond,
                Math.round(seconds * 1000));
    }
}
