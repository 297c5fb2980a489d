package dev.culvert.esp.sa;

import dev.culvert.esp.AddressRange;
import dev.culvert.esp.SaSelectors;
import dev.culvert.esp.Selector;
import dev.culvert.esp.packet.InnerPacket;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * One local and one remote selector, in the form that packets are compared with (RFC 4301 4.4.1.1).
 * Addresses are 128-bit numbers in two halves; IPv4 lives in the lower half.
 */
public final class SelectorPair {

    /**
     * More specific first: smaller address ranges (sum of both sizes' binary logarithms), then a
     * given protocol, then fewer ports.
     */
    public static final Comparator<SelectorPair> MOST_SPECIFIC_FIRST =
            Comparator.<SelectorPair>comparingInt(pair -> pair.addressBits)
                    .thenComparing(pair -> pair.protocol == Selector.ANY_PROTOCOL)
                    .thenComparingInt(pair -> pair.portCount);

    private final boolean ipv6;
    private final int protocol;
    private final Side local;
    private final Side remote;
    private final int addressBits;
    private final int portCount;

    private SelectorPair(Selector local, Selector remote, int protocol) {
        this.protocol = protocol;
        ipv6 = local.addresses().isIpv6();
        this.local = new Side(local);
        this.remote = new Side(remote);
        addressBits = bits(local.addresses()) + bits(remote.addresses());
        portCount = ports(local) + ports(remote);
    }

    /** Every pair of the two lists that some packet can match. */
    public static List<SelectorPair> of(SaSelectors selectors) {
        final List<SelectorPair> pairs = new ArrayList<>();
        for (final Selector local : selectors.local()) {
            for (final Selector remote : selectors.remote()) {
                final boolean sameFamily =
                        local.addresses().isIpv6() == remote.addresses().isIpv6();
                final boolean protocolsAgree =
                        local.protocol() == remote.protocol()
                                || local.protocol() == Selector.ANY_PROTOCOL
                                || remote.protocol() == Selector.ANY_PROTOCOL;
                if (sameFamily && protocolsAgree) {
                    pairs.add(
                            new SelectorPair(
                                    local, remote, Math.max(local.protocol(), remote.protocol())));
                }
            }
        }
        return List.copyOf(pairs);
    }

    /** The family of both ends. */
    public boolean isIpv6() {
        return ipv6;
    }

    /** True when the packet's source is local and its destination remote. */
    public boolean matchesOutbound(InnerPacket packet) {
        return packet.isIpv6() == ipv6
                && (protocol == Selector.ANY_PROTOCOL || protocol == packet.protocol())
                && local.containsAddress(packet.sourceHigh(), packet.sourceLow())
                && remote.containsAddress(packet.destinationHigh(), packet.destinationLow())
                && local.takesPort(packet.hasPorts(), packet.sourcePort())
                && remote.takesPort(packet.hasPorts(), packet.destinationPort());
    }

    /** True when the packet's source is remote and its destination local. */
    public boolean matchesInbound(InnerPacket packet) {
        return packet.isIpv6() == ipv6
                && (protocol == Selector.ANY_PROTOCOL || protocol == packet.protocol())
                && remote.containsAddress(packet.sourceHigh(), packet.sourceLow())
                && local.containsAddress(packet.destinationHigh(), packet.destinationLow())
                && remote.takesPort(packet.hasPorts(), packet.sourcePort())
                && local.takesPort(packet.hasPorts(), packet.destinationPort());
    }

    private static int bits(AddressRange range) {
        return new BigInteger(1, range.to().getAddress())
                .subtract(new BigInteger(1, range.from().getAddress()))
                .bitLength();
    }

    private static int ports(Selector selector) {
        return selector.isOpaque() ? 0 : selector.portTo() - selector.portFrom();
    }

    /** One end. */
    private static final class Side {
        private final long fromHigh;
        private final long fromLow;
        private final long toHigh;
        private final long toLow;
        private final int portFrom;
        private final int portTo;
        private final boolean anyPort;
        private final boolean opaque;

        Side(Selector selector) {
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

        private static long high(InetAddress address) {
            final byte[] bytes = address.getAddress();
            return bytes.length == 4 ? 0 : new BigInteger(1, bytes).shiftRight(64).longValue();
        }

        private static long low(InetAddress address) {
            return new BigInteger(1, address.getAddress()).longValue();
        }
    }
}
