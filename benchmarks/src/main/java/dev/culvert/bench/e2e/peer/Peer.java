package dev.culvert.bench.e2e.peer;

import dev.culvert.bench.e2e.lab.Network;
import dev.culvert.bench.e2e.lab.Task;
import java.util.List;
import java.util.Optional;

/** A way for packets from one inner address to the other. */
public sealed interface Peer
        permits BareVeth, ProbePeer, CulvertPeer, WireGuardGo, OpenVpn, StrongSwan {

    /** As in {@code --peers}. */
    String name();

    /** One line for the report: what it is and how it is set up. */
    String description();

    /** What it lacks on this machine, with advice; empty if it can run. */
    Optional<String> missing();

    /** The version that runs. */
    String version();

    /** Whether it is somebody else's VPN, for "the best peer". */
    boolean isRival();

    /**
     * Starts it at both ends; it may need a while until packets pass.
     *
     * @return its processes
     */
    List<Task> start(Network network);
}
