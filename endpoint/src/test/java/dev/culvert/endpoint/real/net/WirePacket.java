package dev.culvert.endpoint.real.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * An IP packet from a capture. IPv6 extension headers are not looked into.
 *
 * @param bytes from the first byte of the IP header on
 */
public record WirePacket(byte[] bytes) {

    private static final int UDP = 17;
    private static final int NATT_PORT = 4500;

    public WirePacket {
        bytes = bytes.clone();
    }

    @Override
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Whether it is IPv4. */
    public boolean isV4() {
        return bytes[0] >> 4 == 4;
    }

    /** Where it came from. */
    public String source() {
        return isV4() ? address(12, 4) : address(8, 16);
    }

    /** Where it went. */
    public String destination() {
        return isV4() ? address(16, 4) : address(24, 16);
    }

    /** The protocol that the IP header carries. */
    public int protocol() {
        return bytes[isV4() ? 9 : 6] & 0xff;
    }

    /** The type of service or traffic class: six bits DSCP, two bits ECN. */
    public int trafficClass() {
        return isV4() ? bytes[1] & 0xff : (bytes[0] & 0xf) << 4 | (bytes[1] & 0xff) >> 4;
    }

    /** Whether the IPv4 header forbids fragmentation. */
    public boolean dontFragment() {
        return isV4() && (bytes[6] & 0x40) != 0;
    }

    /** Whether it is a UDP datagram, and no later fragment of one. */
    public boolean isUdp() {
        boolean first = !isV4() || ((bytes[6] & 0x1f) == 0 && bytes[7] == 0);
        return protocol() == UDP && first && bytes.length >= headerBytes() + 8;
    }

    /** UDP source port. */
    public int sourcePort() {
        return u16(headerBytes());
    }

    /** UDP destination port. */
    public int destinationPort() {
        return u16(headerBytes() + 2);
    }

    /** What the UDP datagram carries. */
    public byte[] udpPayload() {
        int length = u16(headerBytes() + 4);
        int start = headerBytes() + 8;
        return Arrays.copyOfRange(bytes, start, Math.min(bytes.length, headerBytes() + length));
    }

    /** Whether it carries ESP in UDP: no IKE, no keep-alive. */
    public boolean isEsp() {
        if (!isUdp() || (sourcePort() != NATT_PORT && destinationPort() != NATT_PORT)) {
            return false;
        }
        byte[] payload = udpPayload();
        return payload.length >= 8 && ByteBuffer.wrap(payload).getInt() != 0;
    }

    /** Whether it carries an IKE message, at either port. */
    public boolean isIke() {
        if (!isUdp()) {
            return false;
        }
        boolean at500 = sourcePort() == 500 || destinationPort() == 500;
        boolean at4500 = sourcePort() == NATT_PORT || destinationPort() == NATT_PORT;
        byte[] payload = udpPayload();
        return at500
                || (at4500 && payload.length >= 4 + 28 && ByteBuffer.wrap(payload).getInt() == 0);
    }

    /** The SPI of an ESP packet. */
    public int spi() {
        return ByteBuffer.wrap(udpPayload()).getInt();
    }

    /** The sequence number of an ESP packet. */
    public int sequence() {
        return ByteBuffer.wrap(udpPayload()).getInt(4);
    }

    /** A line for {@code inject.py raw} that sends the same ends another payload. */
    public String injection(byte[] payload) {
        return source()
                + " "
                + sourcePort()
                + " "
                + destination()
                + " "
                + destinationPort()
                + " "
                + HexFormat.of().formatHex(payload);
    }

    private int headerBytes() {
        return isV4() ? (bytes[0] & 0xf) * 4 : 40;
    }

    private int u16(int at) {
        return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
    }

    private String address(int at, int length) {
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(bytes, at, at + length))
                    .getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WirePacket packet && Arrays.equals(bytes, packet.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        String ports = isUdp() ? " " + sourcePort() + " > " + destinationPort() : "";
        return source()
                + " > "
                + destination()
                + " protocol "
                + protocol()
                + ports
                + ", "
                + bytes.length
                + " bytes";
    }
}
