package dev.culvert.endpoint.real.net;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/**
 * TCP that fills a tunnel in both directions for a while, with content that the receivers check.
 * Started by {@link Traffic#startFullSpeed}.
 */
public final class FullSpeed {

    private static final Duration END = Duration.ofSeconds(90);

    private final List<Background> senders;
    private final List<Background> receivers;

    FullSpeed(List<Background> senders, List<Background> receivers) {
        this.senders = List.copyOf(senders);
        this.receivers = List.copyOf(receivers);
    }

    /** Whether the first site still sends. */
    public boolean isRunning() {
        return senders.getFirst().isAlive();
    }

    /** Waits for the end of both connections, which must come to it with what was sent. */
    public void awaitContent() {
        for (List<Background> processes : List.of(senders, receivers)) {
            for (Background process : processes) {
                OptionalInt status = process.awaitExit(END);
                if (status.isEmpty() || status.getAsInt() != 0) {
                    throw new AssertionError(process + ": " + status + "\n" + process.log());
                }
            }
        }
        for (Background sender : senders) {
            if (!sender.log().contains("content checked at the receiver")) {
                throw new AssertionError(sender + " wrote\n" + sender.log());
            }
        }
    }
}
