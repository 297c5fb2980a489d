package dev.culvert.esp.agent;

import dev.culvert.tun.TunQueue;
import dev.culvert.tun.VirtioNetHeader;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** Reads packets and super-packets from a TUN queue. */
final class TunPacketSource implements PacketSource {

    private final TunQueue tun;
    private final int headerBytes;
    private UnsafeBuffer buffer =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(OutboundPipeline.BUFFER_BYTES, 64));
    private int offset = TunWriter.HEADROOM_BYTES;
    private int headerOffset;
    private int lengthBytes;
    private boolean faulty;

    TunPacketSource(TunQueue tun) {
        this.tun = tun;
        headerBytes = tun.headerLengthBytes();
        headerOffset = offset - headerBytes;
    }

    @Override
    public void readTo(UnsafeBuffer place, int packetOffset) {
        buffer = place;
        offset = packetOffset;
        headerOffset = packetOffset - headerBytes;
    }

    @Override
    public boolean next() {
        final int read =
                tun.read(buffer, headerOffset, OutboundPipeline.MAX_PACKET_BYTES + headerBytes);
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
        return offset;
    }

    @Override
    public int lengthBytes() {
        return lengthBytes;
    }

    @Override
    public int headerOffset() {
        return headerOffset;
    }

    @Override
    public boolean needsChecksum() {
        return headerBytes > 0 && VirtioNetHeader.needsChecksum(buffer, headerOffset);
    }

    @Override
    public int checksumStart() {
        return VirtioNetHeader.checksumStart(buffer, headerOffset);
    }

    @Override
    public int checksumOffset() {
        return VirtioNetHeader.checksumOffset(buffer, headerOffset);
    }

    @Override
    public int gsoType() {
        return headerBytes > 0
                ? VirtioNetHeader.gsoType(buffer, headerOffset)
                : VirtioNetHeader.GSO_NONE;
    }

    @Override
    public int gsoSizeBytes() {
        return VirtioNetHeader.gsoSizeBytes(buffer, headerOffset);
    }

    @Override
    public boolean isFaulty() {
        return faulty;
    }
}
