package dev.culvert.bench.e2e.peer;

import dev.culvert.bench.e2e.lab.Host;
import dev.culvert.bench.e2e.lab.Network;
import dev.culvert.bench.e2e.lab.Side;
import dev.culvert.bench.e2e.lab.Task;
import dev.culvert.bench.e2e.lab.Waiting;
import dev.culvert.bench.e2e.probe.Probe;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@link Probe}, on the I/O layer that Culvert uses: the bound for it. */
public record ProbePeer() implements Peer {
    @Override
    public String name() {
        return "probe";
    }

    @Override
    public String description() {
        return "no-crypto probe: TUN super-packets over UDP GSO and GRO, nothing per segment";
    }

    @Override
    public Optional<String> missing() {
        return Optional.empty();
    }

    @Override
    public String version() {
        return Java.commit();
    }

    @Override
    public boolean isRival() {
        return false;
    }

    @Override
    public List<Task> start(Network network) {
        List<Task> tasks = new ArrayList<>();
        for (Host host : network.hosts()) {
            Side side = host.side();
            Task task =
                    host.start(
                            "probe",
                            Java.command(
                                    Probe.class,
                                    List.of(),
                                    "probe0",
                                    side.outer(),
                                    side.other().outer(),
                                    "4600"));
            tasks.add(task);
            Waiting.until(
                    () ->
                            host.tryRun("ip", "link", "show", "up", "dev", "probe0")
                                    .output()
                                    .contains("UP"),
                    10,
                    () -> "the probe does not start: " + task.output());
            // So that a super-packet and its header fit one datagram.
            host.ip("link set probe0 gso_max_size 65000");
            host.ip("route add " + side.other().innerNetwork() + " dev probe0 src " + side.inner());
        }
        return tasks;
    }
}
