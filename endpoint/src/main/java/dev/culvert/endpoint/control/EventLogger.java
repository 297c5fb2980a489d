package dev.culvert.endpoint.control;

import dev.culvert.endpoint.vici.DaemonStatus.ChildTraffic;
import dev.culvert.ike.EngineEvent;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes one log line for each event of the engine. */
final class EventLogger {
    private static final Logger IKE = LoggerFactory.getLogger("culvert.ike");
    private static final Logger CHD = LoggerFactory.getLogger("culvert.chd");

    private EventLogger() {}

    static void log(EngineEvent event, Optional<ChildTraffic> traffic, long nowNs) {
        switch (event) {
            case EngineEvent.IkeUp _, EngineEvent.IkeDown _ -> info(IKE, event, traffic, nowNs);
            case EngineEvent.ChildUp _, EngineEvent.ChildDown _ -> info(CHD, event, traffic, nowNs);
            case EngineEvent.Alert _ -> {
                if (IKE.isWarnEnabled()) {
                    IKE.warn("{}", EventText.of(event, traffic, nowNs));
                }
            }
            case EngineEvent.Trace _, EngineEvent.KeyMaterial _ -> {
                if (IKE.isDebugEnabled()) {
                    IKE.debug("{}", EventText.of(event, traffic, nowNs));
                }
            }
        }
    }

    private static void info(
            Logger logger, EngineEvent event, Optional<ChildTraffic> traffic, long nowNs) {
        if (logger.isInfoEnabled()) {
            logger.info("{}", EventText.of(event, traffic, nowNs));
        }
    }
}
