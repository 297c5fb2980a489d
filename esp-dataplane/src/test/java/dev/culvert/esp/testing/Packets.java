package dev.culvert.esp.testing;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Builds and checks inner packets, with a checksum of its own, byte by byte. */
public final class Packets {

    public static final int TCP = 6;
    public static final int UDP = 17;
    public static final int ICMP = 1;
    public static final int ICMPV6 = 58;

    private Packets() {}

    public static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(literal, e);
        }
    }

    public static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replaceAll("\\s", ""));
    }

    /** An IP packet of the addresses' family around a transport payload. */
    public static byte[] ip(String source, String destination, int protocol, byte[] transport) {
        return ip(address(source), address(destination), protocol, 0, 64, false, transport);
    }

    public static byte[] ip(
            InetAddress source,
            InetAddress destination,
            int protocol,
            int trafficClass,
            int ttl,
            boolean dontFragment,
            byte[] transport) {
        final byte[] from = source.getAddress();
        final byte[] to = destination.getAddress();
        if (from.length == 16) {
            return ByteBuffer.allocate(40 + transport.length)
                    .putInt(0x6000_0000 | (trafficClass << 20))
                    .putShort((short) transport.length)
                    .put((byte) protocol)
                    .put((byte) ttl)
                    .put(from)
                    .put(to)
                    .put(transport)
                    .array();
        }
        final byte[] packet =
                ByteBuffer.allocate(20 + transport.length)
                        .put((byte) 0x45)
                        .put((byte) trafficClass)
                        .putShort((short) (20 + transport.length))
                        .putShort((short) 0x1234)
                        .putShort((short) (dontFragment ? 0x4000 : 0))
                        .put((byte) ttl)
                        .put((byte) protocol)
                        .putShort((short) 0)
                        .put(from)
                        .put(to)
                        .put(transport)
                        .array();
        ByteBuffer.wrap(packet).putShort(10, (short) internetChecksum(packet, 0, 20, 0));
        return packet;
    }

    /** A UDP packet with a correct checksum. */
    public static byte[] udp(
            String source, int sourcePort, String destination, int destinationPort, byte[] data) {
        final byte[] transport =
                ByteBuffer.allocate(8 + data.length)
                        .putShort((short) sourcePort)
                        .putShort((short) destinationPort)
                        .putShort((short) (8 + data.length))
                        .putShort((short) 0)
                        .put(data)
                        .array();
        return withTransportChecksum(ip(source, destination, UDP, transport), 6);
    }

    /** A TCP packet with options (a multiple of 4 bytes) and a correct checksum. */
    public static byte[] tcp(
            String source,
            int sourcePort,
            String destination,
            int destinationPort,
            int flags,
            byte[] options,
            byte[] data) {
        final byte[] transport =
                ByteBuffer.allocate(20 + options.length + data.length)
                        .putShort((short) sourcePort)
                        .putShort((short) destinationPort)
                        .putInt(0x01020304)
                        .putInt(0)
                        .put((byte) (((20 + options.length) / 4) << 4))
                        .put((byte) flags)
                        .putShort((short) 0xFFFF)
                        .putInt(0)
                        .put(options)
                        .put(data)
                        .array();
        return withTransportChecksum(ip(source, destination, TCP, transport), 16);
    }

    /** An ICMP or ICMPv6 echo request, by the addresses' family. */
    public static byte[] echo(String source, String destination, int dataBytes) {
        final boolean ipv6 = address(source).getAddress().length == 16;
        final byte[] transport = new byte[8 + dataBytes];
        transport[0] = (byte) (ipv6 ? 128 : 8);
        for (int i = 8; i < transport.length; i++) {
            transport[i] = (byte) i;
        }
        return withTransportChecksum(ip(source, destination, ipv6 ? ICMPV6 : ICMP, transport), 2);
    }

    private static byte[] withTransportChecksum(byte[] packet, int field) {
        final int header = headerBytes(packet);
        ByteBuffer.wrap(packet).putShort(header + field, (short) 0);
        ByteBuffer.wrap(packet).putShort(header + field, (short) transportChecksum(packet));
        return packet;
    }

    public static boolean isIpv6(byte[] packet) {
        return (packet[0] & 0xF0) == 0x60;
    }

    public static int headerBytes(byte[] packet) {
        return isIpv6(packet) ? 40 : (packet[0] & 0x0F) * 4;
    }

    /** 0 when the IPv4 header checksum is right. */
    public static int headerChecksumError(byte[] packet) {
        return isIpv6(packet) ? 0 : internetChecksum(packet, 0, headerBytes(packet), 0);
    }

    /** 0 when the checksum of a TCP, UDP, ICMP or ICMPv6 packet is right. */
    public static int transportChecksum(byte[] packet) {
        final int header = headerBytes(packet);
        final int length = packet.length - header;
        final int protocol = packet[isIpv6(packet) ? 6 : 9] & 0xFF;
        long sum = 0;
        if (protocol != ICMP) {
            final int addresses = isIpv6(packet) ? 8 : 12;
            for (int i = addresses; i < addresses + (isIpv6(packet) ? 32 : 8); i++) {
                sum += (packet[i] & 0xFFL) << ((i & 1) == 0 ? 8 : 0);
            }
            sum += protocol + (long) length;
        }
        return internetChecksum(packet, header, length, sum);
    }

    /** The Internet checksum, byte by byte. */
    public static int internetChecksum(byte[] bytes, int offset, int length, long start) {
        long sum = start;
        for (int i = 0; i < length; i++) {
            sum += (bytes[offset + i] & 0xFFL) << ((i & 1) == 0 ? 8 : 0);
        }
        while (sum > 0xFFFF) {
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return (int) (~sum & 0xFFFF);
    }

    /** Bytes that differ from place to place. */
    public static byte[] data(int length) {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + 7);
        }
        return bytes;
    }
}
