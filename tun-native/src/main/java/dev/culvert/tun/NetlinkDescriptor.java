package dev.culvert.tun;

/**
 * Layouts and numbers of netlink and rtnetlink ({@code linux/netlink.h}, {@code rtnetlink.h},
 * {@code if_link.h}, {@code if_addr.h}, {@code fib_rules.h}). All in the host's byte order, except
 * IP addresses; messages and attributes begin at multiples of 4.
 *
 * <pre>
 * struct nlmsghdr                                   struct nlattr
 *  0               4       6       8       12   16   0       2       4
 * +---------------+-------+-------+-------+-------+ +-------+-------+------
 * | length        | type  | flags | seq.  | port  | | length| type  | data
 * +---------------+-------+-------+-------+-------+ +-------+-------+------
 *
 * struct nlmsgerr: error (4), the request's nlmsghdr (16), its payload unless capped, attributes
 *
 * struct ifinfomsg                            struct ifaddrmsg
 *  0   1   2       4       8       12     16   0   1   2   3   4       8
 * +---+---+-------+-------+-------+-------+   +---+---+---+---+-------+
 * |fam|pad| type  | index | flags | change|   |fam|len|flg|scp| index |
 * +---+---+-------+-------+-------+-------+   +---+---+---+---+-------+
 *
 * struct rtmsg                                struct fib_rule_hdr
 *  0   1   2   3   4   5   6   7   8     12    0   1   2   3   4   5   6   7   8     12
 * +---+---+---+---+---+---+---+---+-------+   +---+---+---+---+---+---+---+---+-------+
 * |fam|dst|src|tos|tbl|pro|scp|typ| flags |   |fam|dst|src|tos|tbl|  0|  0|act| flags |
 * +---+---+---+---+---+---+---+---+-------+   +---+---+---+---+---+---+---+---+-------+
 *
 * struct rtnexthop: length (2), flags (1), weight-1 (1), interface (4), attributes
 * struct sockaddr_nl: family (2), zero (2), port (4), groups (4)
 * </pre>
 */
final class NetlinkDescriptor {
    static final int AF_NETLINK = 16;
    static final int SOCKADDR_NL_LENGTH_BYTES = 12;
    static final int SOCKADDR_NL_GROUPS_OFFSET = 8;

    static final int HEADER_LENGTH_BYTES = 16;
    static final int HEADER_TYPE_OFFSET = 4;
    static final int HEADER_FLAGS_OFFSET = 6;
    static final int HEADER_SEQUENCE_OFFSET = 8;
    static final int HEADER_PORT_OFFSET = 12;

    static final int NLMSG_ERROR = 2;
    static final int NLMSG_DONE = 3;
    static final int NLM_F_REQUEST = 0x1;
    static final int NLM_F_ACK = 0x4;
    static final int NLM_F_DUMP_INTR = 0x10;
    static final int NLM_F_REPLACE = 0x100;
    static final int NLM_F_EXCL = 0x200;
    static final int NLM_F_DUMP = 0x300;
    static final int NLM_F_CREATE = 0x400;
    static final int NLM_F_CAPPED = 0x100;
    static final int NLM_F_ACK_TLVS = 0x200;

    static final int ERROR_LENGTH_BYTES = 4;
    static final int NLMSGERR_ATTR_MSG = 1;

    static final int ATTRIBUTE_HEADER_LENGTH_BYTES = 4;
    static final int NLA_F_NESTED = 0x8000;
    static final int NLA_TYPE_MASK = 0x3fff;

    static final int RTM_NEWLINK = 16;
    static final int RTM_DELLINK = 17;
    static final int RTM_GETLINK = 18;
    static final int RTM_SETLINK = 19;
    static final int RTM_NEWADDR = 20;
    static final int RTM_DELADDR = 21;
    static final int RTM_GETADDR = 22;
    static final int RTM_NEWROUTE = 24;
    static final int RTM_DELROUTE = 25;
    static final int RTM_GETROUTE = 26;
    static final int RTM_NEWRULE = 32;
    static final int RTM_DELRULE = 33;
    static final int RTM_GETRULE = 34;

