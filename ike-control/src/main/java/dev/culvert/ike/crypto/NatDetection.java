package dev.culvert.ike.crypto;

import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * NAT detection (RFC 7296, section 2.23). SHA-1 is what the RFC asks for; nothing secret depends on
 * it.
 */
public final class NatDetection {
    private NatDetection() {}

    /**
     * SHA-1 of SPIs as in the message's header, address and port.
     *
     * @param initiatorSpi from the header
     * @param responderSpi from the header; 0 in the first request
     * @param address source or destination
     * @param port UDP port, 0 to 65535
     */
    public static Bytes hash(long initiatorSpi, long responderSpi, IpAddress address, int port) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            sha1.update(Bytes.ofLong(initiatorSpi).toArray());
            sha1.update(Bytes.ofLong(responderSpi).toArray());
            sha1.update(address.toBytes());
            sha1.update((byte) (port >>> 8));
            sha1.update((byte) port);
            return Bytes.of(sha1.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }
}
