package dev.culvert.tun;

import static dev.culvert.tun.MessageDescriptor.CMSG_DATA_OFFSET;
import static dev.culvert.tun.MessageDescriptor.CONTROL_LENGTH_BYTES;

import java.net.InetSocketAddress;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Preallocated off-heap room for datagrams that {@link UdpPort#receiveBatch} fills: per slot the
 * data, where it came from, which of our addresses it was sent to, and its outer TOS byte. Valid
 * until the next receive. Belongs to one thread. Slot arguments must be below {@link #count()}.
 */
public final class ReceiveBatch {
    /** Capacity that never cuts a datagram, nor a super-datagram joined by the kernel. */
    public static final int MAX_DATAGRAM_BYTES = 65536;

    private final BatchMemory memory;
    private final int[] lengthBytes;
    private final int[] tos;
    private final int[] segmentSizeBytes;
    private final int[] interfaceIndex;
    private final boolean[] truncated;
    private int limit;
    private int count;

    /**
     * Allocates an empty batch.
     *
     * @param slotCount 1 to 1024
     * @param slotCapacityBytes 1 to 131072, rounded up to 64
     */
    public ReceiveBatch(int slotCount, int slotCapacityBytes) {
        memory = new BatchMemory(slotCount, slotCapacityBytes);
        limit = slotCount;
        lengthBytes = new int[slotCount];
        tos = new int[slotCount];
        segmentSizeBytes = new int[slotCount];
        interfaceIndex = new int[slotCount];
        truncated = new boolean[slotCount];
        for (int slot = 0; slot < slotCount; slot++) {
            prepare(slot);
        }
    }

    /** Number of slots filled by the last receive. */
    public int count() {
        return count;
    }

    /** Number of slots there are. */
    public int slotCount() {
        return memory.slotCount;
    }

    /** Number of slots that a receive fills at most. */
    public int limit() {
        return limit;
    }

    /**
     * Changes how many slots the next receives fill at most; at first it is all of them.
     *
     * @param slots 1 to {@link #slotCount()}
     */
    public void limit(int slots) {
        limit = slots;
    }

    /** Bytes that fit one slot. */
    public int slotCapacityBytes() {
        return memory.slotCapacityBytes;
    }

    /** The data of all slots, off-heap and writable, so that packets can be opened in place. */
    public MutableDirectBuffer buffer() {
        return memory.data;
    }

    /** Where the slot's datagram begins in {@link #buffer()}. */
    public int dataOffset(int slot) {
        return memory.dataOffset(slot);
    }

    /** Length of the datagram in the slot; 0 is a legal datagram. */
    public int lengthBytes(int slot) {
        return lengthBytes[slot];
    }

    /** Whether the datagram was longer than the slot; the rest is lost. */
    public boolean isTruncated(int slot) {
        return truncated[slot];
    }

    /** The outer TOS or traffic class byte (DSCP and ECN), 0 to 255. */
    public int tos(int slot) {
        return tos[slot];
    }

    /**
     * Length of each datagram but the last, if the kernel joined several into this slot; 0 if it is
     * just one.
     */
    public int segmentSizeBytes(int slot) {
        return segmentSizeBytes[slot];
    }

    /** Index of the interface it came in by, or 0 if unknown. */
    public int interfaceIndex(int slot) {
        return interfaceIndex[slot];
    }

    /** Whether it came from the path's remote address and port. */
    public boolean isFrom(int slot, UdpPath path) {
        return path.isSameRemote(memory.paths, memory.pathOffset(slot));
    }

    /** Whether it was sent to the path's local address. */
    public boolean isTo(int slot, UdpPath path) {
        return path.isSameLocal(memory.paths, memory.pathOffset(slot));
    }

    /** Copies the way back into {@code path}: to its sender, from the address it was sent to. */
    public void copyPath(int slot, UdpPath path) {
        path.copyFrom(memory.paths, memory.pathOffset(slot));
    }

    /** Writes the way back as the {@link UdpPath#LENGTH_BYTES} of a {@link UdpPath}. */
    public void copyPath(int slot, MutableDirectBuffer dst, int offset) {
        dst.putBytes(offset, memory.paths, memory.pathOffset(slot), UdpPath.LENGTH_BYTES);
    }

    /** The sender's address, for the control path: allocates. */
    public InetSocketAddress remote(int slot) {
        return SocketAddressCodec.decode(memory.paths, memory.pathOffset(slot));
    }

    /** Empties the batch, for an implementation of {@link UdpPort} that fills it itself. */
    public void clear() {
        count = 0;
    }

    /**
     * Appends a datagram, for an implementation of {@link UdpPort} other than a socket.
     *
     * @return whether there was a slot for it
     */
    public boolean add(
            DirectBuffer src, int offset, int datagramLengthBytes, UdpPath path, int tosByte) {
        return addJoined(src, offset, datagramLengthBytes, 0, path, tosByte);
    }

    /**
     * Appends datagrams that were joined into one, for an implementation of {@link UdpPort} other
     * than a socket.
     *
     * @param joinedSegmentSizeBytes see {@link #segmentSizeBytes}
     * @return whether there was a slot for it
     */
    public boolean addJoined(
            DirectBuffer src,
            int offset,
            int datagramLengthBytes,
            int joinedSegmentSizeBytes,
            UdpPath path,
            int tosByte) {
        if (count == limit) {
            return false;
        }
        int slot = count++;
        int keptBytes = Math.min(datagramLengthBytes, memory.slotCapacityBytes);
        memory.data.putBytes(memory.dataOffset(slot), src, offset, keptBytes);
        path.copyTo(memory.paths, memory.pathOffset(slot));
        lengthBytes[slot] = keptBytes;
        truncated[slot] = keptBytes < datagramLengthBytes;
        tos[slot] = tosByte;
        segmentSizeBytes[slot] = joinedSegmentSizeBytes;
        interfaceIndex[slot] = 0;
        return true;
    }

    /** Address of the {@code mmsghdr} array. */
    long headersAddress() {
        return memory.headers.addressOffset();
    }

    /** Takes over {@code filled} messages that the kernel wrote. */
    void accept(int filled) {
        for (int slot = 0; slot < filled; slot++) {
            int header = memory.headerOffset(slot);
            int flags = memory.headers.getInt(header + MessageDescriptor.FLAGS_OFFSET);
            lengthBytes[slot] =
                    memory.headers.getInt(header + MessageDescriptor.MESSAGE_LENGTH_OFFSET);
            truncated[slot] = (flags & MessageDescriptor.MSG_TRUNC) != 0;
            tos[slot] = 0;
            segmentSizeBytes[slot] = 0;
            interfaceIndex[slot] = 0;
            readControl(
                    slot, memory.headers.getLong(header + MessageDescriptor.CONTROL_LENGTH_OFFSET));
            clearStaleAddress(slot);
            prepare(slot);
        }
        count = filled;
    }

    /** Where the kernel would put the slot's control messages; for tests of the decoder. */
    MutableDirectBuffer controls() {
        return memory.controls;
    }

    MutableDirectBuffer headers() {
        return memory.headers;
    }

    MutableDirectBuffer paths() {
        return memory.paths;
    }

    private void prepare(int slot) {
        int header = memory.headerOffset(slot);
        memory.headers.putInt(
                header + MessageDescriptor.NAME_LENGTH_OFFSET, SocketAddressCodec.MAX_LENGTH_BYTES);
        memory.headers.putLong(
                header + MessageDescriptor.CONTROL_LENGTH_OFFSET, CONTROL_LENGTH_BYTES);
        memory.headers.putInt(header + MessageDescriptor.FLAGS_OFFSET, 0);
        memory.iovecs.putLong(
                memory.iovecOffset(slot) + MessageDescriptor.IOVEC_SIZE_OFFSET,
                memory.slotCapacityBytes);
    }

    /** The kernel writes 16 bytes for IPv4; what is behind may be left from an IPv6 socket. */
    private void clearStaleAddress(int slot) {
        int path = memory.pathOffset(slot);
        if (memory.paths.getShort(path) == (short) AddressFamily.IPV4.number()) {
            memory.paths.putLong(path + SocketAddressCodec.IPV4_LENGTH_BYTES, 0);
            memory.paths.putInt(path + SocketAddressCodec.IPV4_LENGTH_BYTES + 8, 0);
        }
    }

    private void readControl(int slot, long controlLengthBytes) {
        MutableDirectBuffer controls = memory.controls;
        int path = memory.pathOffset(slot);
        memory.paths.putInt(path + UdpPath.INTERFACE_OFFSET, 0);
        memory.paths.putLong(path + UdpPath.LOCAL_OFFSET, 0);
        memory.paths.putLong(path + UdpPath.LOCAL_OFFSET + 8, 0);
        int at = memory.controlOffset(slot);
        int end = at + (int) Math.min(controlLengthBytes, CONTROL_LENGTH_BYTES);
        while (at + CMSG_DATA_OFFSET <= end) {
            long cmsgLengthBytes = controls.getLong(at);
            if (cmsgLengthBytes < CMSG_DATA_OFFSET || cmsgLengthBytes > end - at) {
                return;
            }
            int dataLengthBytes = (int) cmsgLengthBytes - CMSG_DATA_OFFSET;
            readControlMessage(slot, at, dataLengthBytes);
            at += MessageDescriptor.cmsgSpaceBytes(dataLengthBytes);
        }
    }

    private void readControlMessage(int slot, int at, int dataLengthBytes) {
        DirectBuffer controls = memory.controls;
        int level = controls.getInt(at + MessageDescriptor.CMSG_LEVEL_OFFSET);
        int type = controls.getInt(at + MessageDescriptor.CMSG_TYPE_OFFSET);
        int data = at + CMSG_DATA_OFFSET;
        if (level == MessageDescriptor.IPPROTO_IP) {
            if (type == MessageDescriptor.IP_TOS && dataLengthBytes >= 1) {
                tos[slot] = controls.getByte(data) & 0xff;
            } else if (type == MessageDescriptor.IP_PKTINFO
                    && dataLengthBytes >= MessageDescriptor.PKTINFO4_LENGTH_BYTES) {
                readPktinfo4(slot, data);
            }
        } else if (level == MessageDescriptor.IPPROTO_IPV6) {
            if (type == MessageDescriptor.IPV6_TCLASS && dataLengthBytes >= 4) {
                tos[slot] = controls.getInt(data) & 0xff;
            } else if (type == MessageDescriptor.IPV6_PKTINFO
                    && dataLengthBytes >= MessageDescriptor.PKTINFO6_LENGTH_BYTES) {
                readPktinfo6(slot, data);
            }
        } else if (level == MessageDescriptor.IPPROTO_UDP
                && type == MessageDescriptor.UDP_GRO
                && dataLengthBytes >= 4) {
            segmentSizeBytes[slot] = controls.getInt(data);
        }
    }

    private void readPktinfo4(int slot, int data) {
        DirectBuffer controls = memory.controls;
        interfaceIndex[slot] = controls.getInt(data + MessageDescriptor.PKTINFO4_INTERFACE_OFFSET);
        memory.paths.putInt(
                memory.pathOffset(slot) + UdpPath.LOCAL_OFFSET,
                controls.getInt(data + MessageDescriptor.PKTINFO4_LOCAL_OFFSET));
    }

    private void readPktinfo6(int slot, int data) {
        DirectBuffer controls = memory.controls;
        int path = memory.pathOffset(slot);
        int index = controls.getInt(data + MessageDescriptor.PKTINFO6_INTERFACE_OFFSET);
        interfaceIndex[slot] = index;
        memory.paths.putBytes(path + UdpPath.LOCAL_OFFSET, controls, data, 16);
        boolean linkLocal =
                controls.getByte(data) == (byte) 0xfe
                        && (controls.getByte(data + 1) & 0xc0) == 0x80;
        memory.paths.putInt(path + UdpPath.INTERFACE_OFFSET, linkLocal ? index : 0);
    }
}
