package dev.culvert.tun;

/**
 * Layouts of {@code sendmmsg} and {@code recvmmsg} on 64-bit Linux (x86-64 and aarch64 alike).
 *
 * <pre>
 * struct mmsghdr
 *  0               8       12      16              24
 * +---------------+-------+-------+---------------+---------------+
 * | msg_name      |namelen| pad   | msg_iov       | msg_iovlen    |
 * +---------------+-------+-------+-------+-------+-------+-------+
 * | msg_control   | msg_controllen| flags | pad   |msg_len| pad   |
 * +---------------+---------------+-------+-------+-------+-------+
 *  32              40              48              56      60      64
 *
 * struct iovec                      struct cmsghdr, data padded to 8
 *  0               8               0               8       12      16
 * +---------------+---------------+---------------+-------+-------+----
 * | iov_base      | iov_len       | cmsg_len      | level | type  | data
 * +---------------+---------------+---------------+-------+-------+----
 *
 * struct in_pktinfo                 struct in6_pktinfo
 *  0       4       8       12      0               16      20
 * +-------+-------+-------+       +---------------+-------+
 * |ifindex|  our  | dest. |       | our address   |ifindex|
 * +-------+-------+-------+       +---------------+-------+
 * </pre>
 */
final class MessageDescriptor {
    static final int MMSGHDR_LENGTH_BYTES = 64;
    static final int NAME_OFFSET = 0;
    static final int NAME_LENGTH_OFFSET = 8;
    static final int IOV_OFFSET = 16;
    static final int IOV_COUNT_OFFSET = 24;
    static final int CONTROL_OFFSET = 32;
    static final int CONTROL_LENGTH_OFFSET = 40;
    static final int FLAGS_OFFSET = 48;
    static final int MESSAGE_LENGTH_OFFSET = 56;

    static final int IOVEC_LENGTH_BYTES = 16;
    static final int IOVEC_BASE_OFFSET = 0;
    static final int IOVEC_SIZE_OFFSET = 8;

    static final int CMSG_LENGTH_OFFSET = 0;
    static final int CMSG_LEVEL_OFFSET = 8;
    static final int CMSG_TYPE_OFFSET = 12;
    static final int CMSG_DATA_OFFSET = 16;

    static final int PKTINFO4_LENGTH_BYTES = 12;
    static final int PKTINFO4_INTERFACE_OFFSET = 0;
    static final int PKTINFO4_LOCAL_OFFSET = 4;
    static final int PKTINFO6_LENGTH_BYTES = 20;
    static final int PKTINFO6_LOCAL_OFFSET = 0;
    static final int PKTINFO6_INTERFACE_OFFSET = 16;

    static final int IPPROTO_IP = 0;
    static final int IPPROTO_UDP = 17;
    static final int IPPROTO_IPV6 = 41;
    static final int IP_TOS = 1;
    static final int IP_PKTINFO = 8;
    static final int IPV6_PKTINFO = 50;
    static final int IPV6_TCLASS = 67;
    static final int UDP_SEGMENT = 103;
    static final int UDP_GRO = 104;

    static final int MSG_TRUNC = 0x20;
    static final int MSG_DONTWAIT = 0x40;

    /**
     * Control bytes per slot: enough for pktinfo (40), TOS (24), segment size (24), and to spare.
     */
    static final int CONTROL_LENGTH_BYTES = 128;

    private MessageDescriptor() {}

    /** {@code CMSG_LEN}: header and data. */
    static int cmsgLengthBytes(int dataLengthBytes) {
        return CMSG_DATA_OFFSET + dataLengthBytes;
    }

    /** {@code CMSG_SPACE}: header, data and padding. */
    static int cmsgSpaceBytes(int dataLengthBytes) {
        return CMSG_DATA_OFFSET + ((dataLengthBytes + 7) & ~7);
    }
}
