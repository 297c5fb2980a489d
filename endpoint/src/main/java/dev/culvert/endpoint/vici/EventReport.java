package dev.culvert.endpoint.vici;

import dev.culvert.endpoint.config.LogLevel;
import dev.culvert.endpoint.logging.EventLine;
import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineEvent.PathStep;
import dev.culvert.ike.EngineSnapshot.IkeSa;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Events of the engine as events of vici. */
final class EventReport {
    /** All that a client may register for; some never happen in this version. */
    static final Set<String> NAMES =
            Set.of(
                    "log",
                    "control-log",
                    "list-sa",
                    "list-policy",
                    "list-conn",
                    "list-cert",
                    "list-authority",
                    "ike-updown",
                    "ike-rekey",
                    "ike-update",
                    "child-updown",
                    "child-rekey",
                    "alert");

    private EventReport() {}

    /** The vici events of an engine's event, without those that commands stream. */
    static List<ViciPacket.Event> events(EngineEvent event, DaemonStatus status) {
        SaReport report = new SaReport(status);
        Optional<ViciPacket.Event> log = EventLine.of(event).map(l -> log(event, l));
        Optional<ViciPacket.Event> own =
                switch (event) {
                    case EngineEvent.IkeUp(IkeSa sa) ->
                            Optional.of(updown("ike-updown", true, report.message(sa, List.of())));
                    case EngineEvent.IkeDown(IkeSa sa, String _) ->
                            Optional.of(updown("ike-updown", false, report.message(sa, List.of())));
                    case EngineEvent.ChildUp(IkeSa sa, var child) ->
                            Optional.of(
                                    updown(
                                            "child-updown",
                                            true,
                                            report.message(sa, List.of(child))));
                    case EngineEvent.ChildDown(IkeSa sa, var child, String _) ->
                            Optional.of(
                                    updown(
                                            "child-updown",
                                            false,
                                            report.message(sa, List.of(child))));
                    case EngineEvent.PathChange(IkeSa sa, PathStep step, String _) ->
                            step == PathStep.SWITCHED
                                    ? Optional.of(
                                            new ViciPacket.Event(
                                                    "ike-update", report.message(sa, List.of())))
                                    : Optional.empty();
                    case EngineEvent.Alert alert ->
                            Optional.of(
                                    new ViciPacket.Event(
                                            "alert",
                                            ViciSection.of(b -> {
                                                b.put("type", alert.type().viciName());
                                                alert.connection()
                                                        .ifPresent(c -> b.put("connection", c));
                                                b.put("message", Printable.ascii(alert.message()));
                                            })));
                    case EngineEvent.Trace _, EngineEvent.KeyMaterial _ -> Optional.empty();
                };
        return java.util.stream.Stream.of(log, own).flatMap(Optional::stream).toList();
    }

    /**
     * What an operator who waits for a command is told; empty when it is above the level asked for.
     */
    static Optional<ViciSection> controlLog(EngineEvent event, int level) {
        return EventLine.of(event)
                .filter(line -> level(line.level()) <= level)
                .map(line -> logMessage(event, line));
    }

    private static ViciPacket.Event log(EngineEvent event, EventLine line) {
        return new ViciPacket.Event("log", logMessage(event, line));
    }

    private static ViciSection logMessage(EngineEvent event, EventLine line) {
        return ViciSection.of(b -> {
            b.put("group", line.subsystem().name().toUpperCase(Locale.ROOT));
            b.put("level", level(line.level()));
            line.connection().ifPresent(c -> b.put("ikesa-name", c));
            uniqueId(event).ifPresent(id -> b.put("ikesa-uniqueid", id));
            b.put("msg", Printable.ascii(line.text()));
        });
    }

    private static Optional<Integer> uniqueId(EngineEvent event) {
        return switch (event) {
            case EngineEvent.IkeUp(IkeSa sa) -> Optional.of(sa.uniqueId());
            case EngineEvent.IkeDown(IkeSa sa, String _) -> Optional.of(sa.uniqueId());
            case EngineEvent.ChildUp(IkeSa sa, var _) -> Optional.of(sa.uniqueId());
            case EngineEvent.ChildDown(IkeSa sa, var _, String _) -> Optional.of(sa.uniqueId());
            case EngineEvent.PathChange(IkeSa sa, PathStep _, String _) ->
                    Optional.of(sa.uniqueId());
            case EngineEvent.Alert _, EngineEvent.Trace _, EngineEvent.KeyMaterial _ ->
                    Optional.empty();
        };
    }

    /** strongSwan's numbers: 1 is what an operator wants to see, 2 and 3 go deeper. */
    private static int level(LogLevel level) {
        return switch (level) {
            case SILENT, ERROR -> 0;
            case WARN, INFO, DEBUG -> 1;
            case TRACE -> 2;
        };
    }

    private static ViciPacket.Event updown(String name, boolean up, ViciSection message) {
        return new ViciPacket.Event(name, ViciSection.of(b -> b.putIf(up, "up").all(message)));
    }
}
