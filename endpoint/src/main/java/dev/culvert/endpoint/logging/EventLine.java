package dev.culvert.endpoint.logging;

import dev.culvert.endpoint.config.LogLevel;
import dev.culvert.endpoint.config.LogSubsystem;
import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineSnapshot.ChildSa;
import dev.culvert.ike.EngineSnapshot.IkeSa;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.wire.IpAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * An event of the engine as a line for an administrator.
 *
 * @param subsystem it belongs to
 * @param level it is logged at
 * @param connection the connection's name; empty when none is known
 * @param message one line: peer and what happened; details follow after semicolons
 */
public record EventLine(
        LogSubsystem subsystem, LogLevel level, Optional<String> connection, String message) {

    /** The line of an event; empty for events that must not be logged. */
    public static Optional<EventLine> of(EngineEvent event) {
        return switch (event) {
            case EngineEvent.IkeUp(IkeSa sa) ->
                    line(LogSubsystem.IKE, LogLevel.INFO, event, ikeUp(sa));
            case EngineEvent.IkeDown(IkeSa sa, String reason) ->
                    line(
                            LogSubsystem.IKE,
                            LogLevel.INFO,
                            event,
                            address(sa.remote())
                                    + " IKE SA #"
                                    + sa.uniqueId()
                                    + " down: "
                                    + reason);
            case EngineEvent.ChildUp(IkeSa sa, ChildSa child) ->
                    line(LogSubsystem.CHD, LogLevel.INFO, event, childUp(sa, child));
            case EngineEvent.ChildDown(IkeSa sa, ChildSa child, String reason) ->
                    line(
                            LogSubsystem.CHD,
                            LogLevel.INFO,
                            event,
                            address(sa.remote()) + " " + child(child) + " down: " + reason);
            case EngineEvent.PathChange(IkeSa sa, _, String message) ->
                    line(
                            LogSubsystem.IKE,
                            LogLevel.INFO,
                            event,
                            address(sa.remote()) + " IKE SA #" + sa.uniqueId() + " " + message);
            case EngineEvent.Alert alert ->
                    line(
                            LogSubsystem.IKE,
                            LogLevel.WARN,
                            event,
                            peer(alert.remote())
                                    + alert.message()
                                    + alert.details().stream()
                                            .map(d -> "; " + d.replaceAll("\\s*\\n\\s*", "; "))
                                            .collect(Collectors.joining()));
            case EngineEvent.Trace trace ->
                    line(
                            LogSubsystem.IKE,
                            LogLevel.DEBUG,
                            event,
                            peer(trace.remote()) + trace.message());
            case EngineEvent.KeyMaterial _ -> Optional.empty();
        };
    }

    /** With the connection's name in front. */
    public String text() {
        return connection.map(c -> c + " ").orElse("") + message;
    }

    private static Optional<EventLine> line(
            LogSubsystem subsystem, LogLevel level, EngineEvent event, String message) {
        return Optional.of(
                new EventLine(
                        subsystem, level, event.connection().filter(c -> !c.isEmpty()), message));
    }

    private static String ikeUp(IkeSa sa) {
        return address(sa.remote())
                + " IKE SA #"
                + sa.uniqueId()
                + " up: '"
                + identity(sa.localId())
                + "' to '"
                + identity(sa.remoteId())
                + "'"
                + sa.suite().map(s -> ", " + s.displayName()).orElse("")
                + (sa.natLocal() ? ", this side behind NAT" : "")
                + (sa.natRemote() ? ", peer behind NAT" : "")
                + addresses(", this side is ", sa.configured().localVips())
                + addresses(", peer is ", sa.configured().remoteVips());
    }

    private static String addresses(String before, java.util.List<IpAddress> addresses) {
        return addresses.isEmpty() ? "" : before + join(addresses);
    }

    private static String childUp(IkeSa sa, ChildSa child) {
        return String.format(
                "%s %s up: %s, SPIs %08x in, %08x out, %s === %s",
                address(sa.remote()),
                child(child),
                child.suite().displayName(),
                child.spiIn(),
                child.spiOut(),
                join(child.localSelectors()),
                join(child.remoteSelectors()));
    }

    private static String child(ChildSa child) {
        return "child " + child.name() + " #" + child.uniqueId();
    }

    private static String join(java.util.List<?> selectors) {
        return selectors.stream().map(String::valueOf).collect(Collectors.joining(" "));
    }

    private static String identity(Optional<Identity> identity) {
        return identity.map(Identity::text).orElse("?");
    }

    private static String peer(Optional<InetSocketAddress> remote) {
        return remote.map(r -> address(r) + " ").orElse("");
    }

    /** As strongSwan writes addresses with ports: {@code 192.0.2.1[4500]}. */
    static String address(InetSocketAddress address) {
        return IpAddress.of(address.getAddress()).toString() + "[" + address.getPort() + "]";
    }
}
