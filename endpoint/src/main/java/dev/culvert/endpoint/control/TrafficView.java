package dev.culvert.endpoint.control;

import dev.culvert.endpoint.vici.DaemonStatus.ChildTraffic;
import java.util.Map;

/** What the SAs carried. Any thread may ask. */
@FunctionalInterface
public interface TrafficView {
    /** The traffic of all installed child SAs, by the engine's number. */
    Map<Long, ChildTraffic> byChildSaId();
}