    static final int GROUP_LINK = 0x1;
    static final int GROUP_IPV4_ADDRESS = 0x10;
    static final int GROUP_IPV4_ROUTE = 0x40;
    static final int GROUP_IPV6_ADDRESS = 0x100;
    static final int GROUP_IPV6_ROUTE = 0x400;

    static final int IFINFO_LENGTH_BYTES = 16;
    static final int IFINFO_INDEX_OFFSET = 4;
    static final int IFINFO_FLAGS_OFFSET = 8;
    static final int IFINFO_CHANGE_OFFSET = 12;
    static final int IFF_UP = 0x1;
    static final int IFLA_IFNAME = 3;
    static final int IFLA_MTU = 4;
    static final int IFLA_LINKINFO = 18;
    static final int IFLA_INFO_KIND = 1;
    static final int IFLA_AF_SPEC = 26;
    static final int IFLA_INET6_ADDR_GEN_MODE = 8;
    static final int ADDR_GEN_MODE_NONE = 1;

    static final int IFADDR_LENGTH_BYTES = 8;
    static final int IFADDR_PREFIX_LENGTH_OFFSET = 1;
    static final int IFADDR_FLAGS_OFFSET = 2;
    static final int IFADDR_SCOPE_OFFSET = 3;
    static final int IFADDR_INDEX_OFFSET = 4;
    static final int IFA_ADDRESS = 1;
    static final int IFA_LOCAL = 2;
    static final int IFA_FLAGS = 8;
    static final int IFA_F_NODAD = 0x02;

    static final int RTMSG_LENGTH_BYTES = 12;
    static final int RTMSG_DESTINATION_LENGTH_OFFSET = 1;
    static final int RTMSG_SOURCE_LENGTH_OFFSET = 2;
    static final int RTMSG_TABLE_OFFSET = 4;
    static final int RTMSG_PROTOCOL_OFFSET = 5;
    static final int RTMSG_SCOPE_OFFSET = 6;
    static final int RTMSG_TYPE_OFFSET = 7;
    static final int RTMSG_FLAGS_OFFSET = 8;
    static final int RTM_F_LOOKUP_TABLE = 0x1000;
    static final int RTM_F_CLONED = 0x200;
    static final int RT_SCOPE_UNIVERSE = 0;
    static final int RT_SCOPE_LINK = 253;
    static final int RT_SCOPE_HOST = 254;
    static final int RT_SCOPE_NOWHERE = 255;
    static final int RTA_DST = 1;
    static final int RTA_SRC = 2;
    static final int RTA_OIF = 4;
    static final int RTA_GATEWAY = 5;
    static final int RTA_PRIORITY = 6;
    static final int RTA_PREFSRC = 7;
    static final int RTA_METRICS = 8;
    static final int RTA_MULTIPATH = 9;
    static final int RTA_TABLE = 15;
    static final int RTA_MARK = 16;
    static final int RTA_VIA = 18;
    static final int RTA_UID = 25;
    static final int RTAX_MTU = 2;
    static final int RTNEXTHOP_LENGTH_BYTES = 8;
    static final int RTNEXTHOP_INTERFACE_OFFSET = 4;

    static final int RULE_LENGTH_BYTES = 12;
    static final int RULE_ACTION_OFFSET = 7;
    static final int FIB_RULE_INVERT = 0x2;
    static final int FRA_DST = 1;
    static final int FRA_SRC = 2;
    static final int FRA_IIFNAME = 3;
    static final int FRA_GOTO = 4;
    static final int FRA_PRIORITY = 6;
    static final int FRA_FWMARK = 10;
    static final int FRA_SUPPRESS_PREFIXLEN = 14;
    static final int FRA_TABLE = 15;
    static final int FRA_FWMASK = 16;
    static final int FRA_OIFNAME = 17;
    static final int FRA_PROTOCOL = 21;
    static final int FRA_IP_PROTO = 22;
    static final int FRA_SPORT_RANGE = 23;
    static final int FRA_DPORT_RANGE = 24;

    private NetlinkDescriptor() {}

    static int align(int lengthBytes) {
        return lengthBytes + 3 & ~3;
    }
}
