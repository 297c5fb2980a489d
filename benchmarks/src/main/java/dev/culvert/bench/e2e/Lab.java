package dev.culvert.bench.e2e;

import dev.culvert.bench.e2e.peer.Peer;
import dev.culvert.bench.e2e.profile.Profile;
import dev.culvert.bench.e2e.report.Output;
import dev.culvert.bench.e2e.report.PeerResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * All peers at once, each in a network of its own, so that they can take turns: one carries load
 * while the others rest. Minutes in which the machine is slower than in others then hit all of them
 * alike.
 */
final class Lab implements AutoCloseable {
    /** Of a measurement, where the host is busy; a single round is for a quick look and has one. */
    private static final int TRIES = 3;

    private final List<PeerRun> runs = new CopyOnWriteArrayList<>();
    private final Thread atExit = new Thread(this::closeRuns);

    Lab() {
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Sets up one tunnel after another. */
    void start(List<Peer> peers) {
        for (Peer peer : peers) {
            System.err.printf("%s: %s (%s)%n", peer.name(), peer.description(), peer.version());
            PeerRun run = new PeerRun(peer);
            runs.add(run);
            run.start();
        }
    }

    /** One part of the load for all, in rounds; every second round goes backwards. */
    void measure(Section section, int rounds) {
        for (int round = 0; round < rounds; round++) {
            List<PeerRun> turns = new ArrayList<>(runs);
            for (PeerRun run : round % 2 == 0 ? turns : turns.reversed()) {
                System.err.printf(
                        "%s: %s, round %d of %d%n",
                        run.peer().name(), section.label(), round + 1, rounds);
                run.run(section, rounds == 1 ? 1 : TRIES);
            }
        }
    }

    List<PeerResult> results() {
        return runs.stream().map(PeerRun::result).toList();
    }

    void writeProfiles(Output output) throws IOException {
        for (PeerRun run : runs) {
            for (Map.Entry<String, Profile> entry : run.profiles().entrySet()) {
                output.write(run.peer().name() + "-" + entry.getKey(), entry.getValue());
            }
        }
    }

    @Override
    public void close() {
        closeRuns();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // While the JVM ends, the hook runs and cannot be removed.
            System.err.println("interrupted");
        }
    }

    private void closeRuns() {
        runs.forEach(PeerRun::close);
    }
}
