package dev.culvert.bench.e2e;

import dev.culvert.bench.e2e.lab.BenchException;
import dev.culvert.bench.e2e.lab.Network;
import dev.culvert.bench.e2e.peer.BareVeth;
import dev.culvert.bench.e2e.peer.CulvertPeer;
import dev.culvert.bench.e2e.peer.Java;
import dev.culvert.bench.e2e.peer.OpenVpn;
import dev.culvert.bench.e2e.peer.Peer;
import dev.culvert.bench.e2e.peer.ProbePeer;
import dev.culvert.bench.e2e.peer.StrongSwan;
import dev.culvert.bench.e2e.peer.WireGuardGo;
import dev.culvert.bench.e2e.report.Machine;
import dev.culvert.bench.e2e.report.Output;
import dev.culvert.bench.e2e.report.PeerResult;
import dev.culvert.bench.e2e.report.Results;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Entry: runs the peers and writes the reports. */
public final class Bench {
    private static final List<String> NO_OFFLOADS =
            List.of(
                    "offload {",
                    "tun_tso = no",
                    "tun_uso = no",
                    "tun_gro = no",
                    "udp_gso = no",
                    "udp_gro = no",
                    "}");

    /** Measured only when asked for. */
    private static final Set<String> OPTIONAL =
            Set.of("culvert-plain", "culvert-workers1", "culvert-workers2", "culvert-agents2");

    private static final List<Peer> PEERS =
            List.of(
                    new BareVeth(),
                    new ProbePeer(),
                    new CulvertPeer("culvert-native", "native", List.of()),
                    new CulvertPeer("culvert-jdk", "jdk", List.of()),
                    new CulvertPeer("culvert-plain", "native", NO_OFFLOADS),
                    new CulvertPeer("culvert-workers1", "native", List.of("workers = 1")),
                    new CulvertPeer("culvert-workers2", "native", List.of("workers = 2")),
                    new CulvertPeer("culvert-agents2", "native", List.of("agents = 2")),
                    new WireGuardGo(),
                    new OpenVpn(),
                    new StrongSwan());

    private Bench() {}

    public static void main(String[] arguments) throws IOException {
        Locale.setDefault(Locale.ROOT);
        int status = 0;
        try {
            status = run(Options.parse(arguments), List.of(arguments));
        } catch (BenchException e) {
            System.err.println("bench: " + e.getMessage());
            status = 2;
        }
        System.exit(status);
    }

    private static int run(Options options, List<String> arguments) throws IOException {
        List<Peer> peers = peersOf(options);
        Network.removeLeftovers();
        Output output = new Output(options.output());
        Results results =
                new Results(
                        Machine.describe(Java.commit(), arguments),
                        options.append() ? output.earlierPeers() : List.of());
        try (Lab lab = new Lab()) {
            lab.start(peers);
            for (Section section : Section.values()) {
                if (options.sections().contains(section)) {
                    lab.measure(section, options.rounds());
                    for (PeerResult result : lab.results()) {
                        results = results.with(result);
                    }
                    results = inOrder(results);
                    output.write(results);
                }
            }
            lab.writeProfiles(output);
        }
        System.out.println(output.text(results));
        return results.peers().stream().allMatch(peer -> peer.failure().isEmpty()) ? 0 : 1;
    }

    private static Results inOrder(Results results) {
        List<String> names = PEERS.stream().map(Peer::name).toList();
        return new Results(
                results.machine(),
                results.peers().stream()
                        .sorted(Comparator.comparingInt(peer -> names.indexOf(peer.name())))
                        .toList());
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
            if (!askedFor && OPTIONAL.contains(peer.name())) {
                continue;
            }
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
