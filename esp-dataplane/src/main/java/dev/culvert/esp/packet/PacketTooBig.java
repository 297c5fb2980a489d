package dev.culvert.esp.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.util.Optional;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes the ICMP error that tells a sender how large a packet may be.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |    Type = 3   |    Code = 4   |          Checksum             |  ICMP
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+  (RFC 792,
 *  |           unused = 0          |         Next-Hop MTU          |   RFC 1191 4)
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |    Type = 2   |    Code = 0   |          Checksum             |  ICMPv6
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+  (RFC 4443
 *  |                             MTU                               |   3.2)
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |   As much of the offending packet as the error may carry      ~
 * </pre>
 *
 * The IP header in front has our configured address as its source, or the offending packet's
 * destination when none is configured.
 */
public final class PacketTooBig {

    /** The largest error that is written, in bytes. */
    public static final int MAX_BYTES = Ipv6Layout.MINIMUM_MTU_BYTES;

    private static final int ICMP_HEADER_BYTES = 8;
    private static final int MAX_IPV4_BYTES = 576;
    private static final int TTL = 64;
    private static final int CHECKSUM_FIELD = 2;
    private static final int MTU_FIELD = 4;

    private static final int IPV4_TYPE = 3;
    private static final int IPV4_CODE = 4;
    private static final int IPV6_TYPE = 2;

    private final byte[] ipv4Source;
    private final byte[] ipv6Source;

    /**
     * Remembers the source addresses.
     *
     * @param ipv4Source source of IPv4 errors; empty for the offending packet's destination
     * @param ipv6Source source of IPv6 errors; empty for the offending packet's destination
     */
    public PacketTooBig(Optional<Inet4Address> ipv4Source, Optional<Inet6Address> ipv6Source) {
        this.ipv4Source = ipv4Source.map(Inet4Address::getAddress).orElse(new byte[0]);
        this.ipv6Source = ipv6Source.map(Inet6Address::getAddress).orElse(new byte[0]);
    }

    /**
     * True when an error about this packet may be sent: not about an ICMP error, a later fragment,
     * a multicast or unspecified address (RFC 1122 3.2.2, RFC 4443 2.4).
     */
    public static boolean mayAnswer(InnerPacket packet) {
        if (packet.isLaterFragment() || (packet.isIcmp() && isIcmpError(packet))) {
            return false;
        }
        if (packet.isIpv6()) {
            final boolean unspecified = (packet.sourceHigh() | packet.sourceLow()) == 0;
            return !unspecified && packet.sourceHigh() >>> 56 != 0xFF;
        }
        final long source = packet.sourceLow();
        // Class D, class E and the limited broadcast address are all at the top of the number
        // range.
        return source != 0 && source >>> 28 < 0xE && packet.destinationLow() >>> 28 < 0xE;
    }

    private static boolean isIcmpError(InnerPacket packet) {
        if (!packet.hasPorts()) {
            return true;
        }
        final int type = packet.sourcePort() >>> 8;
        return packet.isIpv6()
                ? type < 128
                : type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
    }

    /**
     * Writes the error.
     *
     * @param packet the offending packet
     * @param mtuBytes the largest packet that the tunnel carries
     * @param target gets the error; not the packet's own bytes
     * @param offset where it starts; {@link #MAX_BYTES} of room
     * @return its length in bytes
     */
    public int write(InnerPacket packet, int mtuBytes, UnsafeBuffer target, int offset) {
        return packet.isIpv6()
                ? writeIpv6(packet, mtuBytes, target, offset)
                : writeIpv4(packet, mtuBytes, target, offset);
    }

