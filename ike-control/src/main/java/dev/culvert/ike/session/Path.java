package dev.culvert.ike.session;

import dev.culvert.ike.wire.IpAddress;
import java.net.InetSocketAddress;

/**
 * Where an IKE SA's messages go (RFC 7296 section 2.23).
 *
 * @param local this side's address and port
 * @param remote the peer's address and port
 * @param natLocal whether this side is behind a NAT
 * @param natRemote whether the peer is, or pretends to be
 */
public record Path(
        InetSocketAddress local, InetSocketAddress remote, boolean natLocal, boolean natRemote) {

    /**
     * Whether a peer's new address is followed: only if the peer is behind a NAT, and never if this
     * side is, because then the change may be somebody's forgery that works on the path between.
     */
    public boolean peerMayMove() {
        return natRemote && !natLocal;
    }

    /** The same with other addresses. */
    public Path withAddresses(InetSocketAddress newLocal, InetSocketAddress newRemote) {
        return new Path(newLocal, newRemote, natLocal, natRemote);
    }

    /** The same with what NAT detection found out. */
    public Path withNat(boolean newNatLocal, boolean newNatRemote) {
        return new Path(local, remote, newNatLocal, newNatRemote);
    }

    /** An address and port as administrators write them. */
    public static String text(InetSocketAddress address) {
        return IpAddress.of(address.getAddress()) + "[" + address.getPort() + "]";
    }
}
