package dev.culvert.tun;

/**
 * Linux error numbers, as the kernel returns them. The values are those of {@code
 * asm-generic/errno.h}, which x86-64 and aarch64 share.
 */
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int ENXIO = 6;
    public static final int EBADF = 9;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EFAULT = 14;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int ENODEV = 19;
    public static final int EINVAL = 22;
    public static final int ENFILE = 23;
    public static final int EMFILE = 24;
    public static final int EROFS = 30;
    public static final int ENOSYS = 38;
    public static final int EMSGSIZE = 90;
    public static final int ENOPROTOOPT = 92;
    public static final int EPROTONOSUPPORT = 93;
    public static final int EOPNOTSUPP = 95;
    public static final int EAFNOSUPPORT = 97;
    public static final int EADDRINUSE = 98;
    public static final int EADDRNOTAVAIL = 99;
    public static final int ENETDOWN = 100;
    public static final int ENETUNREACH = 101;
    public static final int ECONNREFUSED = 111;
    public static final int ENOBUFS = 105;
    public static final int EHOSTUNREACH = 113;
    public static final int ESRCH = 3;
    public static final int ERANGE = 34;

    private Errno() {}

    /** The symbolic name, such as {@code EADDRINUSE}, or {@code errno 77} for one not listed. */
    public static String name(int errno) {
        return switch (errno) {
            case EPERM -> "EPERM";
            case ENOENT -> "ENOENT";
            case ESRCH -> "ESRCH";
            case EINTR -> "EINTR";
            case EIO -> "EIO";
            case ENXIO -> "ENXIO";
            case EBADF -> "EBADF";
            case EAGAIN -> "EAGAIN";
            case ENOMEM -> "ENOMEM";
            case EACCES -> "EACCES";
            case EFAULT -> "EFAULT";
            case EBUSY -> "EBUSY";
            case EEXIST -> "EEXIST";
            case ENODEV -> "ENODEV";
            case EINVAL -> "EINVAL";
            case ENFILE -> "ENFILE";
            case EMFILE -> "EMFILE";
            case EROFS -> "EROFS";
            case ERANGE -> "ERANGE";
            case ENOSYS -> "ENOSYS";
            case EMSGSIZE -> "EMSGSIZE";
            case ENOPROTOOPT -> "ENOPROTOOPT";
            case EPROTONOSUPPORT -> "EPROTONOSUPPORT";
            case EOPNOTSUPP -> "EOPNOTSUPP";
            case EAFNOSUPPORT -> "EAFNOSUPPORT";
            case EADDRINUSE -> "EADDRINUSE";
            case EADDRNOTAVAIL -> "EADDRNOTAVAIL";
            case ENETDOWN -> "ENETDOWN";
            case ENETUNREACH -> "ENETUNREACH";
            case ENOBUFS -> "ENOBUFS";
            case ECONNREFUSED -> "ECONNREFUSED";
            case EHOSTUNREACH -> "EHOSTUNREACH";
            default -> "errno " + errno;
        };
    }

    /** What the number means, in a few words; empty for one not listed. */
    public static String meaning(int errno) {
        return switch (errno) {
            case EPERM -> "operation not permitted";
            case ENOENT -> "no such file, rule or entry";
            case ESRCH -> "no such entry";
            case EIO -> "input/output error";
            case ENXIO, ENODEV -> "no such device";
            case EBADF -> "descriptor is not open";
            case EAGAIN -> "would block";
            case ENOMEM -> "out of memory";
            case EACCES -> "permission denied";
            case EBUSY -> "busy";
            case EEXIST -> "already exists";
            case EINVAL -> "invalid argument";
            case ENFILE -> "too many open files on this host";
            case EMFILE -> "too many open files in this process";
            case EROFS -> "read-only file system";
            case ERANGE -> "out of range";
            case ENOSYS -> "not implemented by this kernel";
            case EMSGSIZE -> "message too long";
            case ENOPROTOOPT -> "option not supported";
            case EPROTONOSUPPORT -> "protocol not supported";
            case EOPNOTSUPP -> "operation not supported";
            case EAFNOSUPPORT -> "address family not supported";
            case EADDRINUSE -> "address already in use";
            case EADDRNOTAVAIL -> "address not available on this host";
            case ENETDOWN -> "network is down";
            case ENETUNREACH -> "network is unreachable";
            case ENOBUFS -> "no buffer space";
            case ECONNREFUSED -> "connection refused";
            case EHOSTUNREACH -> "host is unreachable";
            default -> "";
        };
    }
}
