package dev.culvert.ike.engine;

import dev.culvert.ike.config.AddressSpec;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/** How well an address fits {@code local_addrs} or {@code remote_addrs}. */
final class AddressMatcher {
    static final int NO_MATCH = 0;
    private static final int ANY = 1;
    private static final int RANGE = 2;
    private static final int EXACT = 3;

    private AddressMatcher() {}

    /**
     * The best match among several entries; an empty list matches like {@code %any}.
     *
     * @return {@link #NO_MATCH}, or a number that is greater the closer the match
     */
    static int quality(List<AddressSpec> specs, InetAddress address) {
        if (specs.isEmpty()) {
            return ANY;
        }
        int best = NO_MATCH;
        for (AddressSpec spec : specs) {
            best = Math.max(best, quality(spec, address));
        }
        return best;
    }

    private static int quality(AddressSpec spec, InetAddress address) {
        return switch (spec) {
            case AddressSpec.Any any ->
                    (address instanceof Inet4Address ? any.ipv4() : any.ipv6()) ? ANY : NO_MATCH;
            case AddressSpec.Single single -> single.address().equals(address) ? EXACT : NO_MATCH;
            case AddressSpec.Range range -> inRange(range, address) ? RANGE : NO_MATCH;
            // What a name means is known only once it was looked up; until then it may be anybody,
            // as the identity decides.
            case AddressSpec.Name _ -> ANY;
        };
    }

    private static boolean inRange(AddressSpec.Range range, InetAddress address) {
        byte[] octets = address.getAddress();
        byte[] first = range.first().getAddress();
        byte[] last = range.last().getAddress();
        return octets.length == first.length
                && Arrays.compareUnsigned(first, octets) <= 0
                && Arrays.compareUnsigned(octets, last) <= 0;
    }
}
