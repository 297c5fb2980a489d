package dev.culvert.tun;

/** What a route does with a packet ({@code RTN_…}). */
public enum RouteType {
    /** Sends it by an interface or to a gateway. */
    UNICAST(1),
    /** Delivers it to this host. */
    LOCAL(2),
    /** Sends or accepts it as a broadcast. */
    BROADCAST(3),
    /** Accepts it as a broadcast, sends it as unicast. */
    ANYCAST(4),
    MULTICAST(5),
    /** Drops it silently. */
    BLACKHOLE(6),
    /** Drops it with ICMP "host unreachable". */
    UNREACHABLE(7),
    /** Drops it with ICMP "administratively prohibited". */
    PROHIBIT(8),
    /** Leaves this table: the next policy rule decides. */
    THROW(9),
    /** A type that this program does not know; only read, never written. */
    OTHER(0);

    private final int number;

    RouteType(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    static RouteType ofNumber(int number) {
        for (RouteType type : values()) {
            if (type.number == number) {
                return type;
            }
        }
        return OTHER;
    }
}
