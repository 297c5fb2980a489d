package dev.culvert.esp;

import java.util.List;

/**
 * The selectors of an SA or policy, from this host's point of view. A packet matches when its local
 * end matches one of {@code local} and its remote end one of {@code remote}, of the same family.
 *
 * @param local our side; at least one
 * @param remote the peer's side; at least one
 */
public record SaSelectors(List<Selector> local, List<Selector> remote) {

    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException when one is empty
     */
    public SaSelectors {
        local = List.copyOf(local);
        remote = List.copyOf(remote);
        if (local.isEmpty() || remote.isEmpty()) {
            throw new IllegalArgumentException("each side needs at least one selector");
        }
    }
}
