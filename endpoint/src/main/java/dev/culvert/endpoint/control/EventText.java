package dev.culvert.endpoint.control;

import dev.culvert.endpoint.vici.DaemonStatus.ChildTraffic;
import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.ts.TrafficSelector;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The engine's events as lines for an administrator: what, which connection, which peer, why. A
 * name with a number stands for one SA: {@code gw[1]} is an IKE SA, {@code net{2}} a child SA.
 */
public final class EventText {
    private EventText() {}

    /**
     * One line, without control characters whatever a peer may have sent.
     *
     * @param event what happened
     * @param traffic of the child SA that the event is about, as far as it is known
     * @param nowNs the clock that the event's times are of
     */
    public static String of(EngineEvent event, Optional<ChildTraffic> traffic, long nowNs) {
        return printable(
                switch (event) {
                    case EngineEvent.IkeUp(EngineSnapshot.IkeSa sa) -> ikeUp(sa);
                    case EngineEvent.IkeDown(EngineSnapshot.IkeSa sa, String reason) ->
                            ikeDown(sa, reason, nowNs);
                    case EngineEvent.ChildUp(
                                    EngineSnapshot.IkeSa sa,
                                    EngineSnapshot.ChildSa child) ->
                            childUp(sa, child);
                    case EngineEvent.ChildDown(
                                    EngineSnapshot.IkeSa sa,
                                    EngineSnapshot.ChildSa child,
                                    String reason) ->
                            childDown(sa, child, reason, traffic);
                    case EngineEvent.Alert alert -> alert(alert);
                    case EngineEvent.KeyMaterial(Optional<String> connection, _, _) ->
                            connection.orElse("?") + ": keys written to the key log";
                    case EngineEvent.Trace(
                                    Optional<String> connection,
                                    Optional<InetSocketAddress> remote,
                                    String message) ->
                            prefix(connection, remote) + message;
                });
    }

    private static String ikeUp(EngineSnapshot.IkeSa sa) {
        return ikeName(sa)
                + ": IKE SA up as "
                + (sa.initiator() ? "initiator" : "responder")
                + ", "
                + end(sa.localId(), sa.local())
                + " to "
                + end(sa.remoteId(), sa.remote())
                + sa.suite().map(IkeSuite::displayName).map(name -> ", " + name).orElse("")
                + nat(sa);
    }

    private static String ikeDown(EngineSnapshot.IkeSa sa, String reason, long nowNs) {
        String lasted =
                sa.establishedNs() == 0
                        ? ", never up"
                        : ", was up " + (nowNs - sa.establishedNs()) / 1_000_000_000L + " s";
        return ikeName(sa)
                + ": IKE SA down: "
                + reason
                + ", peer "
                + end(sa.remoteId(), sa.remote())
                + lasted;
    }

    private static String childUp(EngineSnapshot.IkeSa sa, EngineSnapshot.ChildSa child) {
        return childName(sa, child)
                + ": child SA up, SPIs "
                + spi(child.spiIn())
                + " in "
                + spi(child.spiOut())
                + " out, "
                + child.suite().displayName()
                + ", "
                + selectors(child.localSelectors())
                + " === "
                + selectors(child.remoteSelectors())
                + ", peer "
                + address(sa.remote());
    }

    private static String childDown(
            EngineSnapshot.IkeSa sa,
            EngineSnapshot.ChildSa child,
            String reason,
            Optional<ChildTraffic> traffic) {
        String carried =
                traffic.map(t ->
                                String.format(
                                        ", carried %d bytes in %d packets in,"
                                                + " %d bytes in %d packets out",
                                        t.bytesIn(), t.packetsIn(), t.bytesOut(), t.packetsOut()))
                        .orElse("");
        return childName(sa, child)
                + ": child SA down: "
                + reason
                + ", peer "
                + address(sa.remote())
                + carried;
    }

    private static String alert(EngineEvent.Alert alert) {
        return prefix(alert.connection(), alert.remote())
                + alert.message()
                + " ["
                + alert.type().viciName()
                + "]"
                + alert.details().stream().map(d -> "; " + d).collect(Collectors.joining());
    }

    private static String prefix(Optional<String> connection, Optional<InetSocketAddress> remote) {
        String name = connection.filter(c -> !c.isEmpty()).orElse("");
        String peer = remote.map(r -> "peer " + address(r)).orElse("");
        if (name.isEmpty() && peer.isEmpty()) {
            return "";
        }
        return name + (name.isEmpty() || peer.isEmpty() ? "" : ", ") + peer + ": ";
    }

    private static String ikeName(EngineSnapshot.IkeSa sa) {
        return (sa.connection().isEmpty() ? "(unnamed)" : sa.connection())
                + "["
                + sa.uniqueId()
                + "]";
    }

    private static String childName(EngineSnapshot.IkeSa sa, EngineSnapshot.ChildSa child) {
        return ikeName(sa) + " " + child.name() + "{" + child.uniqueId() + "}";
    }

    private static String end(Optional<Identity> id, InetSocketAddress address) {
        return id.map(i -> "'" + i.text() + "' ").orElse("") + address(address);
    }

    private static String address(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + "[" + address.getPort() + "]";
    }

    private static String nat(EngineSnapshot.IkeSa sa) {
        if (!sa.natLocal() && !sa.natRemote()) {
            return "";
        }
        if (sa.natLocal() && sa.natRemote()) {
            return ", NAT on both sides";
        }
        return sa.natLocal() ? ", NAT on this side" : ", NAT on the peer's side";
    }

    private static String spi(int spi) {
        return String.format("%08x", spi);
    }

    private static String selectors(List<TrafficSelector> selectors) {
        return selectors.stream().map(TrafficSelector::toString).collect(Collectors.joining(" "));
    }

    private static String printable(String line) {
        StringBuilder text = new StringBuilder(line.length());
        line.codePoints().forEach(c -> text.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return text.toString();
    }
}
