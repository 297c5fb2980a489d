package dev.culvert.tun;

import static dev.culvert.tun.NetlinkDescriptor.ATTRIBUTE_HEADER_LENGTH_BYTES;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.agrona.DirectBuffer;

/**
 * Walks over netlink attributes. It ends at the first one that does not fit, so that whatever the
 * bytes are, no accessor reads outside them; values shorter than their type read as zero or empty.
 */
final class AttributeReader {
    private final DirectBuffer buffer;
    private final int end;
    private int next;
    private int dataOffset;
    private int dataLengthBytes;
    private int type;

    AttributeReader(DirectBuffer buffer, int offset, int end) {
        this.buffer = buffer;
        this.end = end;
        this.next = offset;
    }

    boolean next() {
        if (next + ATTRIBUTE_HEADER_LENGTH_BYTES > end) {
            return false;
        }
        int lengthBytes = buffer.getShort(next) & 0xffff;
        if (lengthBytes < ATTRIBUTE_HEADER_LENGTH_BYTES || lengthBytes > end - next) {
            return false;
        }
        type = buffer.getShort(next + 2) & NetlinkDescriptor.NLA_TYPE_MASK;
        dataOffset = next + ATTRIBUTE_HEADER_LENGTH_BYTES;
        dataLengthBytes = lengthBytes - ATTRIBUTE_HEADER_LENGTH_BYTES;
        next += NetlinkDescriptor.align(lengthBytes);
        return true;
    }

    int type() {
        return type;
    }

    int dataOffset() {
        return dataOffset;
    }

    int dataLengthBytes() {
        return dataLengthBytes;
    }

    int intValue() {
        return dataLengthBytes >= 4 ? buffer.getInt(dataOffset) : 0;
    }

    int byteValue() {
        return dataLengthBytes >= 1 ? buffer.getByte(dataOffset) & 0xff : 0;
    }

    Optional<InetAddress> address() {
        return address(0);
    }

    /** The address behind {@code skipBytes} of the value. */
    Optional<InetAddress> address(int skipBytes) {
        int lengthBytes = dataLengthBytes - skipBytes;
        if (lengthBytes != 4 && lengthBytes != 16) {
            return Optional.empty();
        }
        byte[] bytes = new byte[lengthBytes];
        buffer.getBytes(dataOffset + skipBytes, bytes);
        return Optional.of(SocketAddressCodec.toInetAddress(bytes, 0));
    }

    String string() {
        int length = 0;
        while (length < dataLengthBytes && buffer.getByte(dataOffset + length) != 0) {
            length++;
        }
        byte[] bytes = new byte[length];
        buffer.getBytes(dataOffset, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    Optional<PortRange> ports() {
        if (dataLengthBytes < 4) {
            return Optional.empty();
        }
        int first = buffer.getShort(dataOffset) & 0xffff;
        int last = buffer.getShort(dataOffset + 2) & 0xffff;
        return first >= 1 && first <= last && last <= 65534
                ? Optional.of(new PortRange(first, last))
                : Optional.empty();
    }

    AttributeReader nested() {
        return new AttributeReader(buffer, dataOffset, dataOffset + dataLengthBytes);
    }

    AttributeReader nested(int skipBytes) {
        return new AttributeReader(
                buffer,
                dataOffset + Math.min(skipBytes, dataLengthBytes),
                dataOffset + dataLengthBytes);
    }
}
