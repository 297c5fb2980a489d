package dev.culvert.tun;

import static dev.culvert.tun.MessageDescriptor.CMSG_DATA_OFFSET;
import static dev.culvert.tun.MessageDescriptor.CMSG_LEVEL_OFFSET;
import static dev.culvert.tun.MessageDescriptor.CMSG_TYPE_OFFSET;
import static dev.culvert.tun.MessageDescriptor.cmsgLengthBytes;
import static dev.culvert.tun.MessageDescriptor.cmsgSpaceBytes;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Preallocated off-heap room for datagrams that {@link UdpPort#sendBatch} sends. Write a datagram
 * into {@link #buffer()} at {@code dataOffset(count())}, then {@link #add} it. Belongs to one
 * thread.
 */
public final class SendBatch {
    private final BatchMemory memory;
    private final UnsafeBuffer reader = new UnsafeBuffer(0, 0);
    private final int[] lengthBytes;
    private final int[] tos;
    private final int[] segmentSizeBytes;
    private int count;
    private int nextSlot;
    private int failedErrno;

    /**
     * Allocates an empty batch.
     *
     * @param slotCount 1 to 1024
     * @param slotCapacityBytes 1 to 131072, rounded up to 64
     */
    public SendBatch(int slotCount, int slotCapacityBytes) {
        memory = new BatchMemory(slotCount, slotCapacityBytes);
        lengthBytes = new int[slotCount];
        tos = new int[slotCount];
        segmentSizeBytes = new int[slotCount];
    }

    /** Forgets all datagrams, sent or not. */
    public void clear() {
        count = 0;
        nextSlot = 0;
        failedErrno = 0;
    }

    /** Number of datagrams added. */
    public int count() {
        return count;
    }

    /** Number of datagrams there is room for. */
    public int slotCount() {
        return memory.slotCount;
    }

    /** Bytes that fit one slot. */
    public int slotCapacityBytes() {
        return memory.slotCapacityBytes;
    }

    public boolean isFull() {
        return count == memory.slotCount;
    }

    /** The data of all slots, off-heap. */
    public MutableDirectBuffer buffer() {
        return memory.data;
    }

    /** Where slot {@code slot} begins in {@link #buffer()}. */
    public int dataOffset(int slot) {
        return memory.dataOffset(slot);
    }

    /**
     * Adds the datagram that was written into {@link #buffer()} at {@code dataOffset(count())}. The
     * batch must not be {@link #isFull()}.
     *
     * @param path where to, and from which of our addresses
     * @param tosByte DSCP and ECN of the outer header, 0 to 255
     */
    public void add(int datagramLengthBytes, UdpPath path, int tosByte) {
        add(memory.data, memory.dataOffset(count), datagramLengthBytes, path, tosByte, 0);
    }

    /**
     * Adds a datagram that lies in any off-heap buffer, where it must stay until it is sent. The
     * batch must not be {@link #isFull()}.
     *
     * @param path where to, and from which of our addresses
     * @param tosByte DSCP and ECN of the outer header, 0 to 255
     * @param segmentBytes 0 for one datagram; else the kernel cuts the bytes into datagrams of this
     *     length, the last of which may be shorter ({@code UDP_SEGMENT}; at most 64 of them and
     *     65,507 bytes in all)
     */
    public void add(
            DirectBuffer src,
            int offset,
            int datagramLengthBytes,
            UdpPath path,
            int tosByte,
            int segmentBytes) {
        src.boundsCheck(offset, datagramLengthBytes);
        int slot = count++;
        int iovec = memory.iovecOffset(slot);
        memory.iovecs.putLong(
                iovec + MessageDescriptor.IOVEC_BASE_OFFSET, src.addressOffset() + offset);
        memory.iovecs.putLong(iovec + MessageDescriptor.IOVEC_SIZE_OFFSET, datagramLengthBytes);
        path.copyTo(memory.paths, memory.pathOffset(slot));
        lengthBytes[slot] = datagramLengthBytes;
        tos[slot] = tosByte;
        segmentSizeBytes[slot] = segmentBytes;

        boolean ipv4 = memory.paths.getShort(memory.pathOffset(slot)) == 2;
        int controlLengthBytes = ipv4 ? writeControl4(slot, tosByte) : writeControl6(slot, tosByte);
        if (segmentBytes > 0) {
            controlLengthBytes += writeSegmentSize(slot, controlLengthBytes, segmentBytes);
        }
        int header = memory.headerOffset(slot);
        memory.headers.putInt(
                header + MessageDescriptor.NAME_LENGTH_OFFSET,
                ipv4 ? SocketAddressCodec.IPV4_LENGTH_BYTES : SocketAddressCodec.MAX_LENGTH_BYTES);
        memory.headers.putLong(
                header + MessageDescriptor.CONTROL_LENGTH_OFFSET, controlLengthBytes);
    }

    /**
     * Where the datagram in {@code slot} begins in the buffer that it was added from.
     *
     * @param src the buffer that was given to {@link #add}
     */
    public int offset(int slot, DirectBuffer src) {
        long address =
                memory.iovecs.getLong(
                        memory.iovecOffset(slot) + MessageDescriptor.IOVEC_BASE_OFFSET);
        return (int) (address - src.addressOffset());
    }

    /** Length of the datagram in {@code slot}. */
    public int lengthBytes(int slot) {
        return lengthBytes[slot];
    }

    /** TOS byte of the datagram in {@code slot}. */
    public int tos(int slot) {
        return tos[slot];
    }

    /** Segment size of the datagram in {@code slot}, or 0. */
    public int segmentSizeBytes(int slot) {
        return segmentSizeBytes[slot];
    }

    /** Copies the bytes of the datagram in {@code slot}, for implementations of {@link UdpPort}. */
    public void copyDatagram(int slot, MutableDirectBuffer dst, int offset) {
        long address =
                memory.iovecs.getLong(
                        memory.iovecOffset(slot) + MessageDescriptor.IOVEC_BASE_OFFSET);
        reader.wrap(address, lengthBytes[slot]);
        dst.putBytes(offset, reader, 0, lengthBytes[slot]);
    }

    /** Copies the path of the datagram in {@code slot}. */
    public void copyPath(int slot, UdpPath path) {
        path.copyFrom(memory.paths, memory.pathOffset(slot));
    }

    /** The first slot that has not been sent; equal to {@link #count()} when all are gone. */
    public int nextSlot() {
        return nextSlot;
    }

    /** Why {@link #nextSlot()} was not sent: a positive error number, or 0. */
    public int failedErrno() {
        return failedErrno;
    }

    /** Gives up the datagram in {@link #nextSlot()}, so that those behind it can be sent. */
    public void skipFailed() {
        if (nextSlot < count) {
            nextSlot++;
        }
        failedErrno = 0;
    }

    /**
     * Records an outcome, for implementations of {@link UdpPort}.
     *
     * @param sent number of slots sent from {@link #nextSlot()} on
     * @param errno why the slot behind them was not sent, or 0
     */
    public void recordSent(int sent, int errno) {
        nextSlot += sent;
        failedErrno = errno;
    }

    /** Address of the {@code mmsghdr} of {@link #nextSlot()}. */
    long nextHeaderAddress() {
        return memory.headers.addressOffset() + memory.headerOffset(nextSlot);
    }

    DirectBuffer headers() {
        return memory.headers;
    }

    DirectBuffer controls() {
        return memory.controls;
    }

    private int writeControl4(int slot, int tosByte) {
        int at = memory.controlOffset(slot);
        int path = memory.pathOffset(slot);
        writeCmsg(
                at,
                MessageDescriptor.PKTINFO4_LENGTH_BYTES,
                MessageDescriptor.IPPROTO_IP,
                MessageDescriptor.IP_PKTINFO);
        int data = at + CMSG_DATA_OFFSET;
        memory.controls.putInt(
                data + MessageDescriptor.PKTINFO4_INTERFACE_OFFSET,
                memory.paths.getInt(path + UdpPath.INTERFACE_OFFSET));
        memory.controls.putInt(
                data + MessageDescriptor.PKTINFO4_LOCAL_OFFSET,
                memory.paths.getInt(path + UdpPath.LOCAL_OFFSET));
        memory.controls.putInt(data + 8, 0);
        int tosAt = at + cmsgSpaceBytes(MessageDescriptor.PKTINFO4_LENGTH_BYTES);
        writeCmsg(tosAt, 4, MessageDescriptor.IPPROTO_IP, MessageDescriptor.IP_TOS);
        memory.controls.putInt(tosAt + CMSG_DATA_OFFSET, tosByte);
        return tosAt + cmsgSpaceBytes(4) - at;
    }

    private int writeControl6(int slot, int tosByte) {
        int at = memory.controlOffset(slot);
        int path = memory.pathOffset(slot);
        writeCmsg(
                at,
                MessageDescriptor.PKTINFO6_LENGTH_BYTES,
                MessageDescriptor.IPPROTO_IPV6,
                MessageDescriptor.IPV6_PKTINFO);
        int data = at + CMSG_DATA_OFFSET;
        memory.controls.putBytes(
                data + MessageDescriptor.PKTINFO6_LOCAL_OFFSET,
                memory.paths,
                path + UdpPath.LOCAL_OFFSET,
                16);
        memory.controls.putInt(
                data + MessageDescriptor.PKTINFO6_INTERFACE_OFFSET,
                memory.paths.getInt(path + UdpPath.INTERFACE_OFFSET));
        int tosAt = at + cmsgSpaceBytes(MessageDescriptor.PKTINFO6_LENGTH_BYTES);
        writeCmsg(tosAt, 4, MessageDescriptor.IPPROTO_IPV6, MessageDescriptor.IPV6_TCLASS);
        memory.controls.putInt(tosAt + CMSG_DATA_OFFSET, tosByte);
        return tosAt + cmsgSpaceBytes(4) - at;
    }

    private int writeSegmentSize(int slot, int usedBytes, int segmentBytes) {
        int at = memory.controlOffset(slot) + usedBytes;
        writeCmsg(at, 2, MessageDescriptor.IPPROTO_UDP, MessageDescriptor.UDP_SEGMENT);
        memory.controls.putShort(at + CMSG_DATA_OFFSET, (short) segmentBytes);
        return cmsgSpaceBytes(2);
    }

    private void writeCmsg(int at, int dataLengthBytes, int level, int type) {
        memory.controls.putLong(at, cmsgLengthBytes(dataLengthBytes));
        memory.controls.putInt(at + CMSG_LEVEL_OFFSET, level);
        memory.controls.putInt(at + CMSG_TYPE_OFFSET, type);
    }
}
