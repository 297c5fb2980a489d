package dev.culvert.ike.config;

import dev.culvert.ike.ts.TrafficSelector;

/** One entry of {@code local_ts} or {@code remote_ts}. */
public sealed interface SelectorSpec {
    /**
     * {@code dynamic}: the outer address (or the virtual address, once there is one) of that side.
     *
     * @param protocol IP protocol number, 0 for any
     * @param firstPort first port, 0 to 65535
     * @param lastPort last port, 0 to 65535
     */
    record Dynamic(int protocol, int firstPort, int lastPort) implements SelectorSpec {}

    /** A fixed selector. */
    record Fixed(TrafficSelector selector) implements SelectorSpec {}
}
