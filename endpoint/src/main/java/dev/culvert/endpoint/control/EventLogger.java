package dev.culvert.endpoint.control;

import dev.culvert.endpoint.config.LogLevel;
import dev.culvert.endpoint.config.LogSubsystem;
import dev.culvert.endpoint.logging.EventLine;
import dev.culvert.endpoint.vici.DaemonStatus.ChildTraffic;
import dev.culvert.ike.EngineEvent;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Writes one log line for each event of the engine. */
final class EventLogger {
    private EventLogger() {}

    /**
     * Logs an event.
     *
     * @param traffic of the child SA that ended with the event, if it is one
     */
    static void log(EngineEvent event, Optional<ChildTraffic> traffic) {
        EventLine.of(event)
                .ifPresent(line ->
                        write(
                                line,
                                traffic.map(EventLogger::carried)
                                        .map(carried -> line.text() + carried)
                                        .orElse(line.text())));
    }

    /** What a child SA carried, as the end of a line. */
    static String carried(ChildTraffic traffic) {
        return "; carried "
                + amount(traffic.bytesIn(), traffic.packetsIn())
                + " in, "
                + amount(traffic.bytesOut(), traffic.packetsOut())
                + " out";
    }

    private static String amount(long bytes, long packets) {
        return counted(bytes, "byte") + " in " + counted(packets, "packet");
    }

    private static String counted(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    private static void write(EventLine line, String text) {
        logger(line.subsystem()).atLevel(level(line.level())).log("{}", text);
    }

    private static Logger logger(LogSubsystem subsystem) {
        return LoggerFactory.getLogger("culvert." + subsystem.key());
    }

    private static Level level(LogLevel level) {
        return switch (level) {
            case SILENT, TRACE -> Level.TRACE;
            case ERROR -> Level.ERROR;
            case WARN -> Level.WARN;
            case INFO -> Level.INFO;
            case DEBUG -> Level.DEBUG;
        };
    }
}
