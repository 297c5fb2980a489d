package dev.culvert.tun;

import dev.culvert.tun.ffi.SystemCalls;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/** A descriptor that the kernel gave. */
final class KernelTunQueue implements TunQueue {
    private final FileDescriptor descriptor;
    private final int headerLengthBytes;

    KernelTunQueue(FileDescriptor descriptor, int headerLengthBytes) {
        this.descriptor = descriptor;
        this.headerLengthBytes = headerLengthBytes;
    }

    @Override
    public int fd() {
        return descriptor.fd();
    }

    @Override
    public int headerLengthBytes() {
        return headerLengthBytes;
    }

    @Override
    public int read(MutableDirectBuffer dst, int offset, int maxLengthBytes) {
        dst.boundsCheck(offset, maxLengthBytes);
        int read = SystemCalls.read(descriptor.fd(), dst.addressOffset() + offset, maxLengthBytes);
        return read == -Errno.EAGAIN || read == -Errno.EINTR ? 0 : read;
    }

    @Override
    public int write(DirectBuffer src, int offset, int lengthBytes) {
        src.boundsCheck(offset, lengthBytes);
        return SystemCalls.write(descriptor.fd(), src.addressOffset() + offset, lengthBytes);
    }

    @Override
    public int write(GatherList pieces) {
        return SystemCalls.writev(descriptor.fd(), pieces.address(), pieces.size());
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
