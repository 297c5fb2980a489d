package dev.culvert.endpoint.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import dev.culvert.endpoint.config.DaemonSettings;
import dev.culvert.endpoint.config.LogLevel;
import dev.culvert.endpoint.config.LogSubsystem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the log written as the configuration says. Subsystems log to loggers named {@code
 * culvert.ike}, {@code culvert.net} and so on; everything else, which is libraries, is heard from
 * warnings on.
 */
public final class LogSetup {
    /** In front of the names of all our loggers. */
    static final String PREFIX = "culvert.";

    private LogSetup() {}

    /** Applies settings to the whole process; may be repeated. */
    public static void apply(DaemonSettings.Log settings) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            apply(context, settings);
        }
    }

    static void apply(LoggerContext context, DaemonSettings.Log settings) {
        context.reset();
        LineLayout layout = new LineLayout(settings.timestamps());
        layout.setContext(context);
        layout.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setContext(context);
        encoder.setLayout(layout);
        encoder.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setTarget("System.err");
        appender.setEncoder(encoder);
        appender.start();
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
        root.setLevel(Level.WARN);
        for (LogSubsystem subsystem : LogSubsystem.values()) {
            context.getLogger(PREFIX + subsystem.key()).setLevel(level(settings.level(subsystem)));
        }
    }

    private static Level level(LogLevel level) {
        return switch (level) {
            case SILENT -> Level.OFF;
            case ERROR -> Level.ERROR;
            case WARN -> Level.WARN;
            case INFO -> Level.INFO;
            case DEBUG -> Level.DEBUG;
            case TRACE -> Level.TRACE;
        };
    }
}
