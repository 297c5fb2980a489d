package dev.culvert.esp.agent;

import dev.culvert.esp.Direction;
import dev.culvert.esp.SaCounters;
import dev.culvert.esp.SaStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The installed SAs as other threads may see them. Written by the agents when SAs come and go,
 * never per packet.
 */
public final class SaRegistry {

    private record Key(Direction direction, long childId, int spi) {}

    private final Map<Key, SaStatus> statuses = new ConcurrentHashMap<>();

    /** Empty. */
    public SaRegistry() {}

    /** All SAs, in no order. */
    public List<SaStatus> all() {
        return List.copyOf(statuses.values());
    }

    /** One SA. */
    public Optional<SaStatus> find(Direction direction, long childId, int spi) {
        return Optional.ofNullable(statuses.get(new Key(direction, childId, spi)));
    }

    void put(Direction direction, long childId, int spi, SaCounters counters) {
        statuses.put(
                new Key(direction, childId, spi), new SaStatus(direction, childId, spi, counters));
    }

    void remove(Direction direction, long childId, int spi) {
        statuses.remove(new Key(direction, childId, spi));
    }
}
