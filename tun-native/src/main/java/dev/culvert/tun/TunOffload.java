package dev.culvert.tun;

/**
 * What may cross a TUN device besides plain packets with finished checksums. Any of these puts a
 * {@link VirtioNetHeader} in front of every packet, read or written; see {@link
 * TunQueue#headerLengthBytes()}.
 */
public enum TunOffload {
    /** Super-packets may be written; what is read stays plain. The others imply this one. */
    SUPER_WRITES(0),
    /**
     * Transport checksums of what is read may be unfinished ({@code TUN_F_CSUM}); those below imply
     * this one.
     */
    CHECKSUM(0x01),
    /** TCP over IPv4 super-packets up to 64 KiB are read ({@code TUN_F_TSO4}). */
    TSO4(0x02),
    /** TCP over IPv6 super-packets up to 64 KiB are read ({@code TUN_F_TSO6}). */
    TSO6(0x04),
    /**
     * Super-packets of UDP datagrams over IPv4 and IPv6 are read ({@code TUN_F_USO4 | TUN_F_USO6},
     * Linux 6.2).
     */
    USO(0x20 | 0x40);

    private final int flags;

    TunOffload(int flags) {
        this.flags = flags;
    }

    int flags() {
        return flags;
    }
}
