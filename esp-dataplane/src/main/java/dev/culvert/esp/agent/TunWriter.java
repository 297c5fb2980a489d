package dev.culvert.esp.agent;

import dev.culvert.tun.TunQueue;
import dev.culvert.tun.VirtioNetHeader;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes single packets to the TUN device, with an empty virtio header in front if the device wants
 * one.
 */
final class TunWriter {

    /** Room that callers leave in front of a packet. */
    static final int HEADROOM_BYTES = 64;

    private final TunQueue tun;
    private final int headerBytes;

    TunWriter(TunQueue tun) {
        this.tun = tun;
        headerBytes = tun.headerLengthBytes();
        if (headerBytes > HEADROOM_BYTES) {
            throw new IllegalArgumentException(
                    "TUN header of " + headerBytes + " bytes: expected at most " + HEADROOM_BYTES);
        }
    }

    /**
     * Writes a packet.
     *
     * @param buffer off the heap, with headroom in front of the packet
     * @return false when the device refused it
     */
    boolean write(UnsafeBuffer buffer, int offset, int lengthBytes) {
        if (headerBytes > 0) {
            VirtioNetHeader.clear(buffer, offset - headerBytes);
        }
        return tun.write(buffer, offset - headerBytes, lengthBytes + headerBytes) > 0;
    }
}
