package dev.culvert.ike.testkit.sim;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A NAT with one public address: endpoint-independent mapping, and filtering by the remote address
 * and port.
 */
public final class SimNat {
    private final InetAddress publicAddress;
    private final Map<InetSocketAddress, Integer> portOf = new HashMap<>();
    private final Map<Integer, InetSocketAddress> insideOf = new HashMap<>();
    private final Map<Integer, java.util.Set<InetSocketAddress>> opened = new HashMap<>();
    private int nextPort = 20_000;

    public SimNat(InetAddress publicAddress) {
        this.publicAddress = publicAddress;
    }

    InetAddress publicAddress() {
        return publicAddress;
    }

    InetSocketAddress outward(InetSocketAddress inside, InetSocketAddress remote) {
        int port = portOf.computeIfAbsent(inside, _ -> nextPort++);
        insideOf.put(port, inside);
        opened.computeIfAbsent(port, _ -> new java.util.HashSet<>()).add(remote);
        return new InetSocketAddress(publicAddress, port);
    }

    Optional<InetSocketAddress> inward(InetSocketAddress outside, InetSocketAddress remote) {
        boolean open = opened.getOrDefault(outside.getPort(), java.util.Set.of()).contains(remote);
        return open ? Optional.ofNullable(insideOf.get(outside.getPort())) : Optional.empty();
    }

    /** Forwards a public port to the inside for good. */
    public InetSocketAddress forward(int publicPort, InetSocketAddress inside) {
        portOf.put(inside, publicPort);
        insideOf.put(publicPort, inside);
        return new InetSocketAddress(publicAddress, publicPort);
    }

    boolean isForwarded(InetSocketAddress outside) {
        return insideOf.containsKey(outside.getPort()) && outside.getPort() < 20_000;
    }

    Optional<InetSocketAddress> forwarded(InetSocketAddress outside) {
        return Optional.ofNullable(insideOf.get(outside.getPort()));
    }

    /** Forgets all mappings: whoever sends next gets new ports. */
    public void rebind() {
        portOf.clear();
        insideOf.clear();
        opened.clear();
        nextPort += 100;
    }
}
