package dev.culvert.esp.sa;

import dev.culvert.esp.AddressRange;
import dev.culvert.esp.SaSelectors;
import dev.culvert.esp.Selector;
import dev.culvert.esp.packet.InnerPacket;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * One local and one remote selector, in the form that packets are compared with (RFC 4301 4.4.1.1).
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
    private final SelectorSide local;
    private final SelectorSide remote;
    private final int addressBits;
    private final int portCount;

    private SelectorPair(Selector local, Selector remote, int protocol) {
        this.protocol = protocol;
        ipv6 = local.addresses().isIpv6();
        this.local = new SelectorSide(local);
        this.remote = new SelectorSide(remote);
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

    /** 0 for any, otherwise the IP protocol number. */
    public int protocol() {
        return protocol;
    }

    /** Our end. */
    public SelectorSide local() {
        return local;
    }

    /** The peer's end. */
    public SelectorSide remote() {
        return remote;
    }

    /** Sum of both ranges' binary logarithms, 0 to 256. */
    public int addressBits() {
        return addressBits;
    }

    /** Ports beyond the first, of both ends together; 0 to 131070. */
    public int portCount() {
        return portCount;
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
}
