package dev.culvert.tun;

import static dev.culvert.tun.NetlinkDescriptor.*;

import java.util.Optional;
import org.agrona.DirectBuffer;

/** Encodes and decodes interface messages ({@code struct ifinfomsg}). */
final class LinkCodec {
    private LinkCodec() {}

    static void encodeList(NetlinkWriter writer) {
        writer.begin(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, IFINFO_LENGTH_BYTES);
    }

    static void encodeGet(NetlinkWriter writer, int index) {
        writer.begin(RTM_GETLINK, NLM_F_REQUEST, IFINFO_LENGTH_BYTES)
                .fixedInt(IFINFO_INDEX_OFFSET, index);
    }

    static void encodeGet(NetlinkWriter writer, String name) {
        writer.begin(RTM_GETLINK, NLM_F_REQUEST, IFINFO_LENGTH_BYTES)
                .attributeString(IFLA_IFNAME, name);
    }

    static void encodeSetUp(NetlinkWriter writer, int index, boolean up) {
        writer.begin(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, IFINFO_LENGTH_BYTES)
                .fixedInt(IFINFO_INDEX_OFFSET, index)
                .fixedInt(IFINFO_FLAGS_OFFSET, up ? IFF_UP : 0)
                .fixedInt(IFINFO_CHANGE_OFFSET, IFF_UP);
    }

    static void encodeSetMtu(NetlinkWriter writer, int index, int mtuBytes) {
        writer.begin(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, IFINFO_LENGTH_BYTES)
                .fixedInt(IFINFO_INDEX_OFFSET, index)
                .attributeInt(IFLA_MTU, mtuBytes);
    }

    static void encodeDisableLinkLocal(NetlinkWriter writer, int index) {
        writer.begin(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, IFINFO_LENGTH_BYTES)
                .fixedInt(IFINFO_INDEX_OFFSET, index);
        int families = writer.beginNested(IFLA_AF_SPEC);
        int ipv6 = writer.beginNested(AddressFamily.IPV6.number());
        writer.attributeByte(IFLA_INET6_ADDR_GEN_MODE, ADDR_GEN_MODE_NONE);
        writer.endNested(ipv6);
        writer.endNested(families);
    }

    static Optional<Link> decode(DirectBuffer buffer, int offset, int end) {
        if (offset + IFINFO_LENGTH_BYTES > end) {
            return Optional.empty();
        }
        String name = "";
        String kind = "";
        int mtuBytes = 0;
        AttributeReader reader = new AttributeReader(buffer, offset + IFINFO_LENGTH_BYTES, end);
        while (reader.next()) {
            switch (reader.type()) {
                case IFLA_IFNAME -> name = reader.string();
                case IFLA_MTU -> mtuBytes = reader.intValue();
                case IFLA_LINKINFO -> kind = kind(reader.nested());
                default -> {}
            }
        }
        return Optional.of(
                new Link(
                        buffer.getInt(offset + IFINFO_INDEX_OFFSET),
                        name,
                        mtuBytes,
                        buffer.getInt(offset + IFINFO_FLAGS_OFFSET),
                        kind));
    }

    private static String kind(AttributeReader reader) {
        while (reader.next()) {
            if (reader.type() == IFLA_INFO_KIND) {
                return reader.string();
            }
        }
        return "";
    }
}
