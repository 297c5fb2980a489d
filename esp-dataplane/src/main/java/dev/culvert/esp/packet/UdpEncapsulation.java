package dev.culvert.esp.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * What a datagram on the ESP port carries (RFC 3948 2).
 *
 * <pre>
 *   ESP             IKE                       NAT keep-alive
 *  +--------------+ +-----------------------+ +------+
 *  | SPI (not 0)  | | 0x00000000 (marker)   | | 0xFF |
 *  +--------------+ +-----------------------+ +------+
 *  | ESP packet … | | IKE message …         |
 *  +--------------+ +-----------------------+
 * </pre>
 */
public final class UdpEncapsulation {

    /** Length of the marker in front of an IKE message. */
    public static final int MARKER_BYTES = 4;

    /** Length of an outer IPv4 header without options. */
    public static final int IPV4_HEADER_BYTES = 20;

    /** Length of an outer IPv6 header. */
    public static final int IPV6_HEADER_BYTES = 40;

    /** Length of a UDP header. */
    public static final int UDP_HEADER_BYTES = 8;

    /** What {@link #classify} found. */
    public enum Kind {
        ESP,
        IKE,
        KEEPALIVE,
        /** Too short for any of them. */
        RUNT
    }

    private UdpEncapsulation() {}

    /** Tells what a datagram carries, by its first bytes. */
    public static Kind classify(DirectBuffer buffer, int offset, int lengthBytes) {
        if (lengthBytes >= MARKER_BYTES) {
            if (buffer.getInt(offset, BIG_ENDIAN) != 0) {
                return Kind.ESP;
            }
            return lengthBytes > MARKER_BYTES ? Kind.IKE : Kind.RUNT;
        }
        return lengthBytes == 1 && buffer.getByte(offset) == (byte) 0xFF
                ? Kind.KEEPALIVE
                : Kind.RUNT;
    }

    /** Writes the non-ESP marker. */
    public static void marker(MutableDirectBuffer buffer, int offset) {
        buffer.putInt(offset, 0);
    }

    /** Room for an ESP packet in an outer packet of a given size. */
    public static int espRoomBytes(int pathMtuBytes, boolean outerIpv6) {
        return pathMtuBytes
                - (outerIpv6 ? IPV6_HEADER_BYTES : IPV4_HEADER_BYTES)
                - UDP_HEADER_BYTES;
    }
}
