package dev.culvert.esp;

import java.net.InetAddress;

/**
 * What the control plane tells the dataplane. Submitted through {@link DataplaneControl#submit}.
 */
public sealed interface DataplaneCommand {

    /** Commands for the inbound agent. */
    sealed interface Inbound extends DataplaneCommand
            permits InstallInboundSa, RemoveInboundSa, UpdatePath {}

    /** Commands for the outbound agent. */
    sealed interface Outbound extends DataplaneCommand
            permits InstallOutboundSa,
                    ShareOutboundSa,
                    RemoveOutboundSa,
                    UpdatePath,
                    InstallPolicy,
                    RemovePolicy,
                    PathMtu {}

    /**
     * Installs an SA that opens packets.
     *
     * @param childId the control plane's number for the child; SAs that follow each other by
     *     rekeying may share it
     * @param spi the SPI that we chose; unique among inbound SAs, above 255 as an unsigned number
     * @param suite the algorithms
     * @param keys the keys; destroyed by the agent
     * @param esn true with extended sequence numbers
     * @param replayWindowPackets 0 for no replay protection, otherwise 32 to 16384
     * @param selectors inner packets must match these: destination in {@code local}, source in
     *     {@code remote}
     * @param path the addresses in use; a packet from elsewhere raises {@link
     *     DataplaneEvent.PeerMoved} once authenticated, when {@code allowPeerMove}
     * @param allowPeerMove true when the peer may change its address (behind NAT)
     * @param options header policy
     * @param lifetime limits
     */
    record InstallInboundSa(
            long childId,
            int spi,
            EspSuite suite,
            EspKeys keys,
            boolean esn,
            int replayWindowPackets,
            SaSelectors selectors,
            SaPath path,
            boolean allowPeerMove,
            TunnelOptions options,
            Lifetime lifetime)
            implements Inbound {

        /** Window that is used when nothing else is configured. */
        public static final int DEFAULT_REPLAY_WINDOW_PACKETS = 1024;

        /**
         * Checks ranges.
         *
         * @throws IllegalArgumentException when SPI, window or keys are out of range
         */
        public InstallInboundSa {
            checkSpi(spi);
            checkKeys(suite, keys);
            if (replayWindowPackets != 0
                    && (replayWindowPackets < 32 || replayWindowPackets > 16384)) {
                throw new IllegalArgumentException(
                        "replay window "
                                + replayWindowPackets
                                + ": expected 0 or 32 to 16384 packets");
            }
            if (esn && replayWindowPackets == 0) {
                throw new IllegalArgumentException(
                        "extended sequence numbers need a replay window (RFC 4303 3.3.3)");
            }
        }
    }

    /**
     * Installs an SA that seals packets. The newest SA of those that match equally well is used.
     *
     * @param childId the control plane's number for the child
     * @param spi the SPI that the peer chose, above 255 as an unsigned number
     * @param suite the algorithms
     * @param keys the keys; destroyed by the agent
     * @param esn true with extended sequence numbers
     * @param firstSequence the first sequence number to use; 1 for a new SA
     * @param priority lower is looked at first; the same scale as {@link InstallPolicy#priority()}
     * @param selectors which inner packets it takes: source in {@code local}, destination in {@code
     *     remote}
     * @param path where packets go
     * @param pathMtuBytes MTU of the path to the peer, outer IP header included; 576 to 65535
     * @param options header policy
     * @param lifetime limits
     */
    record InstallOutboundSa(
            long childId,
            int spi,
            EspSuite suite,
            EspKeys keys,
            boolean esn,
            long firstSequence,
            int priority,
            SaSelectors selectors,
            SaPath path,
            int pathMtuBytes,
            TunnelOptions options,
            Lifetime lifetime)
            implements Outbound {

        /**
         * Checks ranges.
         *
         * @throws IllegalArgumentException when SPI, keys, sequence number or MTU are out of range
         */
        public InstallOutboundSa {
            checkSpi(spi);
            checkKeys(suite, keys);
            checkMtu(pathMtuBytes);
            if (firstSequence < 1 || (!esn && firstSequence > 0xFFFF_FFFFL)) {
                throw new IllegalArgumentException(
                        "first sequence number " + firstSequence + ": out of range");
            }
        }
    }

    /**
     * Tells the agents that don't have an outbound SA which one has it. {@link Dataplane} makes
     * these from {@link InstallOutboundSa}; they are not to be submitted to it.
     *
     * @param childId of the SA
     * @param spi of the SA
     * @param agent the index of the agent that has it
     * @param priority of the SA
     * @param selectors of the SA
     * @param path of the SA
     */
    record ShareOutboundSa(
            long childId, int spi, int agent, int priority, SaSelectors selectors, SaPath path)
            implements Outbound {}

    /** Removes an inbound SA and wipes its keys. Removing what isn't there is no error. */
    record RemoveInboundSa(int spi) implements Inbound {}

    /** Removes an outbound SA and wipes its keys. Removing what isn't there is no error. */
    record RemoveOutboundSa(long childId, int spi) implements Outbound {}

    /** Changes the addresses of every SA of a child, in both directions. */
    record UpdatePath(long childId, SaPath path) implements Inbound, Outbound {}

    /**
     * Installs or replaces a policy for packets that no SA takes. SAs and policies are looked at
     * together, by priority, then by how specific the selectors are; where all that is equal, SAs
     * come first.
     *
     * @param policyId the control plane's number
     * @param priority lower is looked at first
     * @param selectors source in {@code local}, destination in {@code remote}
     * @param action what happens to the packet
     */
    record InstallPolicy(long policyId, int priority, SaSelectors selectors, PolicyAction action)
            implements Outbound {}

    /**
     * Removes a policy; packets that wait for it are dropped. Removing what isn't there is no
     * error.
     */
    record RemovePolicy(long policyId) implements Outbound {}

    /**
     * Tells what the path to a peer carries. Applies to all outbound SAs that send to the address
     * at that moment; a later install brings its own.
     *
     * @param remote the peer's address
     * @param mtuBytes MTU, outer IP header included; 576 to 65535
     */
    record PathMtu(InetAddress remote, int mtuBytes) implements Outbound {

        /**
         * Checks the range.
         *
         * @throws IllegalArgumentException when the MTU is out of range
         */
        public PathMtu {
            checkMtu(mtuBytes);
        }
    }

    private static void checkSpi(int spi) {
        if (Integer.compareUnsigned(spi, 255) <= 0) {
            throw new IllegalArgumentException(
                    "SPI "
                            + Integer.toUnsignedString(spi)
                            + ": expected more than 255 (RFC 4303 2.1)");
        }
    }

    private static void checkKeys(EspSuite suite, EspKeys keys) {
        if (!keys.fits(suite)) {
            throw new IllegalArgumentException("the lengths of the keys don't fit " + suite);
        }
    }

    private static void checkMtu(int mtuBytes) {
        if (mtuBytes < 576 || mtuBytes > 65535) {
            throw new IllegalArgumentException("MTU " + mtuBytes + ": expected 576 to 65535 bytes");
        }
    }
}
