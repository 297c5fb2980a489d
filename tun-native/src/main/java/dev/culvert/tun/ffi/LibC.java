package dev.culvert.tun.ffi;

/**
 * The C library's functions that are used, with addresses as {@code long}: JNR-FFI calls a function
 * of at most six primitive arguments directly, and anything else through a slow generic path.
 * Variadic functions ({@code open}, {@code ioctl}) pass their integers the same way on x86-64 and
 * aarch64 Linux.
 */
public interface LibC {
    int open(long pathAddress, int flags, int mode);

    int close(int fd);

    long read(int fd, long address, long lengthBytes);

    long write(int fd, long address, long lengthBytes);

    long writev(int fd, long iovecAddress, int iovecCount);

    int ioctl(int fd, long request, long argument);

    int ppoll(long pollfdAddress, long count, long timespecAddress, long signalMaskAddress);

    int eventfd(int initialValue, int flags);

    int socket(int domain, int type, int protocol);

    int bind(int fd, long addressAddress, int addressLengthBytes);

    int getsockname(int fd, long addressAddress, long lengthAddress);

    int setsockopt(int fd, int level, int option, long valueAddress, int valueLengthBytes);

    int getsockopt(int fd, int level, int option, long valueAddress, long lengthAddress);

    long send(int fd, long address, long lengthBytes, int flags);

    long recv(int fd, long address, long lengthBytes, int flags);

    int sendmmsg(int fd, long headersAddress, int count, int flags);

    int recvmmsg(int fd, long headersAddress, int count, int flags, long timespecAddress);
}
