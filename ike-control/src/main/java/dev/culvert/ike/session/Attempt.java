package dev.culvert.ike.session;

import dev.culvert.ike.config.AddressSpec;
import java.util.List;

/**
 * Which try of an initiator an IKE SA is. A round of {@code keyingtries} goes once over all
 * addresses of the peer.
 *
 * @param round from 1
 * @param rest the peer's addresses that this round has not come to yet
 */
public record Attempt(int round, List<AddressSpec> rest) {
    /** The first one, before the peer's addresses are looked at. */
    public static final Attempt FIRST = new Attempt(1, List.of());

    public Attempt {
        rest = List.copyOf(rest);
    }

    /** Whether this round has addresses left. */
    public boolean hasOther() {
        return !rest.isEmpty();
    }

    /** The same round with other addresses left. */
    public Attempt withRest(List<AddressSpec> newRest) {
        return new Attempt(round, newRest);
    }

    /** What comes after this one failed: the round's next address, or a new round. */
    public Attempt next() {
        return hasOther() ? this : new Attempt(round + 1, List.of());
    }

    /**
     * Whether {@link #next} may be tried.
     *
     * @param keyingTries how many rounds there are; 0 for any number
     */
    public boolean mayGoOn(int keyingTries) {
        return hasOther() || keyingTries == 0 || round < keyingTries;
    }
}
