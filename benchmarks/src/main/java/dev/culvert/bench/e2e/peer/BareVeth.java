package dev.culvert.bench.e2e.peer;

import dev.culvert.bench.e2e.lab.Commands;
import dev.culvert.bench.e2e.lab.Host;
import dev.culvert.bench.e2e.lab.Network;
import dev.culvert.bench.e2e.lab.Task;
import java.util.List;
import java.util.Optional;

/** No tunnel: what the kernel and the load generator can do. */
public record BareVeth() implements Peer {
    @Override
    public String name() {
        return "veth";
    }

    @Override
    public String description() {
        return "no tunnel, packets go straight over the veth";
    }

    @Override
    public Optional<String> missing() {
        return Optional.empty();
    }

    @Override
    public String version() {
        return "Linux " + Commands.run("uname", "-r");
    }

    @Override
    public boolean isRival() {
        return false;
    }

    @Override
    public List<Task> start(Network network) {
        for (Host host : network.hosts()) {
            host.ip(
                    "route add "
                            + host.side().other().innerNetwork()
                            + " via "
                            + host.side().other().outer()
                            + " src "
                            + host.side().inner());
        }
        return List.of();
    }
}