    private int writeIpv4(InnerPacket packet, int mtuBytes, UnsafeBuffer target, int offset) {
        final int icmp = offset + Ipv4Layout.HEADER_BYTES;
        final int quoted =
                Math.min(
                        packet.lengthBytes(),
                        MAX_IPV4_BYTES - Ipv4Layout.HEADER_BYTES - ICMP_HEADER_BYTES);
        final int lengthBytes = Ipv4Layout.HEADER_BYTES + ICMP_HEADER_BYTES + quoted;

        target.setMemory(offset, Ipv4Layout.HEADER_BYTES + ICMP_HEADER_BYTES, (byte) 0);
        target.putByte(offset, (byte) 0x45);
        target.putShort(offset + Ipv4Layout.TOTAL_LENGTH_OFFSET, (short) lengthBytes, BIG_ENDIAN);
        target.putByte(offset + Ipv4Layout.TTL_OFFSET, (byte) TTL);
        target.putByte(offset + Ipv4Layout.PROTOCOL_OFFSET, (byte) InnerPacket.PROTOCOL_ICMP);
        copySource(
                packet,
                ipv4Source,
                Ipv4Layout.DESTINATION_OFFSET,
                target,
                offset + Ipv4Layout.SOURCE_OFFSET,
                4);
        target.putBytes(
                offset + Ipv4Layout.DESTINATION_OFFSET,
                packet.buffer(),
                packet.offset() + Ipv4Layout.SOURCE_OFFSET,
                4);
        target.putShort(
                offset + Ipv4Layout.CHECKSUM_OFFSET,
                (short) Checksum.finish(Checksum.add(0, target, offset, Ipv4Layout.HEADER_BYTES)),
                BIG_ENDIAN);

        target.putByte(icmp, (byte) IPV4_TYPE);
        target.putByte(icmp + 1, (byte) IPV4_CODE);
        target.putShort(icmp + MTU_FIELD + 2, (short) mtuBytes, BIG_ENDIAN);
        target.putBytes(icmp + ICMP_HEADER_BYTES, packet.buffer(), packet.offset(), quoted);
        final long sum = Checksum.add(0, target, icmp, ICMP_HEADER_BYTES + quoted);
        target.putShort(icmp + CHECKSUM_FIELD, (short) Checksum.finish(sum), BIG_ENDIAN);
        return lengthBytes;
    }

    private int writeIpv6(InnerPacket packet, int mtuBytes, UnsafeBuffer target, int offset) {
        final int icmp = offset + Ipv6Layout.HEADER_BYTES;
        final int quoted =
                Math.min(
                        packet.lengthBytes(),
                        MAX_BYTES - Ipv6Layout.HEADER_BYTES - ICMP_HEADER_BYTES);
        final int payloadBytes = ICMP_HEADER_BYTES + quoted;

        target.setMemory(offset, Ipv6Layout.HEADER_BYTES + ICMP_HEADER_BYTES, (byte) 0);
        target.putByte(offset, (byte) 0x60);
        target.putShort(
                offset + Ipv6Layout.PAYLOAD_LENGTH_OFFSET, (short) payloadBytes, BIG_ENDIAN);
        target.putByte(offset + Ipv6Layout.NEXT_HEADER_OFFSET, (byte) InnerPacket.PROTOCOL_ICMPV6);
        target.putByte(offset + Ipv6Layout.HOP_LIMIT_OFFSET, (byte) TTL);
        copySource(
                packet,
                ipv6Source,
                Ipv6Layout.DESTINATION_OFFSET,
                target,
                offset + Ipv6Layout.SOURCE_OFFSET,
                16);
        target.putBytes(
                offset + Ipv6Layout.DESTINATION_OFFSET,
                packet.buffer(),
                packet.offset() + Ipv6Layout.SOURCE_OFFSET,
                16);

        target.putByte(icmp, (byte) IPV6_TYPE);
        target.putInt(icmp + MTU_FIELD, mtuBytes, BIG_ENDIAN);
        target.putBytes(icmp + ICMP_HEADER_BYTES, packet.buffer(), packet.offset(), quoted);
        // The pseudo-header: both addresses, length and next header (RFC 8200 8.1).
        long sum = (long) payloadBytes + InnerPacket.PROTOCOL_ICMPV6;
        sum = Checksum.add(sum, target, offset + Ipv6Layout.SOURCE_OFFSET, 32);
        sum = Checksum.add(sum, target, icmp, payloadBytes);
        target.putShort(icmp + CHECKSUM_FIELD, (short) Checksum.finish(sum), BIG_ENDIAN);
        return Ipv6Layout.HEADER_BYTES + payloadBytes;
    }

    private static void copySource(
            InnerPacket packet,
            byte[] configured,
            int destinationField,
            UnsafeBuffer target,
            int targetOffset,
            int addressBytes) {
        if (configured.length == addressBytes) {
            target.putBytes(targetOffset, configured);
        } else {
            target.putBytes(
                    targetOffset,
                    packet.buffer(),
                    packet.offset() + destinationField,
                    addressBytes);
        }
    }
}
