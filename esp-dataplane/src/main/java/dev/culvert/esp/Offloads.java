package dev.culvert.esp;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Which offloads are wanted and which are in use. Whoever opens a descriptor or meets an error
 * takes away what does not work; nothing is ever added. For any thread; the agents look once per
 * batch at most.
 */
public final class Offloads {

    private final Map<Offload, OffloadStatus> statuses = new ConcurrentHashMap<>();

    /** All that are wanted are in use until somebody finds otherwise. */
    public Offloads(Set<Offload> wanted) {
        final EnumSet<Offload> copy = EnumSet.noneOf(Offload.class);
        copy.addAll(wanted);
        for (final Offload offload : Offload.values()) {
            final boolean isWanted = copy.contains(offload);
            statuses.put(offload, new OffloadStatus(offload, isWanted, isWanted, ""));
        }
    }

    /** None. */
    public static Offloads none() {
        return new Offloads(Set.of());
    }

    /** Whether it is used now. */
    public boolean isInUse(Offload offload) {
        return status(offload).inUse();
    }

    /** What became of one. */
    public OffloadStatus status(Offload offload) {
        return statuses.get(offload);
    }

    /** What became of all, in the order of the enumeration. */
    public List<OffloadStatus> all() {
        return Stream.of(Offload.values()).map(this::status).toList();
    }

    /**
     * Takes an offload out of use everywhere. Does nothing if it was not in use.
     *
     * @param reason why, for the user
     */
    public void turnOff(Offload offload, String reason) {
        statuses.computeIfPresent(
                offload,
                (key, status) ->
                        status.inUse()
                                ? new OffloadStatus(key, status.wanted(), false, reason)
                                : status);
    }

    /**
     * Takes note that an offload does not work everywhere, but remains in use elsewhere.
     *
     * @param reason where not and why, for the user
     */
    public void limit(Offload offload, String reason) {
        statuses.computeIfPresent(
                offload,
                (key, status) ->
                        status.inUse()
                                ? new OffloadStatus(key, status.wanted(), true, reason)
                                : status);
    }
}
