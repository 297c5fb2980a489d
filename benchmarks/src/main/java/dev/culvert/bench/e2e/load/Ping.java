package dev.culvert.bench.e2e.load;

import dev.culvert.bench.e2e.lab.BenchException;
import dev.culvert.bench.e2e.lab.Host;
import dev.culvert.bench.e2e.lab.Network;
import dev.culvert.bench.e2e.lab.Side;
import dev.culvert.bench.e2e.lab.Task;
import dev.culvert.bench.e2e.lab.Waiting;
import java.util.List;

/** Whether packets pass. */
public final class Ping {
    private static final double LIMIT_SECONDS = 20;

    private Ping() {}

    /** Waits until the left end hears an echo from the right one. */
    public static void await(Network network, List<Task> tasks) {
        Host left = network.host(Side.LEFT);
        Waiting.until(
                () -> {
                    for (Task task : tasks) {
                        if (!task.isRunning()) {
                            throw new BenchException("it has ended:\n" + task.output());
                        }
                    }
                    return left.tryRun(
                                    "ping",
                                    "-q",
                                    "-c",
                                    "1",
                                    "-W",
                                    "0.1",
                                    "-I",
                                    Side.LEFT.inner(),
                                    Side.RIGHT.inner())
                            .succeeded();
                },
                LIMIT_SECONDS,
                () -> {
                    StringBuilder logs = new StringBuilder("no packet passes\n");
                    tasks.forEach(task -> logs.append(task.output()).append('\n'));
                    return logs.toString();
                });
    }
}
