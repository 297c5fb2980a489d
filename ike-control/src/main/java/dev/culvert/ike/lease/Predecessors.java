package dev.culvert.ike.lease;

import java.util.ArrayList;
import java.util.List;

/**
 * Older IKE SAs of the client that a new one is of, by the numbers under which they have their
 * addresses. The same address may be on an old IKE SA and on the new one for as long as both are
 * up.
 *
 * @param replaced those that the new one replaces, the last one first: it gets the address of
 *     theirs even where it asks for none by name
 * @param sameHost others at the same address and port: their address is for the new one if it names
 *     it, which is how a client reauthenticates before it ends the old one
 */
public record Predecessors(List<Integer> replaced, List<Integer> sameHost) {
    /** No older one. */
    public static final Predecessors NONE = new Predecessors(List.of(), List.of());

    public Predecessors {
        replaced = List.copyOf(replaced);
        sameHost = List.copyOf(sameHost);
    }

    /** Both kinds. */
    List<Integer> all() {
        List<Integer> all = new ArrayList<>(replaced);
        all.addAll(sameHost);
        return all;
    }
}
