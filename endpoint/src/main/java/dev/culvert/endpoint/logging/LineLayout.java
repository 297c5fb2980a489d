package dev.culvert.endpoint.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * One line for each event: {@code 2026-11-21T17:00:00.123Z INFO [ike] message}. Control characters
 * in the message, which may come from a peer, become question marks; only a stack trace takes
 * further lines.
 */
final class LineLayout extends LayoutBase<ILoggingEvent> {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private final boolean timestamps;

    LineLayout(boolean timestamps) {
        this.timestamps = timestamps;
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(160);
        if (timestamps) {
            TIME.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), line);
            line.append(' ');
        }
        line.append(event.getLevel()).append(" [").append(subsystem(event)).append("] ");
        event.getFormattedMessage()
                .codePoints()
                .forEach(c -> line.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        line.append(System.lineSeparator());
        if (event.getThrowableProxy() != null) {
            line.append(ThrowableProxyUtil.asString(event.getThrowableProxy()))
                    .append(System.lineSeparator());
        }
        return line.toString();
    }

    private static String subsystem(ILoggingEvent event) {
        String name = event.getLoggerName();
        return name.startsWith(LogSetup.PREFIX)
                ? name.substring(LogSetup.PREFIX.length())
                : name.substring(name.lastIndexOf('.') + 1);
    }
}
