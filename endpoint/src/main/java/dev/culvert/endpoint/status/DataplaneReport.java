package dev.culvert.endpoint.status;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DropReason;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The dataplane's counters by name. */
public final class DataplaneReport {
    private DataplaneReport() {}

    /** Packets dropped, by reason in lower case; reasons that never occurred are left out. */
    public static Map<String, Long> drops(AgentCounters inbound, AgentCounters outbound) {
        Map<String, Long> drops = new LinkedHashMap<>();
        for (DropReason reason : DropReason.values()) {
            long count = inbound.dropped(reason) + outbound.dropped(reason);
            if (count != 0) {
                drops.put(reason.name().toLowerCase(Locale.ROOT), count);
            }
        }
        return drops;
    }

    /** All other counters, with {@code in_} or {@code out_} in front; zeros are left out. */
    public static Map<String, Long> counters(AgentCounters inbound, AgentCounters outbound) {
        Map<String, Long> counters = new LinkedHashMap<>();
        put(counters, "in_", inbound);
        put(counters, "out_", outbound);
        return counters;
    }

    private static void put(Map<String, Long> counters, String prefix, AgentCounters agent) {
        for (Counter counter : Counter.values()) {
            long count = agent.get(counter);
            if (count != 0) {
                counters.put(prefix + counter.name().toLowerCase(Locale.ROOT), count);
            }
        }
    }
}
