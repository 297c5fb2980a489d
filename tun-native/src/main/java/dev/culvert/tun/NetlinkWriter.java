package dev.culvert.tun;

import static dev.culvert.tun.NetlinkDescriptor.ATTRIBUTE_HEADER_LENGTH_BYTES;
import static dev.culvert.tun.NetlinkDescriptor.HEADER_FLAGS_OFFSET;
import static dev.culvert.tun.NetlinkDescriptor.HEADER_LENGTH_BYTES;
import static dev.culvert.tun.NetlinkDescriptor.HEADER_PORT_OFFSET;
import static dev.culvert.tun.NetlinkDescriptor.HEADER_SEQUENCE_OFFSET;
import static dev.culvert.tun.NetlinkDescriptor.HEADER_TYPE_OFFSET;
import static dev.culvert.tun.NetlinkDescriptor.NLA_F_NESTED;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.agrona.MutableDirectBuffer;

/** Builds one netlink message: header, fixed part, attributes. */
final class NetlinkWriter {
    private final MutableDirectBuffer buffer;
    private int position;

    NetlinkWriter(MutableDirectBuffer buffer) {
        this.buffer = buffer;
    }

    /** Begins a message whose fixed part is all zero; fill it with the {@code fixed…} methods. */
    NetlinkWriter begin(int type, int flags, int fixedLengthBytes) {
        buffer.setMemory(0, HEADER_LENGTH_BYTES + fixedLengthBytes, (byte) 0);
        buffer.putShort(HEADER_TYPE_OFFSET, (short) type);
        buffer.putShort(HEADER_FLAGS_OFFSET, (short) flags);
        position = HEADER_LENGTH_BYTES + NetlinkDescriptor.align(fixedLengthBytes);
        return this;
    }

    NetlinkWriter fixedByte(int offset, int value) {
        buffer.putByte(HEADER_LENGTH_BYTES + offset, (byte) value);
        return this;
    }

    NetlinkWriter fixedInt(int offset, int value) {
        buffer.putInt(HEADER_LENGTH_BYTES + offset, value);
        return this;
    }

    NetlinkWriter attribute(int type, byte[] value) {
        int start = position;
        int lengthBytes = ATTRIBUTE_HEADER_LENGTH_BYTES + value.length;
        buffer.setMemory(start, NetlinkDescriptor.align(lengthBytes), (byte) 0);
        buffer.putShort(start, (short) lengthBytes);
        buffer.putShort(start + 2, (short) type);
        buffer.putBytes(start + ATTRIBUTE_HEADER_LENGTH_BYTES, value);
        position = start + NetlinkDescriptor.align(lengthBytes);
        return this;
    }

    NetlinkWriter attribute(int type, InetAddress address) {
        return attribute(type, address.getAddress());
    }

    NetlinkWriter attributeInt(int type, int value) {
        attribute(type, new byte[4]);
        buffer.putInt(position - 4, value);
        return this;
    }

    NetlinkWriter attributeByte(int type, int value) {
        return attribute(type, new byte[] {(byte) value});
    }

    /** A zero-ended string. */
    NetlinkWriter attributeString(int type, String value) {
        return attribute(type, (value + "\0").getBytes(StandardCharsets.UTF_8));
    }

    NetlinkWriter attributePorts(int type, PortRange ports) {
        attribute(type, new byte[4]);
        buffer.putShort(position - 4, (short) ports.first());
        buffer.putShort(position - 2, (short) ports.last());
        return this;
    }

    /** Begins an attribute of attributes; give the result to {@link #endNested}. */
    int beginNested(int type) {
        int start = position;
        buffer.putShort(start + 2, (short) (type | NLA_F_NESTED));
        position = start + ATTRIBUTE_HEADER_LENGTH_BYTES;
        return start;
    }

    void endNested(int start) {
        buffer.putShort(start, (short) (position - start));
    }

    /** Completes the header and returns the message's length. */
    int finish(int sequence) {
        buffer.putInt(0, position);
        buffer.putInt(HEADER_SEQUENCE_OFFSET, sequence);
        buffer.putInt(HEADER_PORT_OFFSET, 0);
        return position;
    }
}
