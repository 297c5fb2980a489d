package dev.culvert.esp.agent;

import dev.culvert.tun.Errno;
import dev.culvert.tun.GatherList;
import dev.culvert.tun.TunQueue;
import dev.culvert.tun.VirtioNetHeader;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;

/**
 * What other outbound agents handed over, to be read like a TUN queue; see {@link PacketExchange}
 * for the messages, which are just what such a queue gives.
 */
final class PacketInbox implements TunQueue {

    private final HandOverRing ring;
    private final MessageHandler copy =
            (type, message, index, lengthBytes) -> copy(message, index, lengthBytes);
    private MutableDirectBuffer target;
    private int targetOffset;
    private int readBytes;

    PacketInbox(HandOverRing ring) {
        this.ring = ring;
        target = ring.buffer();
    }

    private void copy(DirectBuffer message, int index, int lengthBytes) {
        target.putBytes(targetOffset, message, index, lengthBytes);
        readBytes = lengthBytes;
    }

    @Override
    public int fd() {
        return -1;
    }

    @Override
    public int headerLengthBytes() {
        return VirtioNetHeader.LENGTH_BYTES;
    }

    @Override
    public int read(MutableDirectBuffer dst, int offset, int maxLengthBytes) {
        target = dst;
        targetOffset = offset;
        readBytes = 0;
        final int messages = ring.read(copy, 1);
        return messages == 0 ? 0 : readBytes;
    }

    @Override
    public int write(DirectBuffer src, int offset, int lengthBytes) {
        return -Errno.EIO;
    }

    @Override
    public int write(GatherList pieces) {
        return -Errno.EIO;
    }

    @Override
    public void close() {
        // Memory only.
    }
}
