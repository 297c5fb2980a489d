package dev.culvert.ike.session;

import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.ts.TrafficSelector;
import java.util.Optional;

/**
 * A child SA that is to be set up.
 *
 * @param child its configuration
 * @param trigger the packet that asked for it
 */
public record ChildRequest(ChildConfig child, Optional<Trigger> trigger) {

    /**
     * A packet that met a trap policy (RFC 7296 section 2.9).
     *
     * @param source selector of its source
     * @param destination selector of its destination
     */
    public record Trigger(TrafficSelector source, TrafficSelector destination) {}
}
