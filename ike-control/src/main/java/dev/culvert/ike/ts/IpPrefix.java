package dev.culvert.ike.ts;

import dev.culvert.ike.wire.IpAddress;

/**
 * A network.
 *
 * @param address its first address
 * @param prefixBits 0 to 32 or 128
 */
public record IpPrefix(IpAddress address, int prefixBits) {
    /** Checks that the address is the network's first. */
    public IpPrefix {
        if (prefixBits < 0 || prefixBits > address.widthBits()) {
            throw new IllegalArgumentException("prefix length " + prefixBits);
        }
        if (!address.networkStart(prefixBits).equals(address)) {
            throw new IllegalArgumentException(address + " has bits beyond /" + prefixBits);
        }
    }

    @Override
    public String toString() {
        return address + "/" + prefixBits;
    }
}
