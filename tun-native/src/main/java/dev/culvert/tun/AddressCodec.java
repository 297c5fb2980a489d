package dev.culvert.tun;

import static dev.culvert.tun.NetlinkDescriptor.*;

import java.net.InetAddress;
import java.util.Optional;
import org.agrona.DirectBuffer;

/** Encodes and decodes address messages ({@code struct ifaddrmsg}). */
final class AddressCodec {
    private AddressCodec() {}

    static void encodeList(NetlinkWriter writer) {
        writer.begin(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, IFADDR_LENGTH_BYTES);
    }

    static void encodeAdd(NetlinkWriter writer, InterfaceAddress address) {
        int flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
        encode(writer, RTM_NEWADDR, flags, address);
        // Duplicate detection would keep the address unusable for a second or two.
        int noDad = address.family() == AddressFamily.IPV6 ? IFA_F_NODAD : 0;
        writer.attributeInt(IFA_FLAGS, address.flags() | noDad);
    }

    static void encodeDelete(NetlinkWriter writer, InterfaceAddress address) {
        encode(writer, RTM_DELADDR, NLM_F_REQUEST | NLM_F_ACK, address);
    }

    static Optional<InterfaceAddress> decode(DirectBuffer buffer, int offset, int end) {
        if (offset + IFADDR_LENGTH_BYTES > end) {
            return Optional.empty();
        }
        Optional<InetAddress> address = Optional.empty();
        Optional<InetAddress> local = Optional.empty();
        int flags = buffer.getByte(offset + IFADDR_FLAGS_OFFSET) & 0xff;
        AttributeReader reader = new AttributeReader(buffer, offset + IFADDR_LENGTH_BYTES, end);
        while (reader.next()) {
            switch (reader.type()) {
                case IFA_ADDRESS -> address = reader.address();
                case IFA_LOCAL -> local = reader.address();
                case IFA_FLAGS -> flags = reader.intValue();
                default -> {}
            }
        }
        int allFlags = flags;
        Optional<InetAddress> other = address;
        // On a point-to-point link IFA_ADDRESS is the other side, so the local one goes first.
        return local.or(() -> other)
                .map(ip ->
                        new InterfaceAddress(
                                buffer.getInt(offset + IFADDR_INDEX_OFFSET),
                                ip,
                                buffer.getByte(offset + IFADDR_PREFIX_LENGTH_OFFSET) & 0xff,
                                buffer.getByte(offset + IFADDR_SCOPE_OFFSET) & 0xff,
                                allFlags));
    }

    private static void encode(
            NetlinkWriter writer, int type, int flags, InterfaceAddress address) {
        writer.begin(type, flags, IFADDR_LENGTH_BYTES)
                .fixedByte(0, address.family().number())
                .fixedByte(IFADDR_PREFIX_LENGTH_OFFSET, address.prefixLength())
                .fixedByte(IFADDR_SCOPE_OFFSET, address.scope())
                .fixedInt(IFADDR_INDEX_OFFSET, address.linkIndex())
                .attribute(IFA_LOCAL, address.address())
                .attribute(IFA_ADDRESS, address.address());
    }
}
