package dev.culvert.tun;

import static dev.culvert.tun.MessageDescriptor.CONTROL_LENGTH_BYTES;
import static dev.culvert.tun.MessageDescriptor.IOVEC_LENGTH_BYTES;
import static dev.culvert.tun.MessageDescriptor.MMSGHDR_LENGTH_BYTES;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** The off-heap areas of a batch: one entry per slot in each, and all pointers already set. */
final class BatchMemory {
    final int slotCount;
    final int slotCapacityBytes;
    final UnsafeBuffer headers;
    final UnsafeBuffer iovecs;
    final UnsafeBuffer paths;
    final UnsafeBuffer controls;
    final UnsafeBuffer data;

    BatchMemory(int slotCount, int slotCapacityBytes) {
        if (slotCount < 1 || slotCount > 1024) {
            throw new IllegalArgumentException("slots must be 1 to 1024, are " + slotCount);
        }
        if (slotCapacityBytes < 1 || slotCapacityBytes > 1 << 17) {
            throw new IllegalArgumentException(
                    "slot capacity must be 1 to 131072 bytes, is " + slotCapacityBytes);
        }
        this.slotCount = slotCount;
        this.slotCapacityBytes = slotCapacityBytes + 63 & ~63;
        headers = allocate(slotCount * MMSGHDR_LENGTH_BYTES);
        iovecs = allocate(slotCount * IOVEC_LENGTH_BYTES);
        paths = allocate(slotCount * UdpPath.LENGTH_BYTES);
        controls = allocate(slotCount * CONTROL_LENGTH_BYTES);
        data = allocate(slotCount * this.slotCapacityBytes);
        for (int slot = 0; slot < slotCount; slot++) {
            link(slot);
        }
    }

    int headerOffset(int slot) {
        return slot * MMSGHDR_LENGTH_BYTES;
    }

    int iovecOffset(int slot) {
        return slot * IOVEC_LENGTH_BYTES;
    }

    int pathOffset(int slot) {
        return slot * UdpPath.LENGTH_BYTES;
    }

    int controlOffset(int slot) {
        return slot * CONTROL_LENGTH_BYTES;
    }

    int dataOffset(int slot) {
        return slot * slotCapacityBytes;
    }

    private void link(int slot) {
        int header = headerOffset(slot);
        headers.putLong(
                header + MessageDescriptor.NAME_OFFSET, paths.addressOffset() + pathOffset(slot));
        headers.putLong(
                header + MessageDescriptor.IOV_OFFSET, iovecs.addressOffset() + iovecOffset(slot));
        headers.putLong(header + MessageDescriptor.IOV_COUNT_OFFSET, 1);
        headers.putLong(
                header + MessageDescriptor.CONTROL_OFFSET,
                controls.addressOffset() + controlOffset(slot));
        iovecs.putLong(
                iovecOffset(slot) + MessageDescriptor.IOVEC_BASE_OFFSET,
                data.addressOffset() + dataOffset(slot));
    }

    private static UnsafeBuffer allocate(int lengthBytes) {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(lengthBytes, 64));
    }
}
