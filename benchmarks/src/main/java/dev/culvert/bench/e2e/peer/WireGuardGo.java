package dev.culvert.bench.e2e.peer;

import dev.culvert.bench.e2e.lab.Commands;
import dev.culvert.bench.e2e.lab.Host;
import dev.culvert.bench.e2e.lab.Network;
import dev.culvert.bench.e2e.lab.Side;
import dev.culvert.bench.e2e.lab.Task;
import dev.culvert.bench.e2e.lab.Waiting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** WireGuard in user space: ChaCha20-Poly1305, with TUN and UDP offloads from 2023 on. */
public record WireGuardGo() implements Peer {
    private static final int PORT = 51820;

    @Override
    public String name() {
        return "wireguard-go";
    }

    @Override
    public String description() {
        return "wireguard-go, ChaCha20-Poly1305";
    }

    @Override
    public Optional<String> missing() {
        if (Commands.find("wg").isEmpty()) {
            return Optional.of("wireguard-tools: apt-get install wireguard-tools, or --install");
        }
        return program().isEmpty()
                ? Optional.of("wireguard-go: from bookworm-backports, or --install")
                : Optional.empty();
    }

    @Override
    public String version() {
        Path program = program().orElseThrow();
        if (program.startsWith(Java.home())) {
            return Commands.text(unpacked().resolve("version")).strip();
        }
        Commands.Outcome packaged =
                Commands.tryRun(List.of("dpkg-query", "-W", "-f", "${Version}", "wireguard-go"));
        return packaged.succeeded()
                ? packaged.output().strip()
                : Commands.tryRun(List.of(program.toString(), "--version"))
                        .output()
                        .lines()
                        .findFirst()
                        .orElse("unknown");
    }

    @Override
    public boolean isRival() {
        return true;
    }

    @Override
    public List<Task> start(Network network) {
        Map<Side, String> publicKeys = new EnumMap<>(Side.class);
        for (Host host : network.hosts()) {
            Path privateKey = Files.write(host, "wg.key", host.run("wg", "genkey") + "\n");
            publicKeys.put(
                    host.side(), host.run("sh", "-c", "wg pubkey <\"$0\"", privateKey.toString()));
        }
        List<Task> tasks = new ArrayList<>();
        for (Host host : network.hosts()) {
            tasks.add(start(host, publicKeys.get(host.side().other())));
        }
        return tasks;
    }

    private static Task start(Host host, String peersKey) {
        Side peer = host.side().other();
        String device = deviceName(host.side());
        Task task =
                host.start(
                        "wireguard",
                        Map.of("WG_PROCESS_FOREGROUND", "1"),
                        List.of(program().orElseThrow().toString(), "-f", device));
        Waiting.until(
                () -> host.tryRun("wg", "show", device).succeeded(),
                10,
                () -> "wireguard-go does not start: " + task.output());
        host.run(
                "wg",
                "set",
                device,
                "listen-port",
                String.valueOf(PORT),
                "private-key",
                host.directory().resolve("wg.key").toString(),
                "peer",
                peersKey,
                "endpoint",
                peer.outer() + ":" + PORT,
                "allowed-ips",
                peer.innerNetwork());
        host.ip("link set " + device + " mtu 1420 up");
        host.ip(
                "route add "
                        + peer.innerNetwork()
                        + " dev "
                        + device
                        + " src "
                        + host.side().inner());
        return task;
    }

    /** The configuration socket has the interface's name, in one directory for all namespaces. */
    private static String deviceName(Side side) {
        return "cvb" + ProcessHandle.current().pid() + "w" + side.number();
    }

    /** What {@code scripts/bench --install} has unpacked comes first. */
    private static Optional<Path> program() {
        return Commands.find(unpacked().resolve("usr/bin/wireguard-go").toString(), "wireguard-go");
    }

    private static Path unpacked() {
        return Java.home().resolve("benchmarks/target/peers/wireguard-go");
    }
}
