package dev.culvert.esp.testing;

import dev.culvert.tun.GatherList;
import dev.culvert.tun.TunQueue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A TUN queue in memory that takes super-packets and cuts them as the kernel does, byte by byte and
 * with nothing of ours.
 */
public final class SegmentingTun implements TunQueue {

    private static final int HEADER_BYTES = 10;

    private final List<byte[]> writes = new ArrayList<>();
    private ToIntFunction<byte[]> verdict = write -> 0;

    /** Lets writes fail with {@code -errno}; they succeed when it says 0. */
    public void refuse(ToIntFunction<byte[]> errno) {
        verdict = errno;
    }

    /** What was written since the last call, with virtio headers. */
    public List<byte[]> takeWrites() {
        final List<byte[]> taken = List.copyOf(writes);
        writes.clear();
        return taken;
    }

    /** True for a super-packet. */
    public static boolean isSuper(byte[] write) {
        return write[1] != 0;
    }

    /** The packets that a write stands for. */
    public static List<byte[]> cut(byte[] write) {
        final ByteBuffer header = ByteBuffer.wrap(write).order(ByteOrder.nativeOrder());
        final byte[] packet = Arrays.copyOfRange(write, HEADER_BYTES, write.length);
        if (header.get(1) == 0) {
            require(header.getLong(0) == 0 && header.getShort(8) == 0, "an empty header");
            return List.of(packet);
        }
        final boolean ipv6 = Packets.isIpv6(packet);
        final boolean tcp = header.get(1) != 5;
        require(header.get(1) == 5 || header.get(1) == (ipv6 ? 4 : 1), "the type");
        final int ipBytes = Packets.headerBytes(packet);
        final int headersBytes = header.getShort(2);
        require(header.get(0) == 1, "NEEDS_CSUM");
        require(packet[ipv6 ? 6 : 9] == (tcp ? 6 : 17), "the protocol");
        require(header.getShort(6) == ipBytes, "csum_start");
        require(header.getShort(8) == (tcp ? 16 : 6), "csum_offset");
        require(
                headersBytes == ipBytes + (tcp ? (packet[ipBytes + 12] & 0xF0) >> 2 : 8),
                "hdr_len");
        requireLengths(packet, ipv6, tcp, ipBytes);
        requirePseudoSum(packet, ipBytes + header.getShort(8));
        return cut(packet, header.getShort(4) & 0xFFFF, ipv6, tcp, headersBytes);
    }

    private static void requireLengths(byte[] packet, boolean ipv6, boolean tcp, int ipBytes) {
        final ByteBuffer bytes = ByteBuffer.wrap(packet);
        require(
                (bytes.getShort(ipv6 ? 4 : 2) & 0xFFFF) == packet.length - (ipv6 ? 40 : 0),
                "the IP length");
        require(Packets.headerChecksumError(packet) == 0, "the IP checksum");
        require(
                tcp || (bytes.getShort(ipBytes + 4) & 0xFFFF) == packet.length - ipBytes,
                "the UDP length");
    }

    /** With the pseudo-header's sum in the field, the whole sums up to that of the rest alone. */
    private static void requirePseudoSum(byte[] packet, int field) {
        final byte[] zeroed = packet.clone();
        zeroed[field] = 0;
        zeroed[field + 1] = 0;
        final int ipBytes = Packets.headerBytes(packet);
        Arrays.fill(zeroed, ipBytes, zeroed.length, (byte) 0);
        final int expected = ~Packets.transportChecksum(zeroed) & 0xFFFF;
        require((ByteBuffer.wrap(packet).getShort(field) & 0xFFFF) == expected, "the pseudo sum");
    }

    private static List<byte[]> cut(
            byte[] packet, int size, boolean ipv6, boolean tcp, int headersBytes) {
        final List<byte[]> packets = new ArrayList<>();
        final int ipBytes = Packets.headerBytes(packet);
        require(size > 0 && packet.length > headersBytes + size, "more than one segment");
        for (int at = headersBytes; at < packet.length; at += size) {
            final int end = Math.min(packet.length, at + size);
            final boolean last = end == packet.length;
            final byte[] one = Arrays.copyOf(packet, headersBytes + end - at);
            System.arraycopy(packet, at, one, headersBytes, end - at);
            final ByteBuffer bytes = ByteBuffer.wrap(one);
            if (ipv6) {
                bytes.putShort(4, (short) (one.length - 40));
            } else {
                bytes.putShort(2, (short) one.length);
                bytes.putShort(4, (short) (bytes.getShort(4) + packets.size()));
                bytes.putShort(10, (short) 0);
                bytes.putShort(10, (short) Packets.headerChecksumError(one));
            }
            final int checksumField = ipBytes + (tcp ? 16 : 6);
            if (tcp) {
                bytes.putInt(ipBytes + 4, bytes.getInt(ipBytes + 4) + at - headersBytes);
                one[ipBytes + 13] &= (byte) (last ? 0xFF : 0xF6);
            } else {
                bytes.putShort(ipBytes + 4, (short) (one.length - ipBytes));
            }
            bytes.putShort(checksumField, (short) 0);
            final int checksum = Packets.transportChecksum(one);
            bytes.putShort(checksumField, (short) (checksum == 0 && !tcp ? 0xFFFF : checksum));
            packets.add(one);
        }
        return packets;
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError("the kernel would not take it, or take it wrongly: " + what);
        }
    }

    @Override
    public int fd() {
        return -1;
    }

    @Override
    public int headerLengthBytes() {
        return HEADER_BYTES;
    }

    @Override
    public int read(MutableDirectBuffer dst, int offset, int maxLengthBytes) {
        return 0;
    }

    @Override
    public int write(DirectBuffer src, int offset, int lengthBytes) {
        final byte[] bytes = new byte[lengthBytes];
        src.getBytes(offset, bytes);
        return accept(bytes);
    }

    @Override
    public int write(GatherList pieces) {
        final byte[] bytes = new byte[pieces.lengthBytes()];
        pieces.copyTo(new UnsafeBuffer(bytes), 0);
        return accept(bytes);
    }

    private int accept(byte[] write) {
        final int errno = verdict.applyAsInt(write);
        if (errno != 0) {
            return -errno;
        }
        writes.add(write);
        return write.length;
    }

    @Override
    public void close() {}
}
