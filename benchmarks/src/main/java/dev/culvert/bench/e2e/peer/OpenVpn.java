package dev.culvert.bench.e2e.peer;

import dev.culvert.bench.e2e.lab.Commands;
import dev.culvert.bench.e2e.lab.Host;
import dev.culvert.bench.e2e.lab.Network;
import dev.culvert.bench.e2e.lab.Side;
import dev.culvert.bench.e2e.lab.Task;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** OpenVPN over UDP with AES-128-GCM, without its kernel module (DCO). */
public record OpenVpn() implements Peer {
    @Override
    public String name() {
        return "openvpn";
    }

    @Override
    public String description() {
        return "OpenVPN over UDP, AES-128-GCM, no DCO";
    }

    @Override
    public Optional<String> missing() {
        if (Commands.find("openssl").isEmpty()) {
            return Optional.of("openssl: apt-get install openssl, or --install");
        }
        return program().isEmpty()
                ? Optional.of("openvpn: apt-get install openvpn, or --install")
                : Optional.empty();
    }

    @Override
    public String version() {
        String first =
                Commands.tryRun(List.of(program().orElseThrow().toString(), "--version"))
                        .output()
                        .lines()
                        .findFirst()
                        .orElse("unknown");
        return first.replaceFirst("^OpenVPN (\\S+).*", "$1");
    }

    @Override
    public boolean isRival() {
        return true;
    }

    @Override
    public List<Task> start(Network network) {
        List<Task> tasks = new ArrayList<>();
        Host right = network.host(Side.RIGHT);
        for (Host host : network.hosts()) {
            makeCertificate(host);
        }
        tasks.add(start(right, true, fingerprint(network.host(Side.LEFT))));
        tasks.add(start(network.host(Side.LEFT), false, fingerprint(right)));
        return tasks;
    }

    private static Task start(Host host, boolean server, String peersFingerprint) {
        Side side = host.side();
        String configuration =
                """
                dev ovpn0
                dev-type tun
                proto udp4
                local %s
                remote %s 1194 udp4
                port 1194
                ifconfig 10.9.0.%d 10.9.0.%d
                route 10.%d.0.0 255.255.255.0
                %s
                cert %s
                key %s
                peer-fingerprint "%s"
                data-ciphers AES-128-GCM
                disable-dco
                sndbuf 4194304
                rcvbuf 4194304
                verb 3
                """
                        .formatted(
                                side.outer(),
                                side.other().outer(),
                                side.number(),
                                side.other().number(),
                                side.other().number(),
                                server ? "tls-server\ndh none" : "tls-client",
                                host.directory().resolve("ovpn.crt"),
                                host.directory().resolve("ovpn.key"),
                                peersFingerprint);
        Path file = Files.write(host, "openvpn.conf", configuration);
        return host.start(
                "openvpn",
                List.of(program().orElseThrow().toString(), "--config", file.toString()));
    }

    private static void makeCertificate(Host host) {
        host.run(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=" + host.side().label(),
                "-keyout",
                host.directory().resolve("ovpn.key").toString(),
                "-out",
                host.directory().resolve("ovpn.crt").toString());
    }

    private static String fingerprint(Host host) {
        return host.run(
                        "openssl",
                        "x509",
                        "-noout",
                        "-fingerprint",
                        "-sha256",
                        "-in",
                        host.directory().resolve("ovpn.crt").toString())
                .replaceFirst(".*=", "");
    }

    private static Optional<Path> program() {
        return Commands.find("openvpn");
    }
}
