package dev.culvert.tun.ffi;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;

/**
 * System calls that return what the kernel returned: a result of at least 0, or {@code -errno}.
 * Addresses point to off-heap memory that the caller keeps alive for the length of the call.
 */
public final class SystemCalls {
    private static final LibC LIBC = LibraryLoader.create(LibC.class).load("c");
    private static final Runtime RUNTIME = Runtime.getRuntime(LIBC);

    private SystemCalls() {}

    public static int open(long pathAddress, int flags) {
        return result(LIBC.open(pathAddress, flags, 0));
    }

    public static int close(int fd) {
        return result(LIBC.close(fd));
    }

    public static int read(int fd, long address, int lengthBytes) {
        return result((int) LIBC.read(fd, address, lengthBytes));
    }

    public static int write(int fd, long address, int lengthBytes) {
        return result((int) LIBC.write(fd, address, lengthBytes));
    }

    public static int writev(int fd, long iovecAddress, int iovecCount) {
        return result((int) LIBC.writev(fd, iovecAddress, iovecCount));
    }

    public static int ioctl(int fd, long request, long argument) {
        return result(LIBC.ioctl(fd, request, argument));
    }

    public static int ppoll(long pollfdAddress, int count, long timespecAddress) {
        return result(LIBC.ppoll(pollfdAddress, count, timespecAddress, 0));
    }

    public static int eventfd(int flags) {
        return result(LIBC.eventfd(0, flags));
    }

    public static int socket(int domain, int type, int protocol) {
        return result(LIBC.socket(domain, type, protocol));
    }

    public static int bind(int fd, long addressAddress, int addressLengthBytes) {
        return result(LIBC.bind(fd, addressAddress, addressLengthBytes));
    }

    public static int getsockname(int fd, long addressAddress, long lengthAddress) {
        return result(LIBC.getsockname(fd, addressAddress, lengthAddress));
    }

    public static int setsockopt(
            int fd, int level, int option, long valueAddress, int valueLengthBytes) {
        return result(LIBC.setsockopt(fd, level, option, valueAddress, valueLengthBytes));
    }

    public static int getsockopt(
            int fd, int level, int option, long valueAddress, long lengthAddress) {
        return result(LIBC.getsockopt(fd, level, option, valueAddress, lengthAddress));
    }

    public static int send(int fd, long address, int lengthBytes, int flags) {
        return result((int) LIBC.send(fd, address, lengthBytes, flags));
    }

    public static int recv(int fd, long address, int lengthBytes, int flags) {
        return result((int) LIBC.recv(fd, address, lengthBytes, flags));
    }

    public static int sendmmsg(int fd, long headersAddress, int count, int flags) {
        return result(LIBC.sendmmsg(fd, headersAddress, count, flags));
    }

    public static int recvmmsg(int fd, long headersAddress, int count, int flags) {
        return result(LIBC.recvmmsg(fd, headersAddress, count, flags, 0));
    }

    private static int result(int returned) {
        return returned >= 0 ? returned : -RUNTIME.getLastError();
    }
}
