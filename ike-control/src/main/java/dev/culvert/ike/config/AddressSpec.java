package dev.culvert.ike.config;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/** One entry of {@code local_addrs} or {@code remote_addrs}. */
public sealed interface AddressSpec {
    /** Whether a list allows an address; an empty one allows all, as {@code %any} does. */
    static boolean allows(List<AddressSpec> specs, InetAddress address) {
        return specs.isEmpty() || specs.stream().anyMatch(spec -> spec.covers(address));
    }

    /** Whether it stands for an address. What a name means is not known here: it may be any. */
    default boolean covers(InetAddress address) {
        return switch (this) {
            case Any any -> address instanceof Inet4Address ? any.ipv4() : any.ipv6();
            case Single single -> single.address().equals(address);
            case Range range -> {
                byte[] octets = address.getAddress();
                byte[] first = range.first().getAddress();
                yield octets.length == first.length
                        && Arrays.compareUnsigned(first, octets) <= 0
                        && Arrays.compareUnsigned(octets, range.last().getAddress()) <= 0;
            }
            case Name _ -> true;
        };
    }

    /** {@code %any}, {@code %any4} or {@code %any6}. */
    record Any(boolean ipv4, boolean ipv6) implements AddressSpec {}

    /** A single address. */
    record Single(InetAddress address) implements AddressSpec {}

    /**
     * All addresses from {@code first} to {@code last}, both of one family; a subnet is one too.
     */
    record Range(InetAddress first, InetAddress last) implements AddressSpec {}

    /** A host name, resolved whenever a connection is initiated. */
    record Name(String name) implements AddressSpec {}
}
