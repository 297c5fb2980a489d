package dev.culvert.esp.sa;

import dev.culvert.esp.Selector;
import java.math.BigInteger;
import java.net.InetAddress;

/**
 * One end of a {@link SelectorPair}: a range of addresses and one of ports. Addresses are 128-bit
 * unsigned numbers in two halves; IPv4 lives in the lower half.
 */
public final class SelectorSide {

    private final long fromHigh;
    private final long fromLow;
    private final long toHigh;
    private final long toLow;
    private final int portFrom;
    private final int portTo;
    private final boolean anyPort;
    private final boolean opaque;

    SelectorSide(Selector selector) {
        fromHigh = high(selector.addresses().from());
        fromLow = low(selector.addresses().from());
        toHigh = high(selector.addresses().to());
        toLow = low(selector.addresses().to());
        portFrom = selector.portFrom();
        portTo = selector.portTo();
        anyPort = selector.isAnyPort();
        opaque = selector.isOpaque();
    }

    boolean containsAddress(long high, long low) {
        final int aboveFrom = Long.compareUnsigned(high, fromHigh);
        final int belowTo = Long.compareUnsigned(high, toHigh);
        return (aboveFrom > 0 || (aboveFrom == 0 && Long.compareUnsigned(low, fromLow) >= 0))
                && (belowTo < 0 || (belowTo == 0 && Long.compareUnsigned(low, toLow) <= 0));
    }

    boolean takesPort(boolean visible, int port) {
        return anyPort || (visible ? !opaque && port >= portFrom && port <= portTo : opaque);
    }

    /** Upper half of the lowest address. */
    public long fromHigh() {
        return fromHigh;
    }

    /** Lower half of the lowest address. */
    public long fromLow() {
        return fromLow;
    }

    /** Upper half of the highest address. */
    public long toHigh() {
        return toHigh;
    }

    /** Lower half of the highest address. */
    public long toLow() {
        return toLow;
    }

    /** Lowest port; above {@link #portTo} when {@link #isOpaque}. */
    public int portFrom() {
        return portFrom;
    }

    /** Highest port. */
    public int portTo() {
        return portTo;
    }

    /** True when every port matches, seen or not. */
    public boolean isAnyPort() {
        return anyPort;
    }

    /** True when only packets without visible ports match. */
    public boolean isOpaque() {
        return opaque;
    }

    private static long high(InetAddress address) {
        final byte[] bytes = address.getAddress();
        return bytes.length == 4 ? 0 : new BigInteger(1, bytes).shiftRight(64).longValue();
    }

    private static long low(InetAddress address) {
        return new BigInteger(1, address.getAddress()).longValue();
    }
}
