package dev.culvert.endpoint.control;

import dev.culvert.endpoint.vici.DaemonStatus.ChildTraffic;
import dev.culvert.ike.EngineInput;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Tells the engine which SAs carried something since the last time. Belongs to the control agent.
 */
final class SaUseReporter {
    private final TrafficView traffic;
    private Map<Long, Use> reported = Map.of();

    private record Use(long lastInNs, long lastOutNs) {}

    SaUseReporter(TrafficView traffic) {
        this.traffic = traffic;
    }

    /** Reports what changed. */
    void report(Consumer<EngineInput> engine) {
        Map<Long, Use> now = new HashMap<>();
        traffic.byChildSaId()
                .forEach((childSaId, carried) ->
                        now.put(childSaId, new Use(lastIn(carried), lastOut(carried))));
        Map<Long, Use> before = reported;
        reported = now;
        now.forEach((childSaId, use) -> {
            Use last = before.getOrDefault(childSaId, new Use(0, 0));
            if (!use.equals(last)) {
                engine.accept(
                        new EngineInput.DataplaneEvent.SaUse(
                                childSaId, use.lastInNs(), use.lastOutNs()));
            }
        });
    }

    private static long lastIn(ChildTraffic carried) {
        return carried.lastInNs();
    }

    private static long lastOut(ChildTraffic carried) {
        return carried.lastOutNs();
    }
}
