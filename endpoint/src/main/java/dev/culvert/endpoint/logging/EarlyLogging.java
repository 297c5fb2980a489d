package dev.culvert.endpoint.logging;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.culvert.endpoint.config.DaemonSettings;

/**
 * What logback does before {@link LogSetup} is called: the default levels. It finds this class as a
 * service, and so looks for no configuration file of its own.
 */
public final class EarlyLogging extends ContextAwareBase implements Configurator {

    /** For the service loader. */
    public EarlyLogging() {}

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        LogSetup.apply(context, DaemonSettings.defaults().log());
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }
}
