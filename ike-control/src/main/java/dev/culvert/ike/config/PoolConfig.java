package dev.culvert.ike.config;

import dev.culvert.ike.message.ConfigAttribute;
import dev.culvert.ike.wire.IpAddress;
import java.math.BigInteger;
import java.util.List;

/**
 * A pool of virtual addresses ({@code pools.NAME}).
 *
 * @param name unique
 * @param base the address that the configuration names, for reports
 * @param first the first address that is leased
 * @param last the last one; same version, not below {@code first}
 * @param attributes what peers with an address of this pool are told besides
 */
public record PoolConfig(
        String name,
        IpAddress base,
        IpAddress first,
        IpAddress last,
        List<ConfigAttribute> attributes) {
    /** Checks the range. */
    public PoolConfig {
        if (first.version() != last.version() || first.compareTo(last) > 0) {
            throw new IllegalArgumentException("pool " + name + ": " + first + " to " + last);
        }
        attributes = List.copyOf(attributes);
    }

    /** Whether an address is one of the pool's. */
    public boolean contains(IpAddress address) {
        return address.version() == first.version()
                && first.compareTo(address) <= 0
                && address.compareTo(last) <= 0;
    }

    /** Number of addresses; {@link Long#MAX_VALUE} for more than that. */
    public long size() {
        BigInteger size =
                new BigInteger(1, last.toBytes())
                        .subtract(new BigInteger(1, first.toBytes()))
                        .add(BigInteger.ONE);
        return size.bitLength() < Long.SIZE ? size.longValue() : Long.MAX_VALUE;
    }
}
