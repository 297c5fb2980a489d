package dev.culvert.tun;

/**
 * A network interface.
 *
 * @param index its number, at least 1
 * @param name its name
 * @param mtuBytes its MTU
 * @param flags {@code IFF_…} bits
 * @param kind driver kind such as {@code tun}, {@code veth}; empty for a physical device
 */
public record Link(int index, String name, int mtuBytes, int flags, String kind) {
    private static final int IFF_UP = 0x1;
    private static final int IFF_LOOPBACK = 0x8;
    private static final int IFF_RUNNING = 0x40;

    /** Whether it was set up by an administrator. */
    public boolean isUp() {
        return (flags & IFF_UP) != 0;
    }

    /** Whether it can carry packets now (it is up and has a carrier). */
    public boolean isRunning() {
        return (flags & IFF_RUNNING) != 0;
    }

    public boolean isLoopback() {
        return (flags & IFF_LOOPBACK) != 0;
    }
}
