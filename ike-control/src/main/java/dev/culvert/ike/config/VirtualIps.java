package dev.culvert.ike.config;

import dev.culvert.ike.wire.IpAddress;
import java.util.List;

/**
 * What a connection has to do with virtual addresses.
 *
 * @param requested {@code vips}: addresses to ask the responder for; 0.0.0.0 or :: for any of their
 *     version
 * @param pools {@code pools}: names of the pools to lease addresses to initiators from, the first
 *     with a free address being used
 */
public record VirtualIps(List<IpAddress> requested, List<String> pools) {
    /** None. */
    public static final VirtualIps NONE = new VirtualIps(List.of(), List.of());

    public VirtualIps {
        requested = List.copyOf(requested);
        pools = List.copyOf(pools);
    }

    /** Whether an address stands for any of its version. */
    public static boolean isAny(IpAddress address) {
        return address.equals(IpAddress.ANY_V4) || address.equals(IpAddress.ANY_V6);
    }
}
