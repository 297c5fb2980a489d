package dev.culvert.esp.agent;

import dev.culvert.tun.TunQueue;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** Reads plain packets from a TUN queue. */
final class TunPacketSource implements PacketSource {

    private final TunQueue tun;
    private final int headerBytes;
    private final UnsafeBuffer buffer =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(OutboundPipeline.BUFFER_BYTES, 64));
    private int lengthBytes;
    private boolean faulty;

    TunPacketSource(TunQueue tun) {
        this.tun = tun;
        headerBytes = tun.headerLengthBytes();
    }

    @Override
    public boolean next() {
        final int read =
                tun.read(
                        buffer,
                        TunWriter.HEADROOM_BYTES - headerBytes,
                        OutboundPipeline.MAX_PACKET_BYTES + headerBytes);
        faulty = read < 0;
        lengthBytes = read - headerBytes;
        return read > headerBytes;
    }

    @Override
    public UnsafeBuffer buffer() {
        return buffer;
    }

    @Override
    public int offset() {
        return TunWriter.HEADROOM_BYTES;
    }

    @Override
    public int lengthBytes() {
        return lengthBytes;
    }

    @Override
    public boolean isFaulty() {
        return faulty;
    }
}
