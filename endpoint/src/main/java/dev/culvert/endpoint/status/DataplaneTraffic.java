package dev.culvert.endpoint.status;

import dev.culvert.endpoint.control.TrafficView;
import dev.culvert.endpoint.vici.DaemonStatus.ChildTraffic;
import dev.culvert.esp.Direction;
import dev.culvert.esp.SaCounters;
import dev.culvert.esp.SaStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Joins the counters of both directions of each child SA. */
public final class DataplaneTraffic implements TrafficView {
    private final Supplier<List<SaStatus>> statuses;

    /**
     * @param statuses gives all installed SAs with live counters; called from any thread
     */
    public DataplaneTraffic(Supplier<List<SaStatus>> statuses) {
        this.statuses = statuses;
    }

    @Override
    public Map<Long, ChildTraffic> byChildSaId() {
        Map<Long, ChildTraffic> result = new HashMap<>();
        for (SaStatus status : statuses.get()) {
            result.merge(status.childId(), one(status), DataplaneTraffic::join);
        }
        return result;
    }

    private static ChildTraffic one(SaStatus status) {
        SaCounters counters = status.counters();
        long packets = counters.packets();
        // The counter starts with the time of the installation, which is no use.
        long lastNs = packets == 0 ? 0 : counters.lastUseNs();
        Map<String, Long> drops = new HashMap<>();
        putIfNotZero(drops, "replay", counters.replays());
        putIfNotZero(drops, "authentication_failed", counters.authenticationFailures());
        return status.direction() == Direction.INBOUND
                ? new ChildTraffic(counters.bytes(), packets, lastNs, 0, 0, 0, drops)
                : new ChildTraffic(0, 0, 0, counters.bytes(), packets, lastNs, drops);
    }

    private static ChildTraffic join(ChildTraffic a, ChildTraffic b) {
        Map<String, Long> drops = new HashMap<>(a.drops());
        b.drops().forEach((reason, count) -> drops.merge(reason, count, Long::sum));
        return new ChildTraffic(
                a.bytesIn() + b.bytesIn(),
                a.packetsIn() + b.packetsIn(),
                later(a.lastInNs(), b.lastInNs()),
                a.bytesOut() + b.bytesOut(),
                a.packetsOut() + b.packetsOut(),
                later(a.lastOutNs(), b.lastOutNs()),
                drops);
    }

    /** 0 stands for never; other values are compared as the clock's, which may be negative. */
    private static long later(long a, long b) {
        if (a == 0 || b == 0) {
            return a == 0 ? b : a;
        }
        return a - b > 0 ? a : b;
    }

    private static void putIfNotZero(Map<String, Long> drops, String reason, long count) {
        if (count != 0) {
            drops.put(reason, count);
        }
    }
}
