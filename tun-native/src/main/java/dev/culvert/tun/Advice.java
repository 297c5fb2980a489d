package dev.culvert.tun;

/** What a user can do about a refused call. */
final class Advice {
    static final String NO_TUN_DEVICE =
            "no /dev/net/tun: run the container with --device /dev/net/tun, or load the module with"
                    + " 'modprobe tun'";
    static final String NO_NET_ADMIN =
            "no CAP_NET_ADMIN: run as root or add --cap-add NET_ADMIN to the container";
    static final String TUN_NOT_ALLOWED =
            "/dev/net/tun may not be opened: run as root, or run the container with"
                    + " --device /dev/net/tun";
    static final String NO_DESCRIPTORS = "raise the limit of open files (ulimit -n)";

    private Advice() {}

    /** Advice that depends only on the call and the error number; may be empty. */
    static String forCall(String call, int errno) {
        return switch (errno) {
            case Errno.ENOENT, Errno.ENODEV, Errno.ENXIO ->
                    call.contains("/dev/net/tun") ? NO_TUN_DEVICE : "";
            case Errno.EACCES -> call.contains("/dev/net/tun") ? TUN_NOT_ALLOWED : "";
            case Errno.EPERM -> call.contains("open(/dev/net/tun") ? TUN_NOT_ALLOWED : NO_NET_ADMIN;
            case Errno.EAFNOSUPPORT ->
                    "this kernel has that address family turned off: use the other one only";
            case Errno.EMFILE, Errno.ENFILE -> NO_DESCRIPTORS;
            default -> "";
        };
    }

    /** Advice for a refused bind of a UDP socket. */
    static String forBind(int port, int errno) {
        return switch (errno) {
            case Errno.EADDRINUSE ->
                    port == 500 || port == 4500
                            ? "port "
                                    + port
                                    + " in use: another IKE daemon is running (charon, pluto)? stop"
                                    + " it or set culvert.port and culvert.port_nat_t"
                            : "port "
                                    + port
                                    + " in use: stop its owner ('ss -lunp') or choose"
                                    + " another port";
            case Errno.EADDRNOTAVAIL ->
                    "no interface of this host has that address ('ip address' lists them)";
            case Errno.EACCES ->
                    "ports below 1024 need CAP_NET_BIND_SERVICE (--cap-add NET_BIND_SERVICE) or the"
                            + " sysctl net.ipv4.ip_unprivileged_port_start=0";
            default -> forCall("bind", errno);
        };
    }
}
