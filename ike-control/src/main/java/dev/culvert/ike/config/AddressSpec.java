package dev.culvert.ike.config;

import java.net.InetAddress;

/** One entry of {@code local_addrs} or {@code remote_addrs}. */
public sealed interface AddressSpec {
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
