package dev.culvert.tun;

/**
 * What the kernel may leave to the reader of a TUN device. Any of these puts a {@code
 * virtio_net_hdr} in front of every packet, read or written; see {@link
 * TunQueue#headerLengthBytes()}.
 */
public enum TunOffload {
    /** Transport checksums may be unfinished ({@code TUN_F_CSUM}); the others imply this one. */
    CHECKSUM(0x01),
    /** TCP over IPv4 super-packets up to 64 KiB ({@code TUN_F_TSO4}). */
    TSO4(0x02),
    /** TCP over IPv6 super-packets up to 64 KiB ({@code TUN_F_TSO6}). */
    TSO6(0x04),
    /** UDP super-packets over IPv4 and IPv6 ({@code TUN_F_USO4 | TUN_F_USO6}, Linux 6.2). */
    USO(0x20 | 0x40);

    private final int flags;

    TunOffload(int flags) {
        this.flags = flags;
    }

    int flags() {
        return flags;
    }
}
