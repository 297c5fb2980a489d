package dev.culvert.endpoint.dataplane;

import dev.culvert.esp.EspSuite;
import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.packet.UdpEncapsulation;
import dev.culvert.tun.AddressFamily;
import java.util.Collection;
import java.util.OptionalInt;

/** How large an inner packet may be so that its ESP packet in UDP fits the path. */
public final class TunnelMtu {
    /** The smallest MTU of an interface that carries IPv6 (RFC 8200 section 5). */
    public static final int MIN_IPV6_BYTES = 1280;

    /** Before there is an SA: fits AES-GCM over IPv6 on Ethernet, and PPPoE in between. */
    public static final int INITIAL_BYTES = 1400;

    private TunnelMtu() {}

    /**
     * The largest inner packet.
     *
     * @param pathMtuBytes MTU of the path to the peer, outer IP header included
     * @param outer family of the outer header
     * @param suite the SA's algorithms
     * @return in bytes; 0 if the path is too small for anything
     */
    public static int innerBytes(int pathMtuBytes, AddressFamily outer, EspSuite suite) {
        int headers =
                UdpEncapsulation.UDP_HEADER_BYTES
                        + switch (outer) {
                            case IPV4 -> UdpEncapsulation.IPV4_HEADER_BYTES;
                            case IPV6 -> UdpEncapsulation.IPV6_HEADER_BYTES;
                        };
        return EspLayout.largestPayloadBytes(suite, pathMtuBytes - headers);
    }

    /**
     * The MTU of the interface: the largest that any SA carries; the dataplane tells senders about
     * the smaller ones. Never below what IPv6 needs, since the kernel would then take IPv6 off the
     * interface.
     *
     * @param innerBytes of the SAs
     * @return empty without SAs
     */
    public static OptionalInt interfaceBytes(Collection<Integer> innerBytes) {
        return innerBytes.stream()
                .mapToInt(bytes -> Math.clamp(bytes, MIN_IPV6_BYTES, 65535))
                .max();
    }
}
