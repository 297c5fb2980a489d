package dev.culvert.bench.e2e;

import dev.culvert.bench.e2e.lab.BenchException;
import dev.culvert.bench.e2e.lab.Network;
import dev.culvert.bench.e2e.peer.BareVeth;
import dev.culvert.bench.e2e.peer.CulvertPeer;
import dev.culvert.bench.e2e.peer.OpenVpn;
import dev.culvert.bench.e2e.peer.Peer;
import dev.culvert.bench.e2e.peer.ProbePeer;
import dev.culvert.bench.e2e.peer.StrongSwan;
import dev.culvert.bench.e2e.peer.WireGuardGo;
import dev.culvert.bench.e2e.report.Results;
import dev.culvert.bench.e2e.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Entry: runs the peers and writes the reports. */
public final class Bench {
    private static final List<Peer> PEERS =
            List.of(
                    new BareVeth(),
                    new ProbePeer(),
                    new CulvertPeer("culvert-native", "native", List.of()),
                    new CulvertPeer("culvert-jdk", "jdk", List.of()),
                    new WireGuardGo(),
                    new OpenVpn(),
                    new StrongSwan());

    private Bench() {}

    public static void main(String[] arguments) {
        int status = 0;
        try {
            status = run(Options.parse(arguments));
        } catch (BenchException e) {
            System.err.println("bench: " + e.getMessage());
            status = 2;
        }
        System.exit(status);
    }

    private static int run(Options options) {
        List<Peer> peers = peersOf(options);
        Network.removeLeftovers();
        Results results = new Results(Map.of(), List.of());
        boolean failed = false;
        for (Peer peer : peers) {
            System.err.println(
                    peer.name() + ": " + peer.description() + " (" + peer.version() + ")");
            Network network = Network.create();
            Thread atExit = new Thread(network::close);
            Runtime.getRuntime().addShutdownHook(atExit);
            try (network) {
                results = results.with(new PeerRun(peer, options, network).run());
            }
            Runtime.getRuntime().removeShutdownHook(atExit);
            failed |= !results.peers().getLast().failure().isEmpty();
        }
        System.out.println(Table.text(results));
        return failed ? 1 : 0;
    }

    private static List<Peer> peersOf(Options options) {
        List<Peer> chosen = new ArrayList<>();
        for (String name : options.peers()) {
            chosen.add(
                    PEERS.stream()
                            .filter(peer -> peer.name().equals(name))
                            .findFirst()
                            .orElseThrow(() -> new BenchException(unknown(name))));
        }
        boolean askedFor = !chosen.isEmpty();
        List<Peer> runnable = new ArrayList<>();
        for (Peer peer : askedFor ? chosen : PEERS) {
            Optional<String> missing = peer.missing();
            if (missing.isEmpty()) {
                runnable.add(peer);
            } else if (askedFor) {
                throw new BenchException(peer.name() + " was asked for and lacks " + missing.get());
            } else {
                System.err.println("skipped: " + peer.name() + ", which lacks " + missing.get());
            }
        }
        return runnable;
    }

    private static String unknown(String name) {
        return name
                + ": no such peer; there are "
                + String.join(", ", PEERS.stream().map(Peer::name).toList());
    }
}
